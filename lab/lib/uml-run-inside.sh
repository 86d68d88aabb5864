#!/bin/bash
# Becomes the guest. Runs in a mount and a pid namespace of its own, inside the
# lab's network namespace: binds what the guest shall see into its root, enters
# it (the UML binary wants that root's libc) and turns into the kernel.
set -euo pipefail
zfs=$1 checkout=$2 state=$3 mem=$4
root=$zfs/root

mount --make-rprivate /
# Before the other binds: /host is the host's root file system alone.
mount --bind / "$root/host"
mount -o remount,bind,ro "$root/host"
mount --bind "$checkout" "$root/lab/checkout"
mount --bind "$state" "$root/lab/state"
mount -t proc proc "$root/proc"
# The guest's memory is a file here.
mount -t tmpfs -o "size=$(($(numfmt --from=iec "$mem") + 67108864)),mode=1777" tmpfs "$root/dev/shm"
rm -rf "$root/lab/uml"
mkdir "$root/lab/uml"

# The same hardware address at each start: the host remembers it.
cd /
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin TMPDIR=/dev/shm chroot "$root" /lab/linux \
  "mem=$mem" seccomp=on \
  root=/dev/root rootfstype=hostfs rootflags=/ rw init=/lab/init \
  con=null con0=null,fd:1 panic=1 quiet \
  uml_dir=/lab/uml umid=lab \
  vec0:transport=raw,ifname=zl1,depth=128,gro=1,mac=02:c2:2f:5a:00:02
