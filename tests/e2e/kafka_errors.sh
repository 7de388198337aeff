#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What can be wrong between streamz and Kafka, and what is said of it: arguments, rights, records, positions that are
# gone, topics that come and go. No secret is ever printed.
#   RECORDS=2000   around one that is too large (200; 60 under a sanitizer)
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
# shellcheck source=follow.inc
source "$tests/e2e/follow.inc"
# shellcheck source=kafka.inc
source "$tests/e2e/kafka.inc"

records=${RECORDS:-200}
[[ -z ${STREAMZ_SANITIZE:-} ]] || records=60

# fails_with STATUS TEXT ARGUMENT...: within 20 seconds
fails_with() {
  local status=$1 text=$2
  shift 2
  gives "$status" timeout 20 "$STREAMZ" "$@"
  says "$text"
}

# ---- what is refused before anything begins, with no broker at all
export KAFKA_BROKERS=127.0.0.1:1
read_t="from_kafka t until=end"
KAFKA_BROKERS='' fails_with 3 'it has no brokers' "$read_t"
says "brokers=HOST:PORT, or \$KAFKA_BROKERS"
KAFKA_BROKERS='' fails_with 3 'it has no brokers' from_iterable '[1]' ! to_kafka t
fails_with 3 'No such configuration property: "nosuch"' "$read_t conf=nosuch=1"
fails_with 3 'Invalid value for configuration property "fetch.min.bytes"' "$read_t conf=fetch.min.bytes=x"
fails_with 3 'a part of conf= is not KEY=VALUE' "$read_t conf=nosign"
fails_with 3 'cannot read no/such' "$read_t conf_file=no/such"
printf '# first\n\nfetch.min.bytes=1\nno sign\n' > bad.conf
fails_with 3 'bad.conf:4 is not KEY=VALUE' "$read_t conf_file=bad.conf"
printf 'nosuch=1\n' > bad.conf
fails_with 3 'No such configuration property: "nosuch"' "$read_t conf_file=bad.conf"
for forced in enable.auto.commit=true enable.auto.offset.store=true auto.offset.reset=latest group.id=g enable.partition.eof=false; do
  fails_with 3 "\`${forced%=*}\` has to be " "$read_t conf=$forced"
  echo "$forced" > forced.conf
  fails_with 3 "\`${forced%=*}\` has to be " "$read_t conf_file=forced.conf"
done
for point in nonsense 2026-13-01 -x 1parsec; do
  fails_with 3 "\`$point\` is no point in a topic" "from_kafka t from=$point"
  says 'beginning, end, an offset, 2026-01-31T12:00:00Z, or 1h for an hour ago'
done
fails_with 3 '`yesterday` is no point in a topic' 'from_kafka t until=yesterday'
fails_with 3 'partitions: -1 is less than 0' "$read_t partitions=-1"
once="from_kafka t exactly_once=true"
fails_with 3 'exactly_once= needs group=' "$once ! to_kafka x"
fails_with 3 'exactly_once= does not go with batch=' "$once group=g batch=2 ! to_kafka x"
fails_with 3 '`unique` does not go with `exactly_once=true`' "$once group=g ! unique ! to_kafka x"
says 'with --checkpoint what it holds is kept; without exactly_once=true every record arrives at least once'
fails_with 3 'exactly_once= and partitions= need names of topics' 'from_kafka ^t exactly_once=true group=g partitions=0 ! to_kafka x'
fails_with 1 'with --checkpoint the group cannot give partitions away' --checkpoint state "$once group=g ! unique ! to_kafka x"
fails_with 3 '`to_file` does not go with `exactly_once=true`' "$once group=g name=s ! to_kafka x ; s. ! to_file y"
[[ ! -e y ]] || fail "it wrote y"
fails_with 3 '`seq` does not go with `exactly_once=true`' "$once group=g ! u. ; seq 3 ! u. ; union name=u ! to_kafka x"
says 'it is another source'
says 'help: without it every record arrives at least once'

# Nobody is there: one error, in time, and not an endless log.
nobody() {
  mkdir "$1"
  cd "$1"
  local begun=$EPOCHSECONDS
  fails_with 1 'no broker answers at 127.0.0.1:1' "$2"
  equal 1 "$(grep -c error err)"
  ((EPOCHSECONDS - begun <= 10)) || fail "it took $((EPOCHSECONDS - begun)) s to see that nobody is there"
}
waiting=()
for chain in "$read_t" "$read_t group=g" 'from_iterable [1] ! to_kafka t' "$once group=g ! to_kafka t"; do
  (nobody "nobody.${#waiting[@]}" "$chain") &
  waiting+=($!)
