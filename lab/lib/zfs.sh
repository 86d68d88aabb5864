# shellcheck shell=bash
# The ZFS side: this kernel's own ZFS where there is one, the guest elsewhere.

ZFS_MODE=${CEPH2ZFS_LAB_ZFS:-}
if [ -z "$ZFS_MODE" ]; then
  if host_zfs_works; then ZFS_MODE=host; else ZFS_MODE=uml; fi
fi
case $ZFS_MODE in host | uml) ;; *) die "CEPH2ZFS_LAB_ZFS is \"$ZFS_MODE\": host or uml" ;; esac

zfs_is_up() {
  case $ZFS_MODE in
    host) host_is_up ;;
    uml) uml_is_up ;;
  esac
}

zfs_packages() {
  case $ZFS_MODE in
    host) ;;
    uml) printf '%s\n' "${PACKAGES_UML[@]}" ;;
  esac
}

zfs_up() { "${ZFS_MODE}_up"; }
zfs_down() { "${ZFS_MODE}_stop"; }

zfs_crash() {
  if [ "$ZFS_MODE" = host ]; then
    say "lab: the ZFS side is this machine's own kernel; only a guest can be crashed"
    exit 3
  fi
  uml_crash
}

zfs_exec() {
  [ $# -gt 0 ] || die "usage: lab zfs CMD…"
  "${ZFS_MODE}_exec" "$@"
}

# For the lab's own use: the same, without replacing this process.
on_zfs() { (zfs_exec "$@") 9>&-; }
