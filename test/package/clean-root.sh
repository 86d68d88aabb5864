#!/usr/bin/env bash
# clean-root.sh FOLDER CHECKOUT: in a mount namespace of its own, makes this machine's system without the checkout and
# without any Node. What is written there goes to memory, and away with the last process. Lasts until stdin ends.
set -euo pipefail

folder=$1
checkout=$2
root=$folder/root

mount -t tmpfs -o mode=0755 tmpfs "$folder"
mkdir "$folder"/{upper,work,root}
mount -t overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" overlay "$root"
mount --rbind /dev "$root/dev"
mount --rbind /proc "$root/proc"
mount -t tmpfs -o mode=0755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=1777 tmpfs "$root/var/tmp"
mount -t tmpfs tmpfs "$root$checkout"
rm -f "$root"/usr/{local/,}bin/{node,nodejs,npm}
# Not before it is the root: who enters earlier would be in the real one.
exec chroot "$root" sh -c 'echo ready; exec cat'