done

# Nobody has rights here but who has no name; alice (by sasl_brokers) gets some later.
start_broker message.max.bytes=100000 authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer \
  super.users=User:ANONYMOUS allow.everyone.if.no.acl.found=false
for each in "${waiting[@]}"; do wait "$each" || exit 1; done

from() { gives 0 timeout 60 "$STREAMZ" -q "$@"; }
line() { paste -sd' ' "$1"; }
sent() { timeout 60 kcat -b "$KAFKA_BROKERS" -P -p 0 -t "$@" 2> kcat.err || fail "$(< kcat.err)"; }
# goes NAME CHAIN...: in the background, its messages in NAME.err. What is not in the foreground gets each signal twice,
# the second of which ends it at once.
declare -A running
goes() {
  timeout --foreground 40 "$STREAMZ" "${@:2}" 2> "$1.err" &
  running[$1]=$!
}
# ends NAME STATUS TEXT
ends() {
  local status=0
  wait "${running[$1]}" || status=$?
  cp "$1.err" err
  equal "$2" "$status"
  says "$3"
}

# ---- topics
fails_with 1 'nosuch: there is no such topic' from_kafka nosuch until=end
fails_with 1 'there is no such topic' from_kafka nosuch until=end group=g
says nosuch
fails_with 1 'there is no partition to read in ^nosuch' from_kafka '^nosuch' until=end
topic t 1
seq 0 9 | from to_kafka t
fails_with 1 't[1]: the topic has 1 partition' from_kafka t until=end partitions=0,1
fails_with 1 'nosuch: there is no such topic' from_kafka t nosuch until=end
from from_kafka '^t$' t until=end # twice the same: each once
equal "0 1 2 3 4 5 6 7 8 9" "$(line out)"
fails_with 1 'with --checkpoint the group cannot give partitions away' --checkpoint ck from_kafka t group=g until=end
says 'partitions=0,1,… gives each process its own'

# ---- what a record asks for
fails_with 5 'Unknown partition' from_iterable '[1]' ! to_kafka t partition=77
for bad in -1 0.5 '"0"'; do
  fails_with 5 "partition= gives $bad, which is no number of a partition" from_iterable '[1]' ! to_kafka t partition="$bad"
done
fails_with 5 'headers= gives a number, not an object' from_iterable '[1]' ! to_kafka t headers=1
fails_with 5 '`{.}` is empty' from_iterable '[""]' ! to_kafka '{.}'
fails_with 5 'Invalid topic' from_iterable '["a b"]' ! to_kafka '{.}'
# Left out, they harm no other.
gives 0 streamz --on-error=skip from_iterable '[0,99,-1,"x",0]' ! to_kafka asked partition=.
equal 'streamz: 3 records failed and left out' "$(< err)"
from from_kafka asked until=end
equal "0 0" "$(line out)"

# One that is larger than the broker takes, and one that is larger than the library sends.
middle=$((records / 2))
python3 -c '
import json, sys
n, middle = int(sys.argv[1]), int(sys.argv[2])
for i in range(n):
    print(json.dumps({"n": i, "x": "x" * {middle: 200000, middle + 7: 2000000}.get(i, 10)}))
' "$records" "$middle" > large.jsonl
fails_with 5 'Message size too large' -i large.jsonl to_kafka refused
says large.jsonl:
gives 0 streamz --dead-letter large.dead -i large.jsonl to_kafka large partition=0
equal 'streamz: 2 records failed and went to the dead letters' "$(< err)"
equal "$middle $((middle + 7))" "$(jq -r '.record.n' large.dead | sort -n | line /dev/stdin)"
equal 2 "$(jq -r .error large.dead | grep -c 'Message size too large')"
from from_kafka large until=end ! map .n
sort -n out | cmp - <(seq 0 $((records - 1)) | grep -vx -e $middle -e $((middle + 7))) ||
  fail "not each of the others once"

