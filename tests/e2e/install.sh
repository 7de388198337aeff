#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is installed is whole, and runs from wherever the tree is moved to.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

cmake --install "$STREAMZ_BUILD" --prefix "$PWD/first" > log || fail "$(< log)"
mv first moved
STREAMZ=$PWD/moved/bin/streamz

for file in include/streamz/plugin.h lib/streamz/modules/jq.so lib/streamz/plugins/streamz_example_plugin.so \
  lib/streamz/plugins/streamz_example_plugin.json lib/streamz/plugins/mask_sh.json lib/streamz/plugins/mask.sh \
  share/man/man1/streamz.1.gz share/man/man7/streamz-stages.7.gz share/man/man7/streamz-plugin.7.gz \
  share/bash-completion/completions/streamz; do
  [[ -e moved/$file ]] || fail "not installed: $file"
done

echo '{"a":[1,2]}' > in
gives 0 streamz -i in pluck a ! flatten ! map '. + 1' ! repeat 2
equal "2 2 3 3" "$(paste -sd' ' out)"
gives 0 streamz plugins show repeat && grep -q "$PWD/moved/lib/streamz/plugins/streamz_example_plugin.so" out
equal '"***"' "$(echo '"a@b.org"' | streamz mask_mail)"
