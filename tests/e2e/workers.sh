#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copies of stages that work at once give what one alone gives, in the same order, and fail alike.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

chain="filter .status==200 name=f ! map '{path, n: (.bytes // 0)}' ! pluck path,n ! to_stdout ;
  f.else ! map .status ! to_file rest.jsonl mode=replace"
for copies in 1 2 5; do
  for ((i = 0; i < 50; ++i)); do cat "$access"; done | streamz -j "$copies" "$chain" > "out$copies"
  mv rest.jsonl "rest$copies"
  cmp out1 "out$copies" || fail "-j $copies gives something else"
  cmp rest1 "rest$copies" || fail "-j $copies gives something else on the side port"
done
equal 3000 $(($(wc -l < out1) + $(wc -l < rest1)))

# The first failure is the same, and what came before it is delivered.
for copies in 1 4; do
  gives 5 streamz -j "$copies" seq 1 1000 ! map '100 / (. - 700)' ! to_stdout
  equal 699 "$(wc -l < out)"
  says 'cannot be divided because the divisor is zero'
done
gives 0 streamz -j 4 --on-error=skip seq 1 1000 ! map '100 / (. - 700)' ! count
equal 999 "$(< out)"
says '1 record failed'

# A copy that is busy holds up no other: they get what it would have got.
if [[ -z ${STREAMZ_SANITIZE:-} ]]; then # of which the ABI is another
  mkdir plugins
  cp "$STREAMZ_BUILD/tests/plugins/busy.so" plugins
  echo '{"streamz": 1, "name": "busy", "version": "1.0", "entry_points": {"streamz.nodes": ["busy = busy:Busy"]}}' > plugins/busy.json
  chmod -R go-w plugins
  gives 0 streamz --plugin-path plugins seq 0 20000 ! busy workers=2
  equal 0 "$(< out)"
fi

gives 0 streamz explain -j 3 'map .a ! filter .b'
grep -q '3 of it work side by side' out || fail "not explained: $(< out)"
gives 2 streamz -j 0 map .
says '-j'

gives 0 streamz --trace from_iterable '[1,3]' ! map '. * 2' ! filter '. > 4'
equal 6 "$(< out)"
equal "from_iterable: 1
map: 2
filter.else: 2
from_iterable: 3
map: 6
filter: 6" "$(< err)"