# ---- values that are no JSON
seq 0 4 | from to_kafka bad partition=0
for group in failing skipping; do from from_kafka bad group=$group until=end; done
printf '%s\n' '{"a":' 6 $'"\xff"' '[1' 9 | sent bad
printf 'x|\n' | sent bad -Z -K '|' # no value is none that is bad
stands() { committed "$1" | awk '$1 == "bad" && $2 == 0 { print $3 }'; }
for _ in 1 2; do
  fails_with 5 'the text ends inside an object at byte 5' from_kafka bad group=failing until=end
  says 'bad[0] (offset 5): {"a":'
  [[ ! -s out ]] || fail "it went past it: $(line out)"
done
equal 5 "$(stands failing)"
gives 0 streamz --on-error=skip from_kafka bad group=skipping until=end
equal "6 9 null" "$(line out)"
equal 'streamz: 3 records failed and left out' "$(< err)"
equal 11 "$(stands skipping)"
gives 0 streamz --dead-letter bad.dead from_kafka bad group=failing until=end
equal "6 9 null" "$(line out)"
equal '["bad[0]",5] ["bad[0]",7] ["bad[0]",8]' "$(jq -c '[.source, .offset]' bad.dead | line /dev/stdin)"
equal 11 "$(stands failing)"
gives 0 streamz --on-error=skip from_kafka_batched bad partitions=0 from=5 until=end
equal '[6,9,null]' "$(jq -sc add out)"

# ---- one in a hundred is bad: all others get through, and the dead letters are those and no other
topic many 1
python3 -c '
import sys
for i in range(10000):
    bad = {0: b"{\"a\":", 100: b"[1", 200: b"\"\xff\"", 300: b"{\"n\":%d,\"to\":99}" % i}
    sys.stdout.buffer.write(bad.get(i % 400, b"{\"n\":%d}" % i) + b"\n")
' | sent many -X batch.num.messages=500 # the broker takes 100000 bytes
gives 0 streamz --dead-letter many.dead from_kafka many group=many until=end ! to_kafka good partition='.to // 0'
equal 'streamz: 100 records failed and went to the dead letters' "$(< err)"
from from_kafka good until=end ! map .n
cmp out <(seq 0 9999 | grep -v '00$' | grep -vx 0) || fail "not each of the good ones once, in order"
jq -r 'if .stage == "to_kafka" then .record.n else .offset end' many.dead | sort -n | cmp - <(seq 0 100 9999) ||
  fail "other dead letters: $(head -3 many.dead)"
equal '25 ["to_kafka","good: Local: Unknown partition"]' \
  "$(jq -c 'select(.stage == "to_kafka") | [.stage, .error]' many.dead | sort | uniq -c | sed 's/^ *//')"
equal 'many 0 10000' "$(committed many)"

# ---- positions that are gone
from from_kafka t group=behind until=5
kafka delete-records kafka t 0 8
for more in '' partitions=0; do
  fails_with 1 't[0]: it is to go on at offset 5, and the broker has 8 to 10: 3 are gone that were not read' \
    "from_kafka t group=behind until=end $more"
  says 'nothing is passed over unasked: set the offset of group behind to where it shall go on'
  [[ ! -s out ]] || fail "it went on elsewhere: $(line out)"
done
equal "t 0 5" "$(committed behind)"
fails_with 1 't[0]: it is to go on at offset 2, and the broker has 8 to 10: 6 are gone' from_kafka t from=2 until=end
says 'from= gives it another beginning'
fails_with 1 't[0]: it is to go on at offset 11, and the broker has 8 to 10, which ends before it' \
  from_kafka t from=11 until=end

# ---- topics that change while they are read, without a group and with one
topic gone 1
topic grown 1
seq 3 | from to_kafka gone
echo 1 | from to_kafka grown
soon=conf=topic.metadata.refresh.interval.ms=500
chain="from_kafka gone partitions=0 ! to_file kept.out"
follow -q --checkpoint kept --checkpoint-interval 10ms "$chain"
until_lines kept.out 3
stop
goes alone from_kafka gone $soon ! to_file alone.out
goes member from_kafka gone group=gone $soon ! to_file member.out
goes grows_alone from_kafka grown $soon ! to_file grows_alone.out
goes grows_member from_kafka grown group=grown $soon ! to_file grows_member.out
for each in alone member; do until_lines $each.out 3; done
for each in grows_alone grows_member; do until_lines $each.out 1; done
kafka delete-topic kafka gone
kafka partitions kafka grown 3
echo 2 | from to_kafka grown partition=2
for each in grows_alone grows_member; do until_lines $each.out 2; done
echo 3 | from to_kafka grown partition=1
for each in grows_alone grows_member; do
  until_lines $each.out 3
  equal "1 2 3" "$(line $each.out)"
  kill -TERM "${running[$each]}"
  wait "${running[$each]}" || true
