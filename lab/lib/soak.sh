# shellcheck shell=bash
# shellcheck disable=SC2016 # what is in single quotes is for the shell over there
# Does the ZFS side lose or change data under load? Images of random data go
# over the network into zvols, for a while, and every byte is read back.

SOAK_MIB=${CEPH2ZFS_LAB_SOAK_MIB:-1024}
SOAK_KEEP=3

soak() {
  local minutes=${1:-15} round=0 total=0 deadline image wanted since
  [[ $minutes =~ ^[0-9]+$ ]] || die "usage: lab soak [MINUTES]"
  { ceph_is_up && zfs_is_up; } || die "the lab is not up: lab up"
  soak_remove_all
  on_zfs zfs create "$POOL/soak" </dev/null
  deadline=$((${EPOCHREALTIME%[.,]*} + minutes * 60))

  while [ "${EPOCHREALTIME%[.,]*}" -lt "$deadline" ]; do
    round=$((round + 1)) image=soak-$round
    # hashed on its way into the cluster: what is compared with is not what
    # the cluster says
    wanted=$(head -c "${SOAK_MIB}M" /dev/urandom | tee >(soak_ceph rbd import --no-progress - "rbd/$image") | sha256sum | cut -d' ' -f1)
    # the substitution above is not waited for: the image's size tells
    wait_for 60 "the import of $image" soak_import_is_over "$image"
    soak_ceph rbd snap create --no-progress "rbd/$image@s"

    since=$(now_us)
    on_zfs bash -c 'set -euo pipefail
      zfs create -s -V "$3M" -o compression=lz4 "$1"; udevadm settle
      rbd export --no-progress "$2" - | dd of="/dev/zvol/$1" bs=1M iflag=fullblock oflag=direct status=none
      zfs snapshot "$1@s"' soak "$POOL/soak/$image" "rbd/$image@s" "$SOAK_MIB" </dev/null
    local seconds
    seconds=$(elapsed "$since")
    total=$((total + SOAK_MIB))
    soak_compare "$image" "$wanted"
    printf '%s' "$wanted" >"$STATE/soak-$round"
    printf 'round %d: %d MiB in %s s, %s MiB/s, equal\n' "$round" "$SOAK_MIB" "$seconds" \
      "$(awk "BEGIN {printf \"%.0f\", $SOAK_MIB / $seconds}")"

    soak_ceph rbd snap purge --no-progress "rbd/$image"
    soak_ceph rbd rm --no-progress "rbd/$image"
    if [ "$round" -gt "$SOAK_KEEP" ]; then soak_retire $((round - SOAK_KEEP)); fi
  done

  on_zfs zpool scrub -w "$POOL" </dev/null
  on_zfs zpool status -p "$POOL" </dev/null | grep -E 'scan:|errors:|disk'
  on_zfs zpool status -p "$POOL" </dev/null | grep -q '^errors: No known data errors' || die "soak: the pool has errors"

  # those that are left have lain there for rounds: are they still what they were?
  local left
  for left in "$STATE"/soak-*; do soak_retire "${left##*-}"; done
  soak_remove_all
  printf '%d rounds, %d MiB, no difference, scrub clean\n' "$round" "$total"
}

soak_ceph() { (ceph_exec "$@") 9>&-; }
soak_import_is_over() {
  local bytes
  bytes=$(soak_ceph rbd info --format json "rbd/$1" | grep -o '"size":[0-9]*')
  [ "$bytes" = "\"size\":$((SOAK_MIB * 1048576))" ] && ! pgrep -f "rbd import --no-progress - rbd/$1\$"
}

soak_compare() { # IMAGE SHA256
  local got
  got=$(on_zfs sh -c 'dd if="/dev/zvol/$1" bs=1M iflag=direct status=none | sha256sum' soak "$POOL/soak/$1" </dev/null | cut -d' ' -f1)
  [ "$got" = "$2" ] || die "soak: $1 differs: sha256 $got, and it was $2"
}

soak_retire() { # ROUND
  soak_compare "soak-$1" "$(cat "$STATE/soak-$1")"
  on_zfs zfs destroy -r "$POOL/soak/soak-$1" </dev/null
  rm "$STATE/soak-$1"
}

soak_remove_all() {
  local image
  rm -f "$STATE"/soak-*
  on_zfs sh -c 'zfs list -Ho name "$1/soak" >/dev/null 2>&1 && zfs destroy -r "$1/soak"; true' sh "$POOL" </dev/null
  for image in $(soak_ceph rbd ls rbd | grep '^soak-' || true); do
    soak_ceph rbd snap purge --no-progress "rbd/$image"
    soak_ceph rbd rm --no-progress "rbd/$image"
  done
}
