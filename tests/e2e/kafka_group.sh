#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Members of a group that come, leave, die and freeze while it is written; SIGTERM at random moments; and a sink that
# takes nothing for longer than the group waits for a member.
#   EVENTS=12   what happens to members, half of it to those that rebalance eagerly, half to cooperative ones
#   TERMS=3     how often it is ended by SIGTERM
#   STALL=5     for how many seconds the sink takes nothing
#   SEED=7      of the moments and the records; it is printed
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
# shellcheck source=kafka_faults.inc
source "$tests/e2e/kafka_faults.inc"

events=${EVENTS:-12} terms=${TERMS:-3} stall=${STALL:-5} seed=${SEED:-$RANDOM} rate=2000
[[ -z ${STREAMZ_SANITIZE:-} ]] || events=${EVENTS:-6} terms=${TERMS:-2} rate=500
RANDOM=$seed
session=session.timeout.ms=1500,heartbeat.interval.ms=300
# Where nobody dies, a machine with much to do kills nobody. (A cooperative member that ends while it joins anew does not
# take leave: the library forgets it, and the others wait for as long as a session.)
patient=session.timeout.ms=6000,heartbeat.interval.ms=300

# shellcheck disable=SC2119
start_broker
wrong() { fail "SEED=$seed, $1: $(< said) ($(grep -c 'on heartbeat expiration' kafka/log) sessions expired)"; }
# feed TOPIC: writes into it until there is a file `stop`
feed() {
  rm -f stop
  kcat -b "$KAFKA_BROKERS" -P -t "$1" -K '\t' -X partitioner=murmur2_random \
    < <(oracle make "$seed" 1000000000 "$rate" | keyed) &
  feeder=$!
}

# ---- three members