done
[[ $(committed grown | line /dev/stdin) == "grown 0 1 grown 1 1 grown 2 1" ]] ||
  fail "not all is committed: $(committed grown | line /dev/stdin) ($(< grows_member.err))"
for each in alone member; do
  ends $each 1 gone
  says 'there is no such topic'
  says 'any more'
  equal 1 "$(grep -c '^error' err)"
done
# Made anew it is another topic: what a checkpoint knows of it does not fit, and of the group nothing is left.
topic gone 1
echo 4 | from to_kafka gone
fails_with 1 'gone[0]: it is to go on at offset 3, and the broker has 0 to 1, which ends before it' --checkpoint kept "$chain"
from from_kafka gone group=gone until=end
equal 4 "$(< out)"

# ---- rights
printf '%s\n' security.protocol=SASL_PLAINTEXT sasl.mechanisms=PLAIN sasl.username=alice sasl.password=secret > alice.conf
sed 's/=secret/=not-it/' alice.conf > wrong.conf
sasl=$(< kafka/sasl_brokers)
alice="brokers=$sasl conf_file=alice.conf"
allow() { kafka acl kafka --add --allow-principal User:alice "$@" > allowed; }
for chain in 'from_kafka t until=end' 'from_kafka t until=end group=g' 'from_iterable [1] ! to_kafka t'; do
  fails_with 1 'the broker refuses: ' "$chain brokers=$sasl conf_file=wrong.conf"
  says 'Authentication failed: Invalid username or password'
  if grep not-it out err; then fail "it tells the password"; fi
done
fails_with 1 'Topic authorization failed' "from_kafka t until=end $alice"
fails_with 1 'Group authorization failed' "from_kafka t until=end group=g $alice"
fails_with 1 'authorization failed' "from_iterable [1] ! to_kafka t $alice"
# What ends the client is no fault of the records that are on their way: none is left out as a bad one.
fails_with 1 'Cluster authorization failed' --on-error=skip "seq 300000 ! to_kafka t $alice"
allow --operation Read --topic t
from "from_kafka t until=end $alice" # without a group it needs no right to any
equal "8 9" "$(line out)"
fails_with 1 'Group authorization failed' "from_kafka t until=end group=g $alice"
fails_with 1 'Group authorization failed' "from_kafka t until=end group=g partitions=0 $alice"
allow --operation Read --group g
allow --operation Write --topic other
from "from_kafka t until=end group=g $alice"
equal "8 9" "$(line out)"
fails_with 1 'Transactional Id authorization failed' \
  "from_kafka t until=end group=g exactly_once=true $alice ! to_kafka other $alice"
from from_iterable '[1]' ! to_kafka other
from "from_iterable [2] ! to_kafka other $alice"
for group in '' group=g; do
  fails_with 1 'Topic authorization failed' "from_kafka other until=end $group $alice"
  says other
done
fails_with 5 'Topic authorization failed' "from_iterable [1] ! to_kafka t $alice"

# ---- secrets: nothing that is printed or kept shows this one
hidden=aQ7-hidden
hides() {
  if grep -rn -e "$hidden" out err state 2> no_files; then fail "it tells the secret: $1"; fi
}
sed "s/=secret/=$hidden/" alice.conf > hide.conf
printf 'sasl.pasword=%s\n' "$hidden" > misspelt.conf
printf 'sasl.password %s\n' "$hidden" > no_sign.conf
for secret in conf_file={hide,misspelt,no_sign}.conf conf=sasl.{password,pasword}="$hidden"; do
  for chain in "from_kafka t until=end from=x $secret" "from_iterable [1] ! to_kafka t $secret partition=9"; do
    for command in run check graph explain; do
      timeout 20 "$STREAMZ" $command "$chain" > out 2> err || true
      hides "$command $chain"
    done
  done
  timeout 20 "$STREAMZ" --checkpoint state --trace --stats "from_kafka t until=end partitions=0 $secret" > out 2> err || true
  hides "--checkpoint, $secret"
  timeout 20 "$STREAMZ" --checkpoint state from_kafka t until=end partitions=0 > out 2> err || true
  hides "another chain with that checkpoint, $secret"
  rm -rf state
done
