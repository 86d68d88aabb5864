# shellcheck shell=bash
# The guest's root: a small Debian trixie with the ZFS tools that match the
# module, kept in the cache as a tarball and unpacked into the state directory.

ROOT_PACKAGES=(
  zfsutils-linux udev kmod openssh-server iproute2
  bash coreutils util-linux procps psmisc strace
  attr acl rsync e2fsprogs fdisk libstdc++6
  ceph-common ceph-fuse librados2 librbd1 libcephfs2
)

uml_root_tarball() {
  local recipe
  recipe=$(recipe_hash "$LAB_DIR/lib/uml-root.sh" "$LAB_DIR/lib/uml-root-inside.sh")
  printf '%s/root-trixie-zfs-%s-%s.tar.zst' "$CACHE" "$ZFS_VERSION" "$recipe"
}

uml_root_build() {
  local tmp packages
  uml_versions_load
  tmp=$(mktemp -d "$CACHE/tmp.root.XXXXXX")
  packages=$(IFS=,; echo "${ROOT_PACKAGES[*]}")
  contained bash "$LAB_DIR/lib/uml-root-inside.sh" "$tmp" "$MIRROR" "$ZFS_VERSION" "$packages"
  mv "$tmp/root.tar.zst" "$(uml_root_tarball)"
  rm -rf "$tmp"
}
