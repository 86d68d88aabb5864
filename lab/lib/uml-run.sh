# shellcheck shell=bash
# Starts, reaches and stops the guest: User-mode Linux with the pool on a file.

ZFS=$STATE/zfs
ZFS_ROOT=$ZFS/root
ZFS_POOL_DIR=$ZFS/pool
ZFS_SSH=$ZFS/ssh
ZFS_PID=$ZFS/uml.pid
ZFS_CHECKOUT=$ZFS/uml.checkout
ZFS_CONSOLE=$LOGS/guest-console.log

UML_MEM=${CEPH2ZFS_LAB_MEM:-4G}
UML_ARC=${CEPH2ZFS_LAB_ARC:-512M}
# as in guest/run.c
UML_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
POOL_SIZE=${CEPH2ZFS_LAB_POOL_SIZE:-40G}

# -F: nothing of the caller's own ssh configuration.
SSH_MASTER=(ssh -F none -i "$ZFS_SSH/key" -o UserKnownHostsFile="$ZFS_SSH/known_hosts"
  -o StrictHostKeyChecking=yes -o BatchMode=yes -o LogLevel=ERROR -o ConnectTimeout=5
  # a guest that has died must not hold its callers for ever; but tests cut its
  # network off for 90 s, and what they started in it has to outlive that
  -o ServerAliveInterval=10 -o ServerAliveCountMax=18
  -o ControlPath="$ZFS_SSH/master")
# Uses the master when there is one; without it (killed, say) connects anew.
SSH=("${SSH_MASTER[@]}" -o ControlMaster=no)

# The pid of the `unshare` whose child the guest is: when it dies, all of the
# guest's processes and mounts go with it.
uml_pid() {
  local pid
  pid=$(cat "$ZFS_PID" 2>/dev/null) || return 1
  [ -n "$pid" ] && tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "uml-run-inside.sh $ZFS " || return 1
  printf '%s' "$pid"
}
uml_runs() { uml_pid >/dev/null; }

# The guest sees the checkout that it was started from. A clone that was deleted
# and made again at the same path is another one: hence the inode.
uml_checkout_id() { stat -c "%d:%i $CHECKOUT" "$CHECKOUT"; }
uml_sees_checkout() { [ "$(cat "$ZFS_CHECKOUT" 2>/dev/null)" = "$(uml_checkout_id)" ]; }
uml_is_up() { network_is_up && uml_runs && uml_sees_checkout && uml_answers; }
uml_answers() { in_lab timeout 10 "${SSH[@]}" root@"$GUEST_ADDRESS" true </dev/null; }

uml_bytes() { numfmt --from=iec "$1"; }

uml_unpack_root() {
  local tarball
  tarball=$(uml_root_tarball)
  rm -rf "$ZFS_ROOT" "$ZFS_ROOT".new
  mkdir -p "$ZFS_ROOT.new"
  tar -C "$ZFS_ROOT.new" --numeric-owner --xattrs -I zstd -xf "$tarball"
  mv "$ZFS_ROOT.new" "$ZFS_ROOT"
}
uml_unpack_kernel() {
  rm -rf "$ZFS/kernel" "$ZFS/kernel.new"
  mkdir -p "$ZFS/kernel.new"
  tar -C "$ZFS/kernel.new" -xzf "$(uml_kernel_tarball)"
  mv "$ZFS/kernel.new" "$ZFS/kernel"
}

uml_make_keys() {
  [ -e "$ZFS_SSH/complete" ] && return
  rm -rf "$ZFS_SSH"
  mkdir -p "$ZFS_SSH"
  chmod 700 "$ZFS_SSH"
  ssh-keygen -q -t ed25519 -N '' -C lab -f "$ZFS_SSH/key"
  ssh-keygen -q -t ed25519 -N '' -C guest -f "$ZFS_SSH/host_key"
  echo "$GUEST_ADDRESS $(cut -d' ' -f1,2 "$ZFS_SSH/host_key.pub")" >"$ZFS_SSH/known_hosts"
  : >"$ZFS_SSH/complete"
}

# What the guest finds in its /lab.
uml_write_guest_files() {
  local lab=$ZFS_ROOT/lab
  mkdir -p "$lab"/{checkout,state} "$ZFS_ROOT/host" "$ZFS_POOL_DIR" "$ZFS_ROOT/etc/ceph"
  install -m 755 "$LAB_DIR"/guest/{init,poweroff} "$lab/"
  install -m 644 "$ZFS"/kernel/{spl,zfs}.ko "$lab/"
  install -m 755 "$ZFS"/kernel/{linux,run} "$lab/"
  install -m 600 "$ZFS_SSH/host_key" "$lab/host_key"
  install -m 600 "$ZFS_SSH/key.pub" "$lab/authorized_keys"
  cat >"$lab/sshd_config" <<END
ListenAddress $GUEST_ADDRESS
HostKey /lab/host_key
AuthorizedKeysFile /lab/authorized_keys
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
UsePAM no
UseDNS no
PrintMotd no
X11Forwarding no
# many commands at once, all through one connection
MaxSessions 10000
MaxStartups 1000
PidFile none
END
  {
    printf '%s=%q\n' CHECKOUT "$CHECKOUT" STATE "$STATE" POOL "$POOL" POOL_DIR "$ZFS_POOL_DIR" \
      POOL_SIZE "$POOL_SIZE" ARC_MAX "$(uml_bytes "$UML_ARC")" ADDRESS "$GUEST_ADDRESS"
  } >"$lab/env"
  # the same paths on both sides, so the cluster's own file serves the guest
  ln -sfn "$STATE/ceph/ceph.conf" "$ZFS_ROOT/etc/ceph/ceph.conf"
}

