#!/usr/bin/env bash
# booted-root.sh FOLDER CHECKOUT: as clean-root.sh, with systemd running in it; in namespaces of its own for mounts,
# processes and control groups.
set -euo pipefail

folder=$1
checkout=$2
root=$folder/root

mount -t tmpfs -o mode=0755 tmpfs "$folder"
mkdir "$folder"/{upper,work,root}
mount -t overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" overlay "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
else
  mount -t tmpfs -o mode=0755 tmpfs "$root/sys/fs/cgroup"
  mkdir "$root"/sys/fs/cgroup/{unified,systemd,devices}
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified"
  mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
  mount -t cgroup -o devices cgroup "$root/sys/fs/cgroup/devices"
fi
mount -t tmpfs -o mode=0755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=1777 tmpfs "$root/var/tmp"
mount -t tmpfs -o mode=0755 tmpfs "$root/dev"
mkdir "$root"/dev/{pts,shm}
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs tmpfs "$root$checkout"
# A container often forbids the start of services.
rm -f "$root"/usr/{local/,}bin/{node,nodejs,npm} "$root/usr/sbin/policy-rc.d"
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"

cd "$root"
mkdir old
pivot_root . old
echo ready
umount --lazy /old
exec env -i container=test /lib/systemd/systemd --unit=basic.target >/dev/null 2>&1
