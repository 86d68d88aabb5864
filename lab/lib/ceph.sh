# shellcheck shell=bash
# A real Ceph cluster without systemd or containers: one mon, mgr, OSD, MDS and
# radosgw, all in the lab's network namespace, all data in $STATE/ceph.

CEPH=$STATE/ceph
CEPH_CONF=$CEPH/ceph.conf
CEPH_DAEMONS=(mon.a mgr.x osd.0 mds.a client.rgw)

# A client command on the cluster that cannot hang for ever.
ceph_client() {
  in_lab timeout --kill-after=2 "${CEPH_TIMEOUT:-60}" env CEPH_CONF="$CEPH_CONF" "$@"
}

# The pid of a daemon when it runs: a pid file alone proves nothing.
ceph_pid() {
  local pid
  pid=$(cat "$CEPH/run/$1.pid" 2>/dev/null) || return 1
  [ -n "$pid" ] && tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "-c $CEPH_CONF" || return 1
  printf '%s' "$pid"
}

ceph_runs() { ceph_pid "$1" >/dev/null; }

ceph_all_run() {
  local daemon
  for daemon in "${CEPH_DAEMONS[@]}"; do ceph_runs "$daemon" || return 1; done
}

# Each daemon puts itself in the background.
ceph_start_daemon() {
  ceph_runs "$1" && return
  case $1 in
    client.rgw) in_lab radosgw -c "$CEPH_CONF" -n client.rgw ;;
    *) in_lab "ceph-${1%%.*}" -c "$CEPH_CONF" -i "${1#*.}" ;;
  esac </dev/null
}

# A daemon that starts before the mon has a quorum exits with "failed to fetch
# mon config".
ceph_start_mon() {
  ceph_start_daemon mon.a
  wait_for 60 "the mon's quorum" ceph_mon_answers
}
ceph_mon_answers() { ceph_client rados --client-mount-timeout 1 lspools; }

ceph_is_created() { [ -e "$CEPH/created" ]; }

# From nothing: keys, mon, OSD's store, pools, filesystem.
ceph_create() {
  local fsid osd_uuid mkfs
  ceph_kill_all
  rm -rf "$CEPH"
  mkdir -p "$CEPH"/{run,log/crash,mon,mgr,osd0,mds,rgw}
  fsid=$(uuidgen) osd_uuid=$(uuidgen)
  sed -e "s|@DIR@|$CEPH|g" -e "s|@ADDRESS@|$HOST_ADDRESS|g" -e "s|@FSID@|$fsid|g" \
    "$LAB_DIR/ceph.conf" >"$CEPH_CONF"
  cd "$CEPH" || return

  ceph_key mon. --cap mon 'allow *'
  ceph_key client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mds 'allow *' --cap mgr 'allow *'
  ceph_key mgr.x --cap mon 'allow profile mgr' --cap osd 'allow *' --cap mds 'allow *'
  ceph_key osd.0 --cap mon 'allow profile osd' --cap mgr 'allow profile osd' --cap osd 'allow *'
  ceph_key mds.a --cap mon 'profile mds' --cap osd 'allow *' --cap mds 'allow *' --cap mgr 'profile mds'
  ceph_key client.rgw --cap mon 'allow rw' --cap osd 'allow rwx' --cap mgr 'allow rw'
  mv mon..keyring mon.a.keyring
  cp mon.a.keyring all.keyring
  local name
  for name in client.admin mgr.x osd.0 mds.a client.rgw; do
    ceph-authtool -c "$CEPH_CONF" all.keyring --import-keyring "$name.keyring"
  done
  monmaptool -c "$CEPH_CONF" --create --clobber --fsid "$fsid" --enable-all-features \
    --addv a "[v2:$HOST_ADDRESS:3300,v1:$HOST_ADDRESS:6789]" monmap
  in_lab ceph-mon -c "$CEPH_CONF" -i a --mkfs --monmap monmap --keyring all.keyring
  rm all.keyring monmap

  # making the OSD's store needs no mon
  in_lab ceph-osd -c "$CEPH_CONF" -i 0 --mkfs --osd-uuid "$osd_uuid" &
  mkfs=$!
  ceph_start_mon
  ceph_start_daemon mgr.x
  # several commands on stdin cost one start of the client
  ceph_client ceph <<END
osd new $osd_uuid 0
osd pool create rbd 16 16
osd pool application enable rbd rbd
osd pool create rbd-data 16 16
osd pool application enable rbd-data rbd
osd pool create cephfs_meta 8 8
osd pool create cephfs_data 8 8
fs new cephfs cephfs_meta cephfs_data
fs set cephfs standby_count_wanted 0
END
  wait "$mkfs"
  ceph_start_daemon osd.0
  ceph_start_daemon mds.a
}

