#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs as root inside a Debian that has nothing but its base system, with the packages in /packages: install,
# chains, a plugin built there and installed for a user. Called by scripts/check packages.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
cd "$(dirname "$0")"

# equal WANTED GOT
equal() {
  [[ $1 == "$2" ]] || {
    echo "wanted: $1, got: $2" >&2
    exit 1
  }
}
install() { apt-get install -y --no-install-recommends "$@" > log 2>&1 || { cat log >&2 && exit 1; }; }

apt-get update > log
install /packages/streamz_*.deb /packages/streamz-example-plugin_*.deb
equal '{"path":"/api/report","status":503}' "$(streamz -i access.jsonl filter '.status >= 500' ! map '{path, status}')"
gzip -c access.jsonl > access.gz # two modules: the codecs, and libjq for what is not native
equal 60 "$(streamz -i access.gz map 'getpath(["path"]) | ascii_upcase' ! count)"
equal "7 7" "$(echo 7 | streamz repeat 2 | paste -sd' ')"
streamz plugins list --strict > log

install /packages/streamz-dev_*.deb g++ cmake make
useradd -m user
runuser -u user -- bash -c 'cd && streamz plugins new shout > printed && sed -n "s/^next: //p" printed | bash -e' > log || {
  cat log >&2
  exit 1
}
equal '"hi" "hi"' "$(echo '"hi"' | runuser -u user -- streamz shout | paste -sd' ')"
equal 3 "$(echo 7 | streamz shout > log 2>&1 || echo $?)" # another user's plugin is nobody else's
apt-get remove -y streamz-example-plugin > log 2>&1
equal 3 "$(echo 7 | streamz repeat > log 2>&1 || echo $?)"
