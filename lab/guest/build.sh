#!/bin/bash
# Builds User-mode Linux and OpenZFS's modules for it. Runs inside the build
# root, where lib/uml-build.sh has put:
#   /build/linux.tar.xz   the kernel source
#   /build/zfs            the OpenZFS source
#   /build/kernel.config  the fragment
#   /build/run.c          what runs the commands of `lab zfs`
# and leaves linux, spl.ko, zfs.ko and run in /build/out.
set -euo pipefail

jobs=$(nproc)
step() { echo "== $(date +%T) $*"; }

step "unpack the kernel, build run"
mkdir -p /build/src /build/obj /build/out
gcc -O2 -Wall -Wextra -Werror -static -s -o /build/out/run /build/run.c
tar -xf /build/linux.tar.xz -C /build/src --strip-components=1

step "configure the kernel"
cd /build/src
make ARCH=um O=/build/obj x86_64_defconfig
cd /build/obj
/build/src/scripts/kconfig/merge_config.sh -m .config /build/kernel.config
make ARCH=um olddefconfig
missing=0
while read -r line; do
  case $line in
    CONFIG_*) grep -qxF "$line" .config || { echo "not in the kernel's configuration: $line"; missing=1; } ;;
  esac
done < /build/kernel.config
[ "$missing" = 0 ]

step "build the kernel"
make ARCH=um -j"$jobs"
strip -o /build/out/linux linux

step "configure OpenZFS"
cd /build/zfs
./configure --disable-dependency-tracking --with-config=kernel \
  --with-linux=/build/src --with-linux-obj=/build/obj \
  --enable-linux-experimental KERNEL_ARCH=um

step "build OpenZFS"
make ARCH=um -j"$jobs"
for module in spl zfs; do
  strip --strip-debug -o "/build/out/$module.ko" "module/$module.ko"
done
step "done"
