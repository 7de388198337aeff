#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The Debian packages that cpack makes: what is in each, and what each depends on.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
not_sanitized
command -v dpkg-shlibdeps > /dev/null || exit 77

cpack -G DEB --config "$STREAMZ_BUILD/CPackConfig.cmake" -B "$PWD/packages" > log 2>&1 || fail "$(< log)"
architecture=$(dpkg --print-architecture)
version=$(streamz --version | cut -d' ' -f2)
deb() { echo "packages/$1_${version}_${2:-$architecture}.deb"; }
plugins=("$STREAMZ_BUILD"/lib/streamz/plugins/*.json)
equal $((${#plugins[@]} + 2)) "$(printf '%s\n' packages/*.deb | wc -l)"

# holds PACKAGE FILE...
holds() {
  dpkg-deb -c "$(deb "$1")" | awk '{ print $6 }' > files
  for file in "${@:2}"; do grep -qx "./usr/$file" files || fail "$1 has no /usr/$file"; done
}
# field PACKAGE FIELD TEXT: the field of the control file holds TEXT.
field() {
  dpkg-deb -f "$(deb "$1")" "$2" > field
  grep -qF -- "$3" field || fail "$1: $2: $(< field)"
}

holds streamz bin/streamz lib/streamz/modules/jq.so lib/streamz/modules/codecs.so share/man/man1/streamz.1.gz \
  share/man/man7/streamz-stages.7.gz share/man/man7/streamz-plugin.7.gz share/doc/streamz/copyright \
  share/bash-completion/completions/streamz share/zsh/site-functions/_streamz share/fish/vendor_completions.d/streamz.fish
grep -E 'plugins/|include/|cmake/' files && fail "streamz holds what belongs to another package"
for library in libstdc++6 libsimdjson libjq1 zlib1g libzstd1; do field streamz Depends "$library"; done
field streamz Description 'chains of stages over JSON lines'

holds streamz-dev include/streamz/plugin.h include/streamz/vendor/nlohmann/json.hpp \
  include/streamz/vendor/nlohmann/LICENSE.MIT lib/cmake/streamz/streamz-config.cmake \
  lib/cmake/streamz/streamz-targets.cmake lib/cmake/streamz/streamz_add_plugin.cmake share/pkgconfig/streamz.pc
field streamz-dev Depends "streamz (= $version)"
field streamz-dev Section libdevel

holds streamz-example-plugin lib/streamz/plugins/streamz_example_plugin.{so,json} share/doc/streamz-example-plugin/copyright
field streamz-example-plugin Depends "streamz (= $version)"
field streamz-example-plugin Depends 'libstdc++6'
field streamz-example-plugin Description 'The example of the documentation'

# A program runs on every machine that has its interpreter.
if [[ -e $STREAMZ_BUILD/lib/streamz/plugins/upper_py.json ]]; then
  dpkg-deb -f "$(deb streamz-upper-py all)" Depends > field
  equal "streamz (= $version), python3" "$(< field)"
fi

# Unpacked, they are one tree that works.
for package in packages/*.deb; do dpkg-deb -x "$package" root; done
echo 7 > in
gives 0 root/usr/bin/streamz -i in map '. + 1' ! repeat && silent
equal "8 8" "$(paste -sd' ' out)"
