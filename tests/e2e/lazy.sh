#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plugins are opened when a chain names their stage, and only those; the program links little.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
not_sanitized
command -v strace > /dev/null || exit 77

traced() { strace -f -y -e trace=open,openat,mmap -o trace "$STREAMZ" "$@" > out 2> err; }
opened_plugins() { grep -oE '<[^>]*/streamz/plugins/[^>]*\.so>' trace | sed 's|.*/||; s|>||' | sort -u; }

echo 7 | traced filter '. > 1' ! count
grep -q 'lib/streamz/plugins' trace && fail "a built-in chain looks for plugins: $(grep lib/streamz/plugins trace)"
echo 7 | traced count
grep -q 'modules/' trace && fail "a chain without expressions opens a module"

traced plugins list
grep 'PROT_EXEC' trace | grep -q 'streamz/plugins/' && fail "plugins list maps a library"
grep -q '^node  *repeat ' out || fail "repeat is not listed: $(< out)"

echo 7 | traced repeat 3
equal "7 7 7" "$(paste -sd' ' out)"
equal streamz_example_plugin.so "$(opened_plugins)"

allowed='linux-vdso|ld-linux|libc\.so|libm\.so|libgcc_s|libstdc\+\+|libsimdjson'
ldd "$STREAMZ" | grep -vE "$allowed" && fail "the program links more than it should"
exit 0
