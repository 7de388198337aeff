#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One group on several hosts: network namespaces on a bridge, each with an address of its own and no file in common but
# the program. 1, 2 and 4 processes share 12 partitions, without state and with windows by a key, and everything that
# came in and went out is counted.
#   RECORDS=20000
#   SEED=7         of the records; it is printed
if [[ -z ${NETWORK:-} ]]; then
  if ! unshare -rn bash -c 'ip link add name hub type bridge && ip link add name a0 type veth peer name b0' 2> /dev/null; then
    echo "skipped: no network namespaces"
    exit 77
  fi
  NETWORK=own exec unshare -rn "${BASH:-bash}" "$0"
fi
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
not_sanitized
# shellcheck source=kafka_faults.inc
source "$tests/e2e/kafka_faults.inc"

records=${RECORDS:-20000} seed=${SEED:-$RANDOM}

# ---- four hosts and the broker's

ip link set lo up
ip link add name hub type bridge
ip address add 10.9.0.1/24 dev hub
ip link set hub up
hosts=()
for host in 1 2 3 4; do
  unshare -n sleep infinity &
  pid=$!
  hosts+=("$pid")
  # Its namespace is there once it is another one than ours.
  until [[ $(readlink "/proc/$pid/ns/net") != "$(readlink /proc/self/ns/net)" ]]; do read -r -t 0.01 _ <> <(:) || true; done
  ip link add name "port$host" type veth peer name net0 netns "$pid"
  ip link set "port$host" master hub up
  nsenter -t "$pid" -n bash -c "ip address add 10.9.0.1$host/24 dev net0 && ip link set net0 up && ip link set lo up"
done
# on HOST COMMAND...: in the background
on() { exec nsenter -t "${hosts[$1]}" -n "${@:2}"; }

start_broker listeners=PLAINTEXT://10.9.0.1:9092,CONTROLLER://127.0.0.1:9093 \
  advertised.listeners=PLAINTEXT://10.9.0.1:9092 controller.quorum.voters=1@127.0.0.1:9093 > null
export KAFKA_BROKERS=10.9.0.1:9092
echo "$KAFKA_BROKERS" > kafka/brokers

oracle make "$seed" "$records" | jq -c '. + {t: (1700000000 + .id / 100)}' > in.jsonl
keyed < in.jsonl > with_keys
jq -c 'select(.n % 3 != 0)' in.jsonl > filtered.jsonl
jq -c '{k, w: (.t / 60 | floor * 60)}' in.jsonl | sort | uniq -c |
  sed -E 's/^ *([0-9]+) \{"k":([0-9]+),"w":([0-9]+)\}$/\2 \3 \1/' | sort > windows

# together NAME N CHAIN: on N hosts, which are all there before the first record comes; what was written is in `out`
together() {
  local count=$2 chain=$3 host status=0 end=$((SECONDS + 60))
  name=$1 members=()
  rm -f seen?
  topic "$name" 12
  topic "$name-out" 12
  for ((host = 0; host < count; ++host)); do
    on "$host" "$STREAMZ" "from_kafka $name group=$name name=in ! $chain ! to_kafka $name-out key=.k ; in. ! map .id ! to_file seen$host" 2> "err$host" &
    members+=("$!")
  done
  until grep "Assignment received from leader .* for group $name .* has $count members" kafka/log > null; do
    ((SECONDS < end)) || fail "SEED=$seed, $name: $count did not come together ($(cat err?))"
    pause 20
  done
  kcat -b "$KAFKA_BROKERS" -P -t "$name" -K '\t' -X partitioner=murmur2_random -l with_keys
  until (($(cat seen? | wc -l) >= records)); do
    ((SECONDS < end)) || fail "SEED=$seed, $name: $(cat seen? | wc -l) of $records were read ($(cat err?))"
    pause 20
  done
  kill -TERM "${members[@]}"
  for ((host = 0; host < count; ++host)); do
    status=0
    wait "${members[host]}" || status=$?
    [[ $status == 143 ]] || fail "SEED=$seed, $name: host $host: status $status ($(< "err$host"))"
  done
  all_of "$name-out" > out
  echo "$name: $count processes read $(wc -l seen? | awk '$2 != "total" { printf "%s%s", sep, $1; sep = " + " }') of $records and wrote $(wc -l < out)"
}
for count in 1 2 4; do
  together "plain$count" "$count" "filter '.n % 3 != 0'"
  oracle once filtered.jsonl out > said 2>&1 || fail "SEED=$seed, plain$count: $(< said)"
  # The partitions of a process are not at the same time while it catches up: late=.
  together "keyed$count" "$count" 'agg n=count by=k:.k window=1m time=.t late=1h'
  jq -r '"\(.k) \(.window_start) \(.n)"' out | sort > got
  cmp windows got || fail "SEED=$seed, keyed$count: $(diff windows got | head -5)"
done
echo "each once, each window whole (SEED=$seed)"