uml_start() {
  uml_write_guest_files
  uml_checkout_id >"$ZFS_CHECKOUT"
  rm -f "$ZFS_PID" "$ZFS_SSH/master"
  # shellcheck disable=SC2016 # for that bash
  in_lab setsid --fork bash -c 'echo $$ >"$1"; shift; exec "$@"' start "$ZFS_PID" \
    unshare --mount --pid --fork --kill-child=KILL \
    bash "$LAB_DIR/lib/uml-run-inside.sh" "$ZFS" "$CHECKOUT" "$STATE" "$UML_MEM" \
    </dev/null >"$ZFS_CONSOLE" 2>&1
  wait_for 5 "the guest's process" uml_runs
  wait_for 90 "the guest's sshd" uml_answers_or_died
  if ! uml_runs; then
    echo "the guest has ended; the end of its console ($ZFS_CONSOLE):"
    tail -n 20 "$ZFS_CONSOLE"
    return 1
  fi
  uml_start_master
}
uml_answers_or_died() {
  uml_runs || return 0
  # a lost SYN would be repeated only after seconds: better a new attempt
  in_lab timeout 0.5 bash -c "exec 3<>/dev/tcp/$GUEST_ADDRESS/22"
}

# A master with ControlPersist keeps the starter's stdout and stderr open, and
# a pipe that reads `lab zfs` would never end: so it is started here, apart.
uml_start_master() {
  rm -f "$ZFS_SSH/master"
  in_lab setsid --fork "${SSH_MASTER[@]}" -o ControlMaster=yes -o ControlPersist=yes -N \
    root@"$GUEST_ADDRESS" </dev/null >/dev/null 2>&1
  wait_for 10 "the ssh master" test -S "$ZFS_SSH/master"
}
uml_master_runs() { "${SSH[@]}" -O check root@"$GUEST_ADDRESS" >/dev/null 2>&1; }

uml_up() {
  mkdir -p "$ZFS"
  if ! uml_versions_load; then
    step "zfs: choose versions" uml_versions_resolve
    uml_versions_load
  fi
  if [ ! -s "$(uml_kernel_tarball)" ]; then
    say "  zfs: building the kernel and OpenZFS's modules, once, 10 to 20 minutes"
    say "       (log: $(step_log "zfs: kernel and modules"))"
    step "zfs: kernel and modules" uml_kernel_build
  fi
  if [ ! -s "$(uml_root_tarball)" ]; then step "zfs: guest's root" uml_root_build; fi

  if uml_runs; then step "zfs: stop the old guest" uml_stop; fi
  uml_unpack_when_changed "$(uml_kernel_tarball)" "$ZFS/kernel.from" uml_unpack_kernel "zfs: unpack the kernel"
  uml_unpack_when_changed "$(uml_root_tarball)" "$ZFS/root.from" uml_unpack_root "zfs: unpack the guest's root"
  step "zfs: keys" uml_make_keys
  step "zfs: start the guest" uml_start
}

# Remembers which tarball was unpacked.
uml_unpack_when_changed() { # TARBALL STAMP FUNCTION STEP
  [ "$(cat "$2" 2>/dev/null)" = "$1" ] && return
  rm -f "$2"
  step "$4" "$3"
  printf '%s' "$1" >"$2"
}

# Pools exported and everything written; by force when the guest does not answer.
uml_stop() {
  local pid
  pid=$(uml_pid) || { uml_forget; return 0; }
  if uml_answers; then
    in_lab timeout 10 "${SSH[@]}" root@"$GUEST_ADDRESS" \
      'setsid /lab/poweroff >/dev/null 2>&1 </dev/null &' </dev/null || true
    wait_for 30 "the guest to power off" process_is_gone "$pid" || true
  fi
  uml_kill "$pid"
  uml_forget
}

uml_crash() {
  local pid
  pid=$(uml_pid) || die "the guest does not run"
  uml_kill "$pid"
  uml_forget
}

uml_kill() {
  # its child is the kernel itself; killing that is the loss of power
  pkill -KILL -P "$1" || true
  kill -KILL "$1" 2>/dev/null || true
  wait_for 10 "the guest to die" process_is_gone "$1"
}

uml_forget() {
  # a master whose peer is gone would hold every command for minutes
  "${SSH[@]}" -O exit root@"$GUEST_ADDRESS" >/dev/null 2>&1 || true
  rm -f "$ZFS_PID" "$ZFS_CHECKOUT" "$ZFS_SSH/master"
}

# lab zfs CMD…
uml_exec() {
  local command node=''
  if ! { network_is_up && uml_runs; }; then die "the ZFS side is not up: lab up"; fi
  uml_sees_checkout || die "the guest was started from another checkout ($(cat "$ZFS_CHECKOUT")): lab up"
  if [ -d "$NODE_BIN" ]; then node=$NODE_BIN; fi
  if [ -t 0 ] && [ -t 1 ] && [ -t 2 ]; then
    # On a terminal the command has one too. sshd itself hangs up such a session
    # when its client goes, and /lab/run would put the command in the background.
    command=$(printf '%q ' env -i -C "$CHECKOUT" HOME=/root USER=root LC_ALL=C.UTF-8 \
      TERM="${TERM:-dumb}" PATH="${node:+$node:}$UML_PATH" "$NODE_CACHE" "$@")
    exec nsenter --net="/run/netns/$NETNS" -- "${SSH[@]}" -t root@"$GUEST_ADDRESS" "$command; exit \$?"
  fi
  command=$(printf '%q ' /lab/run "$CHECKOUT" "$node" env "$NODE_CACHE" "$@")
  exec nsenter --net="/run/netns/$NETNS" -- "${SSH[@]}" -T root@"$GUEST_ADDRESS" "exec $command"
}
