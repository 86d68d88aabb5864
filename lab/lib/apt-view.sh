# shellcheck shell=bash
# A private view of Debian's archive: its own sources, lists and cache, so that
# the guest's kernel and packages come from newer suites than the host's while
# the host's own apt is left as it is.

VIEW=$CACHE/apt
SUITES=(trixie trixie-backports forky sid)

apt_view_write() {
  local suite
  mkdir -p "$VIEW"/{lists/partial,archives/partial,etc/apt.conf.d,etc/preferences.d}
  : >"$VIEW/status"
  for suite in "${SUITES[@]}"; do
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $MIRROR $suite main contrib"
  done >"$VIEW/etc/sources.list"
  # A frozen or slow mirror serves lists that have expired: that is no harm here.
  cat >"$VIEW/apt.conf" <<END
Dir::State "$VIEW";
Dir::State::Lists "$VIEW/lists";
Dir::State::status "$VIEW/status";
Dir::Cache "$VIEW";
Dir::Cache::archives "$VIEW/archives";
Dir::Etc "$VIEW/etc";
APT::Sandbox::User "root";
APT::Architecture "amd64";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Acquire::Retries "3";
END
}

apt_view() {
  local tool=$1
  shift
  APT_CONFIG=$VIEW/apt.conf "$tool" "$@"
}

# The versions of a package that a suite has, newest first.
apt_view_versions() { # PACKAGE SUITE-PATTERN
  apt_view apt-cache madison "$1" | awk -F' *\\| *' -v suite=" $2/" 'index($3, suite) {print $2}'
}
