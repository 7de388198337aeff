#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Output leaves as soon as the input is idle, long before it ends.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

for chain in 'map .' 'filter . > 0' 'buffer 10 ! map .' 'count emit=update ! map 7' 'map . workers=3' 'exec cat format=jsonl workers=2'; do
  coproc RUN { exec "$STREAMZ" "$chain"; }
  pid=$RUN_PID
  exec {to}>&"${RUN[1]}" {from}<&"${RUN[0]}"
  for _ in 1 2; do
    echo 7 >&"$to"
    read -r -t 20 line <&"$from" || fail "no answer while the input is idle: $chain"
    equal 7 "$line"
  done
  eval "exec ${RUN[1]}>&-" # the shell's own ends too: only then the input ends
  exec {to}>&-
  wait "$pid" || fail "status $?: $chain"
  exec {from}<&-
done
