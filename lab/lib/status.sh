# shellcheck shell=bash
# What is up, how it is, and where things are.

lab_status() {
  local rc=0 daemon pid
  printf 'state     %s\ncache     %s\nlogs      %s\n' "$STATE" "$CACHE" "$LOGS"
  if network_is_up; then
    printf 'network   up: namespace %s, Ceph side %s, ZFS side %s\n' "$NETNS" "$HOST_ADDRESS" \
      "$([ "$ZFS_MODE" = uml ] && echo "$GUEST_ADDRESS" || echo "$HOST_ADDRESS")"
  else
    printf 'network   down\n'
    rc=1
  fi

  for daemon in "${CEPH_DAEMONS[@]}"; do
    if pid=$(ceph_pid "$daemon"); then
      printf 'ceph      %-10s up, pid %s\n' "$daemon" "$pid"
    else
      printf 'ceph      %-10s down\n' "$daemon"
      rc=1
    fi
  done
  if ceph_runs mon.a; then
    printf 'ceph      %s\n' "$(ceph_answers ceph health 2>&1 || echo 'the mon does not answer')"
    printf 'ceph      %s\n' "$(ceph-mon --version)"
    printf 'ceph      CEPH_CONF=%s, S3 at http://%s:7480 (TESTKEY, TESTSECRET)\n' "$CEPH_CONF" "$HOST_ADDRESS"
  fi

  if zfs_is_up; then
    [ "$ZFS_MODE" = uml ] && printf 'zfs       up: guest (User-mode Linux), pid %s, console %s\n' "$(uml_pid)" "$ZFS_CONSOLE"
    [ "$ZFS_MODE" = host ] && printf "zfs       up: this machine's kernel\n"
    # shellcheck disable=SC2016 # for the shell over there
    on_zfs sh -c 'echo "kernel $(uname -r)"; zfs version | sed "s/^/ZFS /"
      zpool list -Ho name,size,alloc,health "$1" | sed "s/^/pool /"' sh "$POOL" </dev/null |
      sed 's/^/zfs       /'
    printf 'zfs       the pool lies on %s/disk\n' "$ZFS_POOL_DIR"
  elif [ "$ZFS_MODE" = uml ] && uml_runs; then
    printf 'zfs       a guest runs, but it was started from another checkout (%s), or it does not answer\n' "$(cat "$ZFS_CHECKOUT" 2>/dev/null)"
    rc=1
  else
    printf 'zfs       down\n'
    rc=1
  fi
  return "$rc"
}
