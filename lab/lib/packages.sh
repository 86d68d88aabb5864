# shellcheck shell=bash
# shellcheck disable=SC2034 # the lists are for the other files
# The apt packages that the lab uses on the host: installs those that are
# missing, and starts no service of theirs.

PACKAGES_COMMON=(iproute2 util-linux procps psmisc)
PACKAGES_CEPH=(ceph-mon ceph-mgr ceph-osd ceph-mds radosgw ceph-common ceph-fuse
  librados2 librbd1 libcephfs2 uuid-runtime e2fsprogs)
PACKAGES_UML=(mmdebstrap debian-archive-keyring openssh-client zstd xz-utils)

POLICY=/usr/sbin/policy-rc.d
POLICY_MARK='# written by the ceph2zfs lab, for the time of one apt-get install'

packages_missing() {
  local installed package
  installed=$(dpkg-query -W -f '|${Package} ${db:Status-Status}|' "$@" 2>/dev/null || true)
  for package in "$@"; do
    [[ $installed == *"|$package installed|"* ]] || echo "$package"
  done
}

packages_install() {
  local missing rc=0
  # An earlier run that was killed may have left its policy behind.
  if grep -qsF "$POLICY_MARK" "$POLICY"; then rm -f "$POLICY"; fi
  mapfile -t missing < <(packages_missing "$@")
  [ "${#missing[@]}" = 0 ] && return
  echo "to install: ${missing[*]}"

  # maintainer scripts ask this file before they start a service
  if [ ! -e "$POLICY" ]; then
    printf '#!/bin/sh\n%s\nexit 101\n' "$POLICY_MARK" >"$POLICY"
    chmod +x "$POLICY"
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update || echo "apt-get update failed; trying with the lists that are there"
  apt-get install -y --no-install-recommends "${missing[@]}" || rc=$?
  if grep -qsF "$POLICY_MARK" "$POLICY"; then rm -f "$POLICY"; fi
  [ "$rc" = 0 ] || return "$rc"

  # A later boot should not start what only the lab wanted: without an instance
  # the ceph targets start no daemon, ceph-crash and rbdmap would run.
  if [ -d /run/systemd/system ] && [[ " ${missing[*]} " == *" ceph-common "* ]]; then
    systemctl disable --quiet ceph.target ceph-crash.service rbdmap.service || true
  fi
}
