# shellcheck shell=bash
# The ZFS side on a machine whose own kernel has ZFS: a pool on a file in the
# state directory, and no other pool is ever touched.

host_zfs_works() { [ -c /dev/zfs ] && zpool list >/dev/null 2>&1; }

# The pool of this name is imported, and it is ours.
host_is_up() {
  local vdevs
  vdevs=$(zpool list -vPH "$POOL" 2>/dev/null) || return 1
  [[ $vdevs == *"$ZFS_POOL_DIR/disk"* ]] ||
    die "there is a pool $POOL on this machine that is not the lab's: it would lie on $ZFS_POOL_DIR/disk"
}

host_up() {
  step "zfs: import the pool into this kernel" host_import
}

host_import() {
  mkdir -p "$ZFS_POOL_DIR"
  if [ ! -e "$ZFS_POOL_DIR/disk" ]; then
    # The name says whether it is complete: this may be killed at any point.
    truncate -s "$POOL_SIZE" "$ZFS_POOL_DIR/disk.new"
    zpool create -f -o ashift=12 -o cachefile=none "$POOL" "$ZFS_POOL_DIR/disk.new"
    zpool export "$POOL"
    mv "$ZFS_POOL_DIR/disk.new" "$ZFS_POOL_DIR/disk"
  fi
  # -f: it may have been in use in a guest, with another host id
  zpool import -f -o cachefile=none -d "$ZFS_POOL_DIR" "$POOL"
}

host_stop() {
  host_is_up || return 0
  zpool export "$POOL" || zpool export -f "$POOL"
  rmdir "/$POOL" 2>/dev/null || true
}

host_exec() {
  host_is_up || die "the ZFS side is not up: lab up"
  export CEPH_CONF "${NODE_CACHE?}"
  if [ -d "$NODE_BIN" ]; then export PATH=$NODE_BIN:$PATH; fi
  cd "$CHECKOUT" || exit 1
  exec nsenter --net="/run/netns/$NETNS" -- "$@"
}
