#!/bin/bash
# The part of the kernel's build that runs in namespaces of its own
# (lib/uml-build.sh): makes a build root and runs guest/build.sh in it.
set -euo pipefail
tmp=$1 kernel_deb=$2 zfs_deb=$3 guest=$4 mirror=$5 packages=$6

echo "== $(date +%T) build root"
mmdebstrap --mode=root --variant=minbase --include="$packages" \
  --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Retries "3"' \
  trixie "$tmp/root" "deb $mirror trixie main"

mkdir -p "$tmp/root/build" "$tmp/deb"
dpkg-deb -x "$kernel_deb" "$tmp/deb"
mv "$tmp"/deb/usr/src/linux-source-*.tar.xz "$tmp/root/build/linux.tar.xz"
dpkg-deb -x "$zfs_deb" "$tmp/deb"
mv "$tmp"/deb/usr/src/zfs-* "$tmp/root/build/zfs"
cp "$guest/build.sh" "$guest/kernel.config" "$guest/run.c" "$tmp/root/build/"

mount -t proc proc "$tmp/root/proc"
mount --bind /dev "$tmp/root/dev"
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
  chroot "$tmp/root" bash /build/build.sh
