#!/bin/sh
# Puts docker-compose, version 2, into the folder where tests/e2e/test_export_compose.py looks for it, on a
# Debian that has version 1 only. It is one binary, and needs no engine to say what it reads in a file.
#
# apt fetches it, from this machine's mirror, with a state of its own: it verifies what it gets, needs no root,
# and changes nothing else here.
set -eu

folder=${XDG_CACHE_HOME:-$HOME/.cache}/pyforeman-engines/docker-compose
test ! -x "$folder/docker-compose" || exit 0
keys=/usr/share/keyrings/debian-archive-keyring.gpg
site=$(apt-get indextargets --format '$(SITE)' 'Label: Debian' 'Created-By: Packages' | head -n 1)
test -n "$site" || { echo "$0: no mirror of Debian among the sources of apt" >&2; exit 1; }

state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
mkdir -p "$state/state/lists/partial" "$state/cache/archives/partial"
touch "$state/status"
echo "deb [signed-by=$keys] $site trixie main" >"$state/sources.list"
cat >"$state/apt.conf" <<END
Dir::Etc::SourceList "$state/sources.list";
Dir::Etc::SourceParts "-";
Dir::State "$state/state";
Dir::State::Status "$state/status";
Dir::Cache "$state/cache";
Acquire::Languages "none";
APT::Sandbox::User "root"; # another account could not write here
END
export APT_CONFIG="$state/apt.conf"
cd "$state"
apt-get -qq update
apt-get -qq download docker-compose
dpkg-deb --fsys-tarfile docker-compose_*.deb | tar -x --wildcards '*/cli-plugins/docker-compose'
mkdir -p "$folder"
mv usr/libexec/docker/cli-plugins/docker-compose "$folder/.docker-compose"
mv "$folder/.docker-compose" "$folder/docker-compose" # all of it is there, or nothing
