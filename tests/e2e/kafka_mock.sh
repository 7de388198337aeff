#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a broker answers in bad moments, as a mock cluster can be told to: each error of a transaction has the end that
# is right for it, and brokers that are away, slow or new leaders cost nothing. It cannot tell what was written once.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

# shellcheck source=follow.inc
source "$tests/e2e/follow.inc"

if [[ ${STREAMZ_SANITIZE:-} == thread ]]; then
  echo "skipped: the thread sanitizer does not know the threads of librdkafka"
  exit 77
fi
mkfifo orders
"$STREAMZ_MOCK_CLUSTER" 3 < orders > answers 2> mock.err &
exec 7> orders
trap 'exec 7>&-; wait; rm -rf "$work"' EXIT

# answer N: waits for the Nth line that the cluster prints
answer() {
  local end=$((SECONDS + 20))
  until [[ $(wc -l < answers) -ge $1 ]]; do
    ((SECONDS < end)) || fail "the mock cluster does not answer"
    read -r -t 0.01 _ <> <(:) || true
  done
  sed -n "${1}p" answers
}
answered=1
tell() {
  echo "$*" >&7
  ((++answered))
  equal ok "$(answer "$answered")"
}
KAFKA_BROKERS=$(answer 1)
export KAFKA_BROKERS
Produce=0 Fetch=1 Metadata=3 OffsetCommit=8 AddPartitions=24 EndTxn=26 TxnOffsetCommit=28

tell topic in 2
tell topic out 2
"$STREAMZ" seq 100 ! to_kafka in

# transaction STATUS TEXT [STAGE...]: reads all that group has yet to read, in a transaction, through the stages
run=0
transaction() {
  local status=$1 text=$2
  shift 2
  ((++run))
  gives "$status" timeout -s KILL 60 "$STREAMZ" from_kafka in group="g$run" exactly_once=true until=end "$@" ! to_kafka out
  [[ -z $text ]] || says "$text"
}
transaction 0 ''
tell errors "$EndTxn" 47 # the epoch of the producer is over: somebody else has taken over
transaction 1 'another one writes with the same transactional id by now'
tell errors "$EndTxn" 14 14 # the coordinator is loading
transaction 0 ''
tell errors "$EndTxn" -195 -195 # the connection breaks
transaction 0 ''
tell errors "$TxnOffsetCommit" 22 # the group has a new generation
transaction 0 'a transaction is done once more: cannot add the offsets to the transaction: '
tell errors "$AddPartitions" 29 # not allowed, for this once
transaction 0 'a transaction is done once more: '
tell errors "$AddPartitions" 29 # ... while records still come
transaction 0 'a transaction is done once more: ' ! map '. as $x | reduce range(20000) as $i (0; . + $i) | $x'
tell errors "$Produce" 7 19 # timed out, not enough replicas: tried again
transaction 0 ''

# without transactions: what fails for a while is tried again
tell errors "$Produce" 6 -195 7
gives 0 timeout -s KILL 60 "$STREAMZ" seq 10 ! to_kafka out
tell errors "$Fetch" -195 -195
tell errors "$Metadata" -195
gives 0 timeout -s KILL 60 "$STREAMZ" from_kafka in until=end ! count
equal 100 "$(< out)"
tell errors "$OffsetCommit" 14 16
gives 0 timeout -s KILL 60 "$STREAMZ" from_kafka in group=c until=end ! count
equal 100 "$(< out)"
gives 0 timeout -s KILL 60 "$STREAMZ" from_kafka in group=c until=end ! count
equal 0 "$(< out)"

# new leaders, a slow broker, and all brokers away for a while
follow -q from_kafka in group=d conf=fetch.wait.max.ms=10 ! to_file copy.jsonl
until_lines copy.jsonl 100
tell leader in 0 2
tell leader in 1 3
"$STREAMZ" seq 101 200 ! to_kafka in
until_lines copy.jsonl 200
tell rtt 2 300
"$STREAMZ" seq 201 300 ! to_kafka in
until_lines copy.jsonl 300
tell rtt 2 0
for broker in 1 2 3; do tell down "$broker"; done
"$STREAMZ" seq 301 400 ! to_kafka in 2> away.err && fail 'written to brokers that are away'
grep -qF 'no broker answers at' away.err || fail "$(< away.err)"
for broker in 1 2 3; do tell up "$broker"; done
"$STREAMZ" seq 301 400 ! to_kafka in
until_lines copy.jsonl 400
stop
equal "$(seq 400)" "$(sort -n copy.jsonl)"