declare -A members=()
# Status STATUS is what member $1 has to end with.
ends_with() {
  local status=0
  wait "${members[$1]}" 2> null || status=$?
  unset "members[$1]"
  [[ $status == "$2" ]] || fail "SEED=$seed, $name: member $1: status $status, wanted $2 ($(< "err$1"))"
}
join_in() {
  "$STREAMZ" -q "from_kafka $name group=$name rebalance=$strategy conf=$sessions ! to_kafka $name-out key=.k" 2> "err$1" &
  members[$1]=$!
}
# happens EVENT: one of join, term, kill, freeze, to a random member for which it is possible
happens() {
  local member=$((RANDOM % 3)) event=$1
  if [[ -z ${members[$member]:-} ]]; then
    join_in "$member" # what is to happen to one that is not there is that it comes
    ((++joins))
    return
  fi
  runs "${members[$member]}" || fail "SEED=$seed, $name: member $member has ended ($(< "err$member"))"
  case $event in
    term)
      kill -TERM "${members[$member]}"
      ends_with "$member" 143
      ((++leaves))
      ;;
    kill)
      kill -KILL "${members[$member]}"
      ends_with "$member" 137
      ((++rough))
      ;;
    freeze) # for longer than its session: it comes back as one that the group has put out
      kill -STOP "${members[$member]}"
      pause $((2000 + RANDOM % 1000))
      kill -CONT "${members[$member]}"
      ((++rough))
      ;;
  esac
}
# are_done: everything is committed, so every partition has somebody who reads it
are_done() {
  local end=$((SECONDS + 20)) member
  ends "$name" 6 > wanted
  until committed "$name" > got && cmp -s wanted got; do
    for member in "${!members[@]}"; do
      runs "${members[$member]}" || fail "SEED=$seed, $name: member $member has ended ($(< "err$member"))"
    done
    ((SECONDS < end)) || fail "SEED=$seed, $name: not all is committed: $(paste -sd, got) of $(paste -sd, wanted)"
  done
}
# group NAME EVENTS SESSION KIND...: KINDs of events in random order
group() {
  local kinds=("${@:4}") count=$2 event member
  name=$1 sessions=$3 joins=0 leaves=0 rough=0
  topic "$name" 6
  topic "$name-out" 6
  feed "$name"
  join_in 0
  for ((event = 0; event < count; ++event)); do
    pause $((RANDOM % 1500 + 100))
    happens "${kinds[RANDOM % ${#kinds[@]}]}"
  done
  ((${#members[@]} > 0)) || join_in 0
  touch stop
  wait "$feeder"
  are_done
  for member in "${!members[@]}"; do
    kill -TERM "${members[$member]}"
    ends_with "$member" 143
  done
  all_of "$name" > in.jsonl
  all_of "$name-out" > out.jsonl
}
for strategy in eager cooperative; do
  # Who leaves in order commits what it has written, and nobody reads it again.
  group "calm-$strategy" $((events / 6)) "$patient" term
  oracle once in.jsonl out.jsonl > said 2>&1 || wrong "$name, $joins joins, $leaves leaves"
  echo "$name: $joins joins, $leaves leaves: each once (SEED=$seed)"
  # One that was frozen goes on to write what it had read, while another one reads it again: in no order.
  group "rough-$strategy" $((events / 3)) "$session" term kill freeze kill freeze
  oracle least in.jsonl out.jsonl $((rough * 2 * rate)) any_order > said 2>&1 || wrong "$name, $rough kills and stops"
  echo "$name: $joins joins, $leaves leaves, $rough kills and stops: $(< said) repeats of $(wc -l < in.jsonl) (SEED=$seed)"
done

# ---- SIGTERM: what is in the file is committed, and nothing else
oracle make "$seed" 20000 > in.jsonl
keyed < in.jsonl > with_keys
topic term 4
kcat -b "$KAFKA_BROKERS" -P -t term -K '\t' -l with_keys
slowest=0
for ((term = 0; term < terms; ++term)); do
  "$STREAMZ" "from_kafka term group=term ! rate_limit 5000/s ! to_file term.jsonl" 2> err &
  pid=$!
  pause $((RANDOM % 1500 + 50))
  kill -TERM "$pid"
  began=${EPOCHREALTIME/./} status=0
  wait "$pid" || status=$?
  took=$(((${EPOCHREALTIME/./} - began) / 1000))
  ((took <= slowest)) || slowest=$took
  [[ $status == 143 && $took -lt 10000 ]] || fail "SEED=$seed, SIGTERM $term: status $status after $took ms ($(< err))"
  lines=0
  [[ ! -e term.jsonl ]] || lines=$(wc -l < term.jsonl)
  sum=$(committed term | awk '{ sum += $3 } END { print sum + 0 }')
  [[ $lines == "$sum" ]] || fail "SEED=$seed, SIGTERM $term: $lines records in the file, $sum committed ($(< err))"
  # It takes leave of the group, which else would keep its partitions from the next one for as long as a session.
  came=$(grep -c 'Assignment received from leader .* for group term ' kafka/log) || true
  left=$(grep -c 'has left group term through explicit' kafka/log) || true
  ((left >= came)) || fail "SEED=$seed, SIGTERM $term: it was in the group $came times, and left it $left times"
done
gives 0 streamz "from_kafka term group=term until=end ! to_file term.jsonl"
oracle once in.jsonl term.jsonl > said 2>&1 || wrong "after $terms SIGTERM"
echo "$terms SIGTERM: each once, the slowest end took $slowest ms (SEED=$seed)"

# ---- one that reads to the end: it has what another one leaves undone that dies
topic rest 4
kcat -b "$KAFKA_BROKERS" -P -t rest -K '\t' -l with_keys
mkfifo stuck
exec 8<> stuck
# more than the pipe holds
"$STREAMZ" -q "from_kafka rest group=rest drain=50ms conf=$session ! map '.padding = (\"x\" * 1000)'" > stuck 2> null &
pid=$!
# assigned N: as often has the group been given its partitions
assigned() {
  local end=$((SECONDS + 30))
  until [[ $(grep -c 'Assignment received from leader .* for group rest ' kafka/log) -ge $1 ]]; do
    ((SECONDS < end)) || fail "SEED=$seed, to the end: no assignment number $1 ($(< err))"
    pause 20
  done
}
assigned 1
"$STREAMZ" -q "from_kafka rest group=rest until=end conf=$session" > last.jsonl 2> err &
reader=$!
assigned 2
until_lines last.jsonl 5000 # of 20000: its half of the partitions
kill -KILL "$pid"
wait "$pid" 2> null || true
exec 7< stuck 8>&-
cat <&7 > first.jsonl # what the first one had written: whole lines count
exec 7<&-
status=0
wait "$reader" || status=$?
[[ $status == 0 ]] || fail "SEED=$seed, to the end: status $status ($(< err))"
[[ -z $(tail -c 1 first.jsonl) ]] || sed -i '$d' first.jsonl
{ jq -c 'del(.padding)' first.jsonl && cat last.jsonl; } > rest.jsonl
oracle least in.jsonl rest.jsonl "$(wc -l < first.jsonl)" > said 2>&1 || wrong "to the end"
echo "to the end: nothing lost, $(< said) repeats (SEED=$seed)"

# ---- a sink that takes nothing: 120 MB of input, and the group puts out whoever does not ask for more in 2 s
padding=$(printf %1000s '' | tr ' ' x)
for ((copy = 0; copy < 6; ++copy)); do sed "s/}\$/,\"copy\":$copy,\"padding\":\"$padding\"}/" with_keys; done > many
topic slow 4
kcat -b "$KAFKA_BROKERS" -P -t slow -K '\t' -l many
mkfifo pipe
exec 9<> pipe
"$STREAMZ" "from_kafka slow group=slow until=end low_memory=true conf=$session,max.poll.interval.ms=2000 ! map '{k, n: (.n + 100000 * .copy), id: (.id + 20000 * .copy)}'" > pipe 2> err &
pid=$!
pause $((stall * 1000))
kill -0 "$pid" || fail "it has ended ($(< err))"
began=$SECONDS
cat <&9 > slow.jsonl &
reader=$!
status=0
high=0
while runs "$pid"; do
  now=$(awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$pid/status" 2> null) || true
  [[ -z $now ]] || high=$now
  ((SECONDS < began + 60)) || fail "SEED=$seed, slow sink: it does not catch up: $(wc -l < slow.jsonl) ($(< err))"
  pause 50
done
wait "$pid" || status=$?
[[ $status == 0 && ! -s err ]] || fail "SEED=$seed, slow sink: status $status ($(< err))"
until [[ $(wc -l < slow.jsonl) -ge 120000 ]] || ((SECONDS > began + 60)); do pause 20; done
kill "$reader"
exec 9>&-
[[ -n ${STREAMZ_SANITIZE:-} || $high -lt 200 ]] || fail "SEED=$seed, slow sink: $high MiB of memory"
jq -c '{k, n: (.n + 100000 * .copy), id: (.id + 20000 * .copy)}' <(cut -f 2 many) > in.jsonl
oracle once in.jsonl slow.jsonl > said 2>&1 || wrong "slow sink"
equal "$(ends slow 4)" "$(committed slow)"
# Once for the member that comes, and once for the one that leaves.
rebalances=$(grep -c 'Preparing to rebalance group slow ' kafka/log) || true
[[ $rebalances == 2 ]] || fail "SEED=$seed, slow sink: $rebalances rebalances: $(grep ' group slow ' kafka/log)"
echo "slow sink: it stayed in the group, $high MiB, caught up in $((SECONDS - began)) s (SEED=$seed)"
