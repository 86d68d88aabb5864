# shellcheck shell=bash
# The lab's own network namespace. Both ends of one veth pair lie in it:
# zl0 has the cluster's address, and the guest's raw socket sits on zl1.

network_up() {
  if [ ! -e "/run/netns/$NETNS" ]; then ip netns add "$NETNS"; fi
  # A file without a namespace mounted on it is what a reboot can leave.
  if ! ip netns exec "$NETNS" true 2>/dev/null; then
    ip netns delete "$NETNS"
    ip netns add "$NETNS"
  fi
  ip -n "$NETNS" link set lo up
  if ! ip -n "$NETNS" link show zl1 >/dev/null 2>&1; then
    ip -n "$NETNS" link add zl0 type veth peer name zl1
  fi
  ip -n "$NETNS" address replace "$HOST_ADDRESS/24" dev zl0
  ip -n "$NETNS" link set zl0 up
  ip -n "$NETNS" link set zl1 promisc on up
}

network_is_up() {
  [ -e "/run/netns/$NETNS" ] && nsenter --net="/run/netns/$NETNS" true 2>/dev/null
}

# Ends whatever still runs in the namespace (a shell someone left, a FUSE
# mount), except this command's own ancestors, and removes it.
network_down() {
  [ -e "/run/netns/$NETNS" ] || return 0
  local pid own=" " parent=$BASHPID signal
  while [ "$parent" -gt 1 ]; do
    own+="$parent "
    parent=$(awk '$1 == "PPid:" {print $2}' "/proc/$parent/status")
  done
  for signal in TERM KILL; do
    for pid in $(ip netns pids "$NETNS" 2>/dev/null || true); do
      [[ $own == *" $pid "* ]] || kill -s "$signal" "$pid" 2>/dev/null || true
    done
    wait_for 3 "processes in the namespace to end" network_is_empty "$own" && break
  done
  ip netns delete "$NETNS"
}

network_is_empty() {
  local pid
  for pid in $(ip netns pids "$NETNS" 2>/dev/null || true); do
    [[ $1 == *" $pid "* ]] || return 1
  done
}

# Runs a command in the namespace. Only the network differs: unlike
# `ip netns exec` this keeps the caller's mounts. 9 is the lab's lock.
in_lab() {
  nsenter --net="/run/netns/$NETNS" -- "$@" 9>&-
}
