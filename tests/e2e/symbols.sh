#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Nothing of streamz crosses the border of a library but the one symbol of a plugin: two plugins, or a plugin
# and the program, must not bind to each other's classes.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
not_sanitized # its run-time library adds symbols of its own

nm -D --demangle "$STREAMZ" > program
grep -q ' U ' program || fail "nm shows nothing: $(< program)"
grep streamz program && fail "the program exports or imports something of streamz"

for library in "$STREAMZ_BUILD"/lib/streamz/plugins/*.so; do
  equal "streamz_plugin" "$(nm -D --defined-only "$library" | awk '{ print $3 }')"
  nm -D --demangle --undefined-only "$library" | grep streamz && fail "$library imports something of streamz"
done
exit 0
