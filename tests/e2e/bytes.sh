#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is passed on is not touched; branches add up; a stage that has enough ends an endless input.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

printf '%s\n' '1.0' '1e2' '{"b":1, "a" : 2}' '12345678901234567890123' '"\u00e9\/"' '{"a":1,"a":2}' '1e400' > odd
for chain in "buffer 3" "head 100" "last 100"; do
  gives 0 streamz -i odd "$chain"
  cmp odd out || fail "changed by: $chain"
done
gives 0 streamz -i "$access" filter true
cmp "$access" out

gives 0 streamz -i "$access" 'filter .status < 400 name=f ! to_file ok.jsonl ; f.else ! to_file bad.jsonl'
equal 60 "$(cat ok.jsonl bad.jsonl | wc -l)"
sort "$access" > wanted
sort ok.jsonl bad.jsonl | cmp wanted -
[[ -s ok.jsonl && -s bad.jsonl ]] || fail "one branch is empty"

gives 0 timeout 20 "$STREAMZ" head 3 < <(yes '[1]')
equal 3 "$(wc -l < out)"
printf '1\n2' | gives 0 streamz map .
equal "1 2" "$(paste -sd' ' out)"

# Compressed files are known by their first bytes, whatever they are called; one that is cut short says so.
gzip -c "$access" > packed.jsonl
zstd -q -c "$access" > other
cat packed.jsonl packed.jsonl > twice.jsonl
for file in packed.jsonl other; do
  gives 0 streamz -i "$file" to_stdout
  cmp "$access" out
done
gives 0 streamz -i twice.jsonl count
equal 120 "$(< out)"
head -c 1000 packed.jsonl > cut.jsonl
gives 1 streamz -i cut.jsonl to_null
says cut.jsonl
