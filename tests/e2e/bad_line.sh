#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A bad line in the middle: its line and byte, and with --on-error=skip the rest byte for byte.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

head -30 "$access" > good1
tail -30 "$access" > good2
for bad in '{"a":1' "{'a':1}" '{"a":NaN}' '01' '{"a":1}{"a":2}' $'"\xff"' '[1,]'; do
  { cat good1; echo "$bad"; cat good2; } > mixed
  gives 5 streamz -i mixed map . && says "mixed:31:"
  says "byte "
  cmp good1 out || fail "what came before \`$bad\` is not there"
  gives 0 streamz --on-error=skip -i mixed filter true
  cat good1 good2 | cmp - out || fail "the rest is not the same for \`$bad\`"
  equal 'streamz: 1 record failed and left out' "$(< err)"
done
