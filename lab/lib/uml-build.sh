# shellcheck shell=bash
# From Debian's source packages to a User-mode Linux binary and OpenZFS's
# modules for it, kept in the cache as one tarball.
#
# Which versions: the OpenZFS that trixie-backports has (the guest's tools come
# from there too, and tools and module must be of one family), and the newest
# linux-source that this OpenZFS says it supports. The choice is written to the
# cache once, so that later runs need no network; `lab clean --cache` forgets it.

VERSIONS=$CACHE/versions
# UML runs its processes with seccomp from this version on; with ptrace it would be many times slower.
OLDEST_KERNEL=6.16

BUILD_PACKAGES=build-essential,flex,bison,bc,libelf-dev,libssl-dev,kmod,cpio,python3,zlib1g-dev,pkgconf,rsync,xz-utils

# Sets ZFS_VERSION, KERNEL_PACKAGE, KERNEL_VERSION.
uml_versions_load() {
  [ -s "$VERSIONS" ] || return 1
  # shellcheck disable=SC1090
  . "$VERSIONS"
}

uml_versions_resolve() {
  local zfs deb meta kernel_max package version best='' best_package=''
  apt_view_write
  apt_view apt-get update
  zfs=$(apt_view_versions zfs-dkms trixie-backports | head -n1)
  [ -n "$zfs" ] || { echo "trixie-backports has no zfs-dkms"; return 1; }

  # OpenZFS itself says which kernels it knows, in its META file.
  uml_download zfs-dkms "$zfs"
  deb=$(uml_deb zfs-dkms "$zfs")
  meta=$(dpkg-deb --fsys-tarfile "$deb" | tar -xO --wildcards '*/META')
  kernel_max=$(awk '$1 == "Linux-Maximum:" {print $2}' <<<"$meta")
  echo "OpenZFS $zfs supports kernels up to $kernel_max"

  for package in $(apt_view apt-cache pkgnames linux-source- | grep -E '^linux-source-[0-9]+\.[0-9]+$'); do
    version=${package#linux-source-}
    dpkg --compare-versions "$version" ge "$OLDEST_KERNEL" || continue
    dpkg --compare-versions "$version" le "$kernel_max" || continue
    version=$(apt_view apt-cache madison "$package" | awk -F' *\\| *' 'NR == 1 {print $2}')
    if [ -z "$best" ] || dpkg --compare-versions "$version" gt "$best"; then
      best=$version best_package=$package
    fi
  done
  if [ -z "$best" ]; then
    echo "Debian's suites (${SUITES[*]}) have no linux-source between $OLDEST_KERNEL and $kernel_max,"
    echo "the kernels that OpenZFS $zfs supports and in which User-mode Linux can use seccomp. They have:"
    apt_view apt-cache pkgnames linux-source-
    return 1
  fi
  cat >"$VERSIONS.new" <<END
ZFS_VERSION=$zfs
KERNEL_PACKAGE=$best_package
KERNEL_VERSION=$best
END
  mv "$VERSIONS.new" "$VERSIONS"
  cat "$VERSIONS"
}

# apt writes an epoch's colon as %3a in file names.
uml_deb() {
  printf '%s/debs/%s_%s_all.deb' "$CACHE" "$1" "${2//:/%3a}"
}

uml_download() { # PACKAGE VERSION
  local deb tmp
  deb=$(uml_deb "$1" "$2")
  [ -s "$deb" ] && return
  mkdir -p "$CACHE/debs"
  tmp=$(mktemp -d "$CACHE/tmp.debs.XXXXXX")
  (cd "$tmp" && uml_fetch "$1=$2") || return 1
  mv "$tmp"/*.deb "$deb" && rmdir "$tmp"
}
uml_fetch() {
  apt_view apt-get download "$1" && return
  # lists that are not there, or old
  apt_view_write
  apt_view apt-get update && apt_view apt-get download "$1"
}

uml_kernel_tarball() {
  local recipe
  recipe=$(recipe_hash "$LAB_DIR"/guest/{build.sh,kernel.config,run.c})
  printf '%s/uml-%s-zfs-%s-%s.tar.gz' "$CACHE" "$KERNEL_VERSION" "$ZFS_VERSION" "$recipe"
}

# In a mount and a pid namespace of its own: when this is killed, no mount and
# no compiler is left.
uml_kernel_build() {
  local tmp
  uml_versions_load
  uml_download zfs-dkms "$ZFS_VERSION"
  uml_download "$KERNEL_PACKAGE" "$KERNEL_VERSION" || {
    # The archive has moved on since the versions were chosen.
    rm -f "$VERSIONS"
    echo "$KERNEL_PACKAGE $KERNEL_VERSION is no longer in Debian's archive; run this again to choose anew"
    return 1
  }
  tmp=$(mktemp -d "$CACHE/tmp.kernel.XXXXXX")
  contained bash "$LAB_DIR/lib/uml-build-inside.sh" "$tmp" \
    "$(uml_deb "$KERNEL_PACKAGE" "$KERNEL_VERSION")" "$(uml_deb zfs-dkms "$ZFS_VERSION")" \
    "$LAB_DIR/guest" "$MIRROR" "$BUILD_PACKAGES"
  tar -C "$tmp/root/build/out" -czf "$tmp/out.tar.gz" linux spl.ko zfs.ko run
  mv "$tmp/out.tar.gz" "$(uml_kernel_tarball)"
  rm -rf "$tmp"
}

contained() {
  unshare --mount --pid --fork --kill-child=KILL --mount-proc "$@"
}
