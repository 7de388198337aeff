#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every `$ command` of README.md whose output is shown there gives that output.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

cp "$access" access.jsonl
mkdir bin
ln -s "$STREAMZ" bin/streamz
PATH=$work/bin:$PATH
count=0
# Splits ```console blocks into NUMBER.command and NUMBER.wanted.
awk '
  /^```console/ { on = 1; next }
  /^```/ { on = 0 }
  on && /^\$ / { ++n; print substr($0, 3) > (n ".command"); printf "" > (n ".wanted"); next }
  on { print > (n ".wanted") }
' "$tests/../README.md"
for command in *.command; do
  bash "$command" > got 2>&1 || true
  diff -u "${command%.command}.wanted" got || fail "README.md: $(< "$command")"
  count=$((count + 1))
done
((count >= 10)) || fail "only $count examples found"
