#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Many segments, workers and copies of stages at once, with checkpoints all the time: the same as one thread gives.
# Above all for the thread sanitizer.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

records=60000
[[ -z ${STREAMZ_SANITIZE:-} ]] || records=6000
"$STREAMZ" seq "$records" ! map '{id: ., k: (. % 50), t: (1700000000 + ./100)}' ! to_file in.jsonl
chain="from_file in.jsonl name=s ! map {id,k,t} workers=4 name=w ; from_file in.jsonl ! buffer 10 ! j.right ;
  join on=.id within=1h time=.t maxsize=1000000 name=j ! count ! to_file pairs ; w. ! j.left ; union name=u ! buffer 1000 !
  agg n=count s=sum:.id by=.k ! sort by=.k ! to_file sums ; zip maxsize=100 name=z ! map '.[0].id - .[1].id' ! frequencies !
  last ! to_file zipped ; w. ! buffer 5 ! z. ; w. ! buffer 500 ! z."
for i in {1..10}; do
  chain+=" ; w. ! buffer $((i * i)) ! map '.id += $i' workers=2 ! filter '.id % $((i + 1)) > 0' ! rolling 3 id=sum:.id k=last:.k ! u."
done
gives 0 streamz -q "$chain"
mkdir wanted
mv pairs sums zipped wanted
equal "$records" "$(tail -1 wanted/pairs)"
for jobs in 2 4; do
  rm -rf ck pairs sums zipped
  gives 0 streamz -q -j "$jobs" --checkpoint ck --checkpoint-interval 2ms "$chain"
  for file in sums zipped; do cmp "$file" "wanted/$file" || fail "-j $jobs"; done
  equal "$records" "$(tail -1 pairs)"
done
