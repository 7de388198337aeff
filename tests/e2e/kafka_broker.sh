#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A broker that is stopped, killed, frozen and cut off while it is read and written: nothing is lost, and under
# exactly_once nothing comes twice.
#   FAULTS=4   how many for each of the two (2 under a sanitizer)
#   AWAY=2     for how many seconds it is away, at most
#   SEED=7     of the moments and the records; it is printed
# The network is one of its own where that is allowed, as it can be cut then. There is no way to Maven Central in it.
if [[ -z ${NETWORK:-} ]]; then
  "$(dirname "$0")/../../scripts/kafka" fetch 2> /dev/null || true # kafka.inc says what is wrong
  if unshare -rn ip link set lo up 2> /dev/null; then
    NETWORK=own exec unshare -rn "${BASH:-bash}" "$0"
  fi
  NETWORK=shared
fi
[[ $NETWORK == shared ]] || ip link set lo up
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
# shellcheck source=kafka_faults.inc
source "$tests/e2e/kafka_faults.inc"

faults=${FAULTS:-4} away=${AWAY:-2} seed=${SEED:-$RANDOM} rate=2000
[[ -z ${STREAMZ_SANITIZE:-} ]] || faults=${FAULTS:-2} rate=500
RANDOM=$seed

# shellcheck disable=SC2119
start_broker
wrong() { fail "SEED=$seed, $1: $(< said)"; }

# The port stays: start gives the same address again.
stopped() {
  kafka stop "$work/kafka"
  pause "$1"
  # shellcheck disable=SC2119
  start_broker
}
killed() {
  kafka stop "$work/kafka" -9
  pause "$1"
  # shellcheck disable=SC2119
  start_broker
}
frozen() {
  kill -STOP "$(< kafka/pid)"
  pause "$1"
  kill -CONT "$(< kafka/pid)"
}
cut() {
  ip link set lo down
  pause "$1"
  ip link set lo up
}
kinds=(stopped killed frozen)
[[ $NETWORK == shared ]] || kinds+=(cut)

# How much there is by now, if it can be told
count() { timeout 3 kcat -b "$KAFKA_BROKERS" -C -t "$1" -o beginning -e -q 2> null | wc -l || true; }
# How far its partitions go, if it can be told
far() { ends "$1" 4 2> null | awk '{ sum += $3 } END { print sum + 0 }' || true; }
# begin NAME OPTION...
begin() {
  "$STREAMZ" "from_kafka $1 group=$1 conf=session.timeout.ms=6000 ${*:2} ! to_kafka $1-out key=.k" 2> err &
  pid=$!
}
# What the broker has aborted, because it was away for so long, cannot be gone on with: it ends, and says so, and the
# same command goes on from there.
again() {
  local status=0
  if runs "$pid"; then return; fi
  wait "$pid" || status=$?
  [[ "$*" == *exactly_once* && $status == 1 ]] || fail "SEED=$seed, $1: status $status after $(paste -sd' ' happened): $(< err)"
  grep -h '^error' err >> ended
  begin "$@"
}
# under_faults NAME OPTION...: what is written all the time goes from one topic to another meanwhile
under_faults() {
  local name=$1 fault kind status=0 end feeder before
  topic "$name" 4
  topic "$name-out" 4
  rm -f stop
  "$STREAMZ" "to_kafka $name key=.k" < <(oracle make "$seed" 1000000000 "$rate" | tee fed.jsonl) 2> feeder &
  feeder=$!
  begin "$@"
  : > ended
  : > happened
  for ((fault = 0; fault < faults; ++fault)); do
    pause $((RANDOM % 800 + 200))
    # each of them in turn, so that few runs have them all
    kind=${kinds[(fault + first) % ${#kinds[@]}]}
    "$kind" $((RANDOM % (away * 1000) + 500))
    echo "$kind" >> happened
    # It goes on.
    before=$(far "$name-out")
    end=$((SECONDS + 30))
    until [[ $(far "$name-out") -gt $before ]]; do
      again "$@"
      ((SECONDS < end)) || fail "SEED=$seed, $name: nothing is written after $(paste -sd' ' happened): $(< err)"
      pause 100
    done
  done
  first=$((first + fault))
  touch stop
  wait "$feeder" || fail "SEED=$seed, $name: the end of the input: $(< feeder)"
  end=$((SECONDS + 40))
  until ends "$name" 4 > wanted && committed "$name" > got 2> null && cmp -s wanted got; do
    again "$@"
    ((SECONDS < end)) || fail "SEED=$seed, $name: not all is committed: $(paste -sd, got) of $(paste -sd, wanted)"
  done
  kill -TERM "$pid"
  wait "$pid" || status=$?
  [[ $status == 143 ]] || fail "SEED=$seed, $name: status $status ($(< err))"
  all_of "$name" > in.jsonl
  all_of "$name-out" > out.jsonl
  # Whoever lives through it all writes each once.
  oracle once fed.jsonl in.jsonl > said 2>&1 || wrong "$name, what was fed, $(paste -sd' ' happened)"
}
first=0
under_faults least
# Whoever is put out of the group because the broker does not answer reads again what was not committed: of a second,
# and of the time that the broker was away.
oracle least in.jsonl out.jsonl $((faults * (away + 2) * rate)) > said 2>&1 || wrong "at least once, $(paste -sd' ' happened)"
echo "at least once: $(paste -sd' ' happened): $(< said) repeats of $(wc -l < in.jsonl) ($SECONDS s, SEED=$seed)"
under_faults once exactly_once=true
oracle once in.jsonl out.jsonl > said 2>&1 || wrong "exactly once, $(paste -sd' ' happened)"
echo "exactly once: $(paste -sd' ' happened): $(wc -l < in.jsonl) each once, begun again $(wc -l < ended) times ($SECONDS s, SEED=$seed)"

# The input ends while the broker is away: it says what was not delivered, in time.
mkfifo pipe
exec 9<> pipe
"$STREAMZ" --drain-timeout 2s "from_stdin ! to_kafka end" < pipe 2> err 9>&- &
pid=$!
topic end 1
echo 1 >&9
end=$((SECONDS + 30))
until [[ $(count end) == 1 ]]; do
  ((SECONDS < end)) || fail "the first record does not arrive ($(< err))"
done
kafka stop "$work/kafka" -9
seq 2 501 >&9
exec 9>&-
began=${EPOCHREALTIME/./} status=0
wait "$pid" || status=$?
took=$(((${EPOCHREALTIME/./} - began) / 1000))
equal 1 "$status"
says '500 records were not delivered in 2 s: '
says 'Connection refused'
((took < 6000)) || fail "it took $took ms"
echo "the end while the broker is away: $took ms: $(grep -o '500 records.*' err)"
