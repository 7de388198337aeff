#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# kill -9 and SIGTERM at random moments, and on from the checkpoint: what comes out is what an undisturbed run gives. Byte
# for byte where one source feeds a file, as sorted lines where two meet,
# and what copies of a stage refused.
#   KILLS=200   how many times at least (20)
#   SEED=7      of the moments; it is printed when something is wrong
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

kills=${KILLS:-20} seed=${SEED:-$RANDOM}
RANDOM=$seed
records=60000
[[ -z ${STREAMZ_SANITIZE:-} ]] || records=12000 kills=5
"$STREAMZ" seq "$records" ! map '{id: ., k: (. * 7919 % 101), v: (. * 31 % 1000), t: (1700000000 + ./50)}' ! to_file a.jsonl
"$STREAMZ" seq "$((records / 3))" ! map '{id: (. * 3), w: (. % 17), t: (1700000000 + .*3/50)}' ! to_file b.jsonl
gzip -k b.jsonl

# The chain whose outputs are in the directory $1
chain() {
  cat << END
from_file a.jsonl name=a ! agg n=count s=sum:.v m=median:.v by=.k window=10s time=.t ! to_file $1/windows.jsonl ;
a. ! accumulate '\$state + .v' start=0 ! to_file $1/sums.jsonl.gz mode=replace ;
a. ! unique key=.k maxsize=40 ! map {id,k} ! to_file $1/firsts.csv ;
a. ! filter .id%3==0 and .k<50 ! j.left ;
from_file b.jsonl.gz ! j.right ;
join on=.id within=2s time=.t maxsize=500 name=j ! map [.[0].id,.[1].w] ! to_file $1/pairs.jsonl ;
j.right_only ! pluck id ! to_file $1/alone.jsonl ;
a. ! map 1/(.k-50) ! to_null
END
}

mkdir whole killed
chain whole > whole.sz
chain killed > killed.sz
gives 0 streamz --dead-letter whole/dead.jsonl -f whole.sz
[[ $(wc -l < whole/pairs.jsonl) -gt 500 && $(wc -l < whole/alone.jsonl) -gt 500 ]] || fail "hardly any pairs"

# One run that is killed again and again until it comes to its end
run_killed() {
  local pid status=137 rounds=0 signal
  rm -rf killed ck
  mkdir killed
  while [[ $status == 137 || $status == 143 ]]; do
    "$STREAMZ" -q -j $((1 + RANDOM % 3)) --dead-letter killed/dead.jsonl --checkpoint ck --checkpoint-interval 5ms -f killed.sz 2> err &
    pid=$!
    # Longer each time, so that it comes to its end on a slow machine too.
    ((pause = RANDOM % 150 + 10 * rounds++, 1))
    signal=$((RANDOM % 4)) # mostly kill -9
    ((signal == 0)) && signal=TERM || signal=KILL
    # Either of the two may be first.
    { read -r -t "$((pause / 1000)).$(printf %03d "$((pause % 1000))")" _ <> <(:) || kill "-$signal" "$pid"; } 2> null || true
    status=0
    wait "$pid" 2> null || status=$?
    [[ $status != 137 && $status != 143 ]] || ((++killed))
  done
  [[ $status == 0 ]] || fail "SEED=$seed, after $killed kills: status $status ($(< err))"
}

same() {
  cmp "$1" "$2" || fail "SEED=$seed, after $killed kills: $1 and $2 differ"
}

killed=0
while ((killed < kills)); do
  run_killed
  for file in windows.jsonl firsts.csv; do same whole/$file killed/$file; done
  same <(zcat whole/sums.jsonl.gz) <(zcat killed/sums.jsonl.gz)
  for file in pairs.jsonl alone.jsonl dead.jsonl; do same <(sort whole/$file) <(sort killed/$file); done
done
echo "$killed kills, nothing lost and nothing twice (SEED=$seed)"
