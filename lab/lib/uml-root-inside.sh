#!/bin/bash
# The part of lib/uml-root.sh that runs in namespaces of its own: a minimal
# Debian, as a tarball.
set -euo pipefail
tmp=$1 mirror=$2 zfs_version=$3 packages=$4

# 1001: at 900 apt takes the older tools of trixie itself.
cat >"$tmp/preferences" <<END
Package: src:zfs-linux
Pin: version $zfs_version
Pin-Priority: 1001
END

mmdebstrap --mode=root --variant=minbase --include="$packages" \
  --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Retries "3"' \
  --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --setup-hook="install -D -m 644 '$tmp/preferences' \"\$1/etc/apt/preferences.d/lab\"" \
  trixie "$tmp/root" \
  "deb $mirror trixie main" "deb $mirror trixie-backports main contrib"

installed=$(dpkg-query --admindir="$tmp/root/var/lib/dpkg" -W -f '${Version}' zfsutils-linux)
if [ "$installed" != "$zfs_version" ]; then
  echo "trixie-backports no longer has ZFS $zfs_version, which the modules were chosen for"
  echo "(it would be $installed): \`lab clean --cache\` chooses anew"
  exit 1
fi

cd "$tmp/root"
# A login shell that reads these would slow down every command, and host keys
# are the lab's own.
rm -f root/.bashrc root/.profile etc/ssh/ssh_host_* var/cache/apt/*.bin
# zfs's event daemon and others are not started; /lab, /host are mount points.
mkdir -p lab host etc/zfs root/.ssh
echo c2z-lab >etc/hostname
printf '127.0.0.1 localhost\n10.77.0.1 lab-host\n10.77.0.2 c2z-lab\n' >etc/hosts
tar --numeric-owner --xattrs --one-file-system -cf - . | zstd -q -3 -T0 -o "$tmp/root.tar.zst"
