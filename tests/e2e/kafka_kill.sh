#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# kill -9 at random moments between Kafka and files, until the input is done: nothing is lost, little comes twice, and
# under exactly_once and with a checkpoint nothing does.
#   KILLS=20   how many times at least, of all chains together (5 under a sanitizer)
#   SEED=7     of the moments and the records; it is printed
#   CHAINS=…   which of them (files kafka both once state checkpoint); all unless it is said
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
# shellcheck source=kafka_faults.inc
source "$tests/e2e/kafka_faults.inc"

kills=${KILLS:-20} seed=${SEED:-$RANDOM} records=6000
chains=${CHAINS:-files kafka both once state checkpoint}
[[ -z ${STREAMZ_SANITIZE:-} ]] || kills=${KILLS:-5} records=4000
RANDOM=$seed
# Per kill: what the sink has written of the seconds since the last commit, 5000 in each, and what was on its way.
most=10000
# One that comes back as a member that the group knows need not wait until the one before it counts as dead.
session=session.timeout.ms=1000,heartbeat.interval.ms=200
known=$session,auto.commit.interval.ms=200,group.instance.id=only

# shellcheck disable=SC2119
start_broker
oracle make "$seed" "$records" > in.jsonl
jq -c '{k, n, id, t: (1700000000 + .id / 100)}' in.jsonl > timed.jsonl
jq -r '"\(.k)\t\(tojson)"' timed.jsonl > keyed
kcat -b "$KAFKA_BROKERS" -P -t in -K '\t' -l keyed
topic in1 1
kcat -b "$KAFKA_BROKERS" -P -t in1 -p 0 -l timed.jsonl

# run_killed PAUSE ARGUMENT...: again and again until it comes to its end; each time it lives for at most PAUSE ms, and
# longer each time, so that it comes to its end on a slow machine too
killed=0
run_killed() {
  local pid status=137 rounds=0 pause most_ms=$1
  shift
  while [[ $status == 137 ]]; do
    "$STREAMZ" -q "$@" 2> err &
    pid=$!
    ((pause = RANDOM % most_ms + 80 * rounds++, 1))
    # Either of the two may be first.
    { read -r -t "$((pause / 1000)).$(printf %03d "$((pause % 1000))")" _ <> <(:) || kill -KILL "$pid"; } 2> null || true
    status=0
    wait "$pid" 2> null || status=$?
    [[ $status != 137 ]] || ((++killed))
  done
  [[ $status == 0 ]] || fail "SEED=$seed, after $killed kills: status $status ($(< err))"
}

# wrong WHAT: with what the oracle has said
wrong() { fail "SEED=$seed, after $killed kills, $1: $(< said)"; }
at_least() { oracle least in.jsonl "$2" "$(((killed - before) * most))" > said 2>&1 || wrong "$1"; }

# from a group into files
kill_files() {
  run_killed 2500 "from_kafka in group=f$round until=end conf=$known ! rate_limit 5000/s ! to_files 'f$round/{.k % 5}.jsonl'"
  cat "f$round"/* > got
  at_least "from Kafka into files" got
}

# from a file, which goes on from its checkpoint
kill_kafka() {
  run_killed 700 --checkpoint "c$round" --checkpoint-interval 200ms "from_file in.jsonl ! rate_limit 5000/s ! to_kafka c$round key=.k"
  all_of "c$round" > got
  at_least "from a file into Kafka" got
}

# from a group into another topic
kill_both() {
  run_killed 2500 "from_kafka in group=k$round until=end conf=$session,auto.commit.interval.ms=500 ! rate_limit 5000/s ! to_kafka k$round key=.k"
  all_of "k$round" > got
  at_least "from Kafka into Kafka" got
}

# the same in transactions; what slows it down must hold no records
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

declare -A kills_of repeats_of
for chain in $chains; do kills_of[$chain]=0 repeats_of[$chain]=0; done
round=0
while ((killed < kills)); do
  ((++round))
  for chain in $chains; do
    before=$killed
    echo 0 > said # the repeats; a chain that must have none compares instead
    "kill_$chain"
    ((kills_of[$chain] += killed - before, repeats_of[$chain] += $(< said), 1))
  done
done
result=
for chain in $chains; do result+=" $chain ${kills_of[$chain]}/${repeats_of[$chain]}"; done
echo "$killed kills, nothing lost; kills/repeats of each:$result (SEED=$seed)"