ceph_key() { # NAME CAPS…
  local name=$1
  shift
  ceph-authtool -c "$CEPH_CONF" -C "$name.keyring" --gen-key -n "$name" "$@"
  chmod 600 "$name.keyring"
}

ceph_finish_create() {
  ceph_client radosgw-admin user create --uid=test --display-name=test \
    --access-key=TESTKEY --secret-key=TESTSECRET >/dev/null
  # last of all: without this file the next `up` starts over
  : >"$CEPH/created"
}

ceph_start() {
  ceph_start_mon
  local daemon
  for daemon in mgr.x osd.0 mds.a; do ceph_start_daemon "$daemon"; done
}

ceph_wait_ready() {
  wait_for 60 "the OSD" ceph_answers rbd ls rbd
  # After an end without farewells the MDS first waits 45 s for its old clients.
  wait_for 180 "CephFS" ceph_fs_is_active
}
ceph_answers() { CEPH_TIMEOUT=5 ceph_client "$@"; }
ceph_fs_is_active() { ceph_answers ceph mds stat | grep -q 'up:active'; }

# radosgw makes its pools at its first start, and needs the OSD for that.
ceph_start_rgw() {
  ceph_start_daemon client.rgw
  wait_for 60 "radosgw" ceph_rgw_answers
}
ceph_rgw_answers() {
  in_lab bash -c "exec 3<>/dev/tcp/$HOST_ADDRESS/7480 && printf 'GET / HTTP/1.0\r\n\r\n' >&3 && read -r -t 5 line <&3 && [[ \$line == *' 200 '* ]]"
}

ceph_up() {
  if ceph_is_created; then
    step "ceph: start mon, mgr, osd, mds" ceph_start
  else
    step "ceph: create the cluster" ceph_create
  fi
  step "ceph: rbd and cephfs answer" ceph_wait_ready
  step "ceph: radosgw" ceph_start_rgw
  if ! ceph_is_created; then step "ceph: radosgw's test user" ceph_finish_create; fi
}

# The mon goes last: the others tell it that they leave. Without an OSD they
# would wait for it for ever, so then they get little time.
ceph_down() {
  local grace=20
  ceph_runs osd.0 || grace=1
  ceph_stop_daemons "$grace" client.rgw mds.a
  ceph_stop_daemons 20 osd.0 mgr.x
  ceph_stop_daemons 20 mon.a
}

ceph_stop_daemons() { # SECONDS DAEMON…
  local grace=$1 daemon pid pids=()
  shift
  for daemon in "$@"; do
    pid=$(ceph_pid "$daemon") || continue
    kill -TERM "$pid" 2>/dev/null || continue
    pids+=("$pid")
  done
  for pid in "${pids[@]}"; do
    wait_for "$grace" "process $pid to stop" process_is_gone "$pid" && continue
    kill -KILL "$pid" 2>/dev/null || true
    wait_for 5 "process $pid to die" process_is_gone "$pid"
  done
}

ceph_kill_all() {
  local daemon pid
  for daemon in "${CEPH_DAEMONS[@]}"; do
    pid=$(ceph_pid "$daemon") || continue
    kill -KILL "$pid" 2>/dev/null || true
    wait_for 5 "$daemon to die" process_is_gone "$pid"
  done
}

# An outage: the daemon is killed, and nobody is told.
ceph_take_away() { # DAEMON
  local pid
  pid=$(ceph_pid "$1") || die "$1 does not run"
  kill -KILL "$pid"
  wait_for 5 "$1 to die" process_is_gone "$pid"
}

ceph_bring_back() { # DAEMON WHAT COMMAND…
  local daemon=$1 what=$2
  shift 2
  ceph_mon_answers >/dev/null || die "the mon does not answer: lab up"
  ceph_start_daemon "$daemon" >/dev/null
  wait_for 120 "$what" "$@"
}

ceph_start_osd() { ceph_bring_back osd.0 "the OSD" ceph_answers rbd ls rbd; }
ceph_start_mds() { ceph_bring_back mds.a "CephFS" ceph_fs_is_active; }

# lab ceph CMD…
ceph_exec() {
  [ $# -gt 0 ] || die "usage: lab ceph CMD…"
  network_is_up || die "the lab is not up: lab up"
  export CEPH_CONF "${NODE_CACHE?}"
  if [ -d "$NODE_BIN" ]; then export PATH=$NODE_BIN:$PATH; fi
  exec nsenter --net="/run/netns/$NETNS" -- "$@"
}

ceph_is_up() { network_is_up && ceph_all_run; }
ceph_packages() { printf '%s\n' "${PACKAGES_CEPH[@]}"; }
