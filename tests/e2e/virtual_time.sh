#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# In virtual time the same input gives the same output, whatever the machine does meanwhile: also where full queues
# hold a source back, and, where they do not, when the run was killed and goes on.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

records=20000 runs=5
[[ -z ${STREAMZ_SANITIZE:-} ]] || records=3000 runs=2
"$STREAMZ" seq "$records" ! map '{id: ., v: (. * 31 % 1000)}' ! to_file in.jsonl
full="from_file in.jsonl name=a ! pluck id ! rate_limit 1000/s ! timed_window 250ms ! map '[length, add]' ! to_file paced ;
  a. ! pluck v ! delay 3s ! timed_window_unique 1s key=.%50 ! map length ! to_file delayed"
for _ in 1 2 3; do
  rm -f paced delayed
  gives 0 streamz -q --clock=virtual "$full"
  sha256sum paced delayed >> sums
done
equal 2 "$(sort -u sums | wc -l)"

killed="from_file in.jsonl ! rate_limit 1000/s name=r ! pluck id ! timed_window 250ms ! map '[length, add]' ! to_file OUT/paced ;
  r. ! pluck v ! delay 3s maxsize=100000 ! timed_window_unique 1s key=.%50 ! map length ! to_file OUT/delayed"
mkdir whole killed
gives 0 streamz -q --clock=virtual "${killed//OUT/whole}"
equal $((records / 250)) "$(wc -l < whole/paced)"
for ((run = 0; run < runs; ++run)); do
  status=137
  rm -rf ck killed
  mkdir killed
  for ((rounds = 0; status == 137; ++rounds)); do
    "$STREAMZ" -q --clock=virtual --checkpoint ck --checkpoint-interval 2ms "${killed//OUT/killed}" 2> err &
    pid=$!
    { read -r -t "0.$(printf %03d $((RANDOM % 60 + 20 * rounds)))" _ <> <(:) || kill -KILL "$pid"; } 2> null || true
    status=0
    wait "$pid" 2> null || status=$?
  done
  equal 0 "$status"
  for file in paced delayed; do cmp whole/$file killed/$file || fail "after a kill something else comes out"; done
done
