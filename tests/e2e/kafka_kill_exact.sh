#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# kill -9 at random moments, under exactly_once and with a checkpoint: nothing is lost, and nothing comes twice. See
# kafka_kill.inc.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
# shellcheck source=kafka_kill.inc
source "$tests/e2e/kafka_kill.inc"

# in transactions; what slows it down must hold no records
kill_once() {
  run_killed 1500 "from_kafka in group=x$round until=end exactly_once=true conf=$session,group.instance.id=only !
    map '. as \$x | reduce range(1500) as \$i (0; . + \$i) | \$x' ! to_kafka x$round key=.k"
  all_of "x$round" > got
  oracle once in.jsonl got > said 2>&1 || wrong "exactly once"
  # Behind the last record of an input that has no transactions in it there is nothing: that is where it stands.
  equal "$(ends in 4)" "$(committed "x$round")"
}

# and with what stages hold, which is in the checkpoint that the transaction belongs to
kill_state() {
  topic "sums$round" 1
  topic "windows$round" 1
  cat << END_OF_CHAIN > "exact$round.sz"
from_kafka in1 partitions=0 until=end group=exact$round exactly_once=true name=a ! rate_limit 8000/s !
  agg n=count s=sum:.id by=.k window=7s time=.t ! to_kafka windows$round ;
a. ! accumulate '\$state + .id' start=0 ! to_kafka sums$round
END_OF_CHAIN
  run_killed 900 --checkpoint "e$round" --checkpoint-interval 50ms -f "exact$round.sz"
  all_of "sums$round" > got
  jq -n 'foreach inputs as $x (0; . + $x.id)' timed.jsonl | cmp - got || fail "SEED=$seed, after $killed kills: exact sums differ"
  all_of "windows$round" > got
  streamz -i timed.jsonl 'agg n=count s=sum:.id by=.k window=7s time=.t' | cmp - got || fail "SEED=$seed, after $killed kills: exact windows differ"
  [[ $(wc -l < got) -gt 300 ]] || fail "hardly any windows"
}

# state and positions from a checkpoint: byte for byte where the order of the input is one, that of a partition
kill_checkpoint() {
  for directory in whole killed; do
    mkdir -p "$directory$round"
    cat << END_OF_CHAIN > "$directory$round.sz"
from_kafka in1 partitions=0 until=end name=a ! rate_limit 8000/s !
  agg n=count s=sum:.id by=.k window=7s time=.t ! to_file $directory$round/windows.jsonl ;
a. ! unique key=.n maxsize=50 ! accumulate '\$state + .id' start=0 ! to_file $directory$round/sums.jsonl ;
from_kafka in partitions=0,1,2,3 until=end ! agg n=count s=sum:.id by=.k ! to_file $directory$round/keys.jsonl
END_OF_CHAIN
  done
  gives 0 streamz -f "whole$round.sz"
  run_killed 700 --checkpoint "s$round" --checkpoint-interval 50ms -f "killed$round.sz"
  for file in windows sums; do
    cmp "whole$round/$file.jsonl" "killed$round/$file.jsonl" || fail "SEED=$seed, after $killed kills: $file differ"
  done
  [[ $(wc -l < "killed$round/windows.jsonl") -gt 300 ]] || fail "hardly any windows"
  jq -sc 'group_by(.k)[] | {k: .[0].k, n: length, s: map(.id) | add}' in.jsonl | sort > wanted
  jq -c '{k, n, s}' "killed$round/keys.jsonl" | sort | cmp wanted - || fail "SEED=$seed, after $killed kills: keys differ"
}

kill_all once state checkpoint
