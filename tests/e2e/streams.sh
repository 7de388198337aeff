#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Data on standard output, everything else on standard error, silence when all is well.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

gives 0 streamz -i "$access" map .path && silent
equal 60 "$(wc -l < out)"
gives 5 streamz from_iterable '[1,"x"]' ! map '. + 1'
equal 2 "$(< out)"
says R0
gives 3 streamz 'filter .ok !map .id'
equal "" "$(< out)"
says 'write `! map`'
gives 3 streamz --error-format=json fliter
equal E0101 "$(jq -r .code err)"
gives 0 streamz --stats=json -i "$access" count
equal 60 "$(< out)"
jq -e . err > null
equal '[60,1,0]' "$(jq -c '[.read,.written,.dropped]' err)"
gives 0 streamz --stats=json 'seq 1000 ! buffer 10 overflow=drop_new name=b ! exec "sleep 0.1; cat" format=jsonl ! count'
equal "1000 true" "$(jq -r '"\(.dropped + .stages[2].in) \(.dropped == .stages[1].dropped)"' err)"
gives 0 streamz --help && silent
head -1 out | grep -q '^streamz - ' || fail "help does not begin with the program"
gives 0 streamz --version && silent
grep -qE '^streamz [0-9]+\.[0-9]+\.[0-9]+$' out || fail "version: $(< out)"
gives 0 streamz head --help && silent
grep -q '^usage: head ' out || fail "no help of the stage: $(< out)"
# Also when a library was loaded, which standard output is kept from.
for command in explain graph 'check -v'; do
  # shellcheck disable=SC2086
  gives 0 streamz $command 'from_directory . follow=false ! count' && silent
  grep -q from_directory out || fail "$command: no output: $(< err)"
done
NO_COLOR='' gives 3 streamz --color=always fliter
says $'\e['
