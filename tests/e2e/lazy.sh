#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plugins are opened when a chain names their stage, and only those; the program links little.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
not_sanitized
command -v strace > /dev/null || exit 77

traced() { strace -f -y -e trace=open,openat,mmap -o trace "$STREAMZ" "$@" > out 2> err; }
libraries() { sed -nE 's|.*<[^>]*plugins/([^/>]*\.so)>.*|\1|p' "$@" | sort -u | paste -sd' '; }
opened() { libraries trace; }
mapped() { grep PROT_EXEC trace | libraries; }

echo 7 | traced filter '. > 1' ! count
grep -q 'lib/streamz/plugins' trace && fail "a built-in chain looks for plugins: $(grep lib/streamz/plugins trace)"
echo 7 | traced count
grep -q 'modules/' trace && fail "a chain without expressions opens a module"

# 30 packages, made of the example
mkdir -m 755 plugins
export STREAMZ_PLUGIN_PATH=$work/plugins
example=$(dirname "$STREAMZ")/../lib/streamz/plugins/streamz_example_plugin
for i in {10..39}; do
  package=streamz_many_plugins$i # as long as the name that it takes the place of
  LC_ALL=C sed "s/streamz_example_plugin/$package/g" "$example.so" > "plugins/$package.so"
  sed "s/streamz_example_plugin/$package/g; s/\<repeat\>/repeat_$i/g" "$example.json" > "plugins/$package.json"
done

# What only looks opens the file at most; what names no library does not do that.
traced plugins list
equal 31 "$(grep -cE '^node +repeat(_[0-9]+)? .* ok ' out)"
equal "" "$(mapped)"
for command in "plugins list --json" "plugins show repeat_20" "help" "help repeat_20" "help --complete rep" \
  "completion bash" "graph repeat_20 ! count" "help errors" "repeat_20 --help"; do
  # shellcheck disable=SC2086
  traced $command
  equal "" "$(mapped)"
done
traced graph repeat_20 ! count
grep -q repeat_20 out || fail "not drawn: $(< out)"
equal "" "$(opened)"
traced help repeat_20
equal "" "$(opened)"

echo 7 | traced repeat 3
equal "7 7 7" "$(paste -sd' ' out)"
equal streamz_example_plugin.so "$(opened)"
echo 7 | traced repeat_20 2 ! repeat_39 1
equal "7 7" "$(paste -sd' ' out)"
equal "streamz_many_plugins20.so streamz_many_plugins39.so" "$(opened)"
equal "$(opened)" "$(mapped)"

allowed='linux-vdso|ld-linux|libc\.so|libm\.so|libgcc_s|libstdc\+\+|libsimdjson'
ldd "$STREAMZ" | grep -vE "$allowed" && fail "the program links more than it should"
exit 0
