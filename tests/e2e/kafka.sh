#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# from_kafka and to_kafka with a real broker: what goes in and comes out, where reading begins and ends, what a group
# commits. kcat and python3 say what is in the topics.
#   KEYS=2000 SEED=7   how many keys are sent to their partitions (500; 50 under a sanitizer), and which (printed)
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
# shellcheck source=follow.inc
source "$tests/e2e/follow.inc"
# shellcheck source=kafka.inc
source "$tests/e2e/kafka.inc"

keys=${KEYS:-500} seed=${SEED:-$RANDOM}
[[ -z ${STREAMZ_SANITIZE:-} ]] || keys=50

# ---- without a broker
gives 0 streamz plugins show from_kafka
for option in topics brokers conf conf_file group from until partitions format envelope key_format batch rebalance \
  drain exactly_once instance low_memory; do
  grep -q "^  $option=" out || fail "plugins show from_kafka says nothing of $option="
done
# The plugin alone needs the library.
needed() { readelf -d "$1" | grep NEEDED; }
if needed "$STREAMZ" | grep rdkafka; then fail "the program itself links librdkafka"; fi
needed "$(sed -n 's/^library  *//p' out)" | grep -q rdkafka || fail "streamz_kafka does not link librdkafka"

# shellcheck disable=SC2119
start_broker

# told TOPIC [ARGUMENT...]: what kcat finds there, as lines of JSON
told() { timeout 60 kcat -b "$KAFKA_BROKERS" -C -e -q -J -t "$@" 2> kcat.err; }
# sent TOPIC ARGUMENT...: standard input, by kcat, into partition 0
sent() { timeout 60 kcat -b "$KAFKA_BROKERS" -P -p 0 -t "$@" 2> kcat.err || fail "$(< kcat.err)"; }
line() { paste -sd' ' "$1"; }
# from STAGE...: runs it, in `out`
from() { gives 0 streamz -q "$@"; }
next_second() {
  local now=$EPOCHSECONDS
  while ((EPOCHSECONDS == now)); do read -r -t 0.05 _ <> <(:) || true; done
}

# ---- keys: the partitions of Java's clients. The hashes in `known` are those that Kafka's own tests expect.
cat > keys.py << 'END'
import json, random, sys
def murmur2(data):
    m, h = 0x5bd1e995, 0x9747b28c ^ len(data)
    for i in range(0, len(data) & ~3, 4):
        k = int.from_bytes(data[i:i + 4], "little") * m & 0xffffffff
        h = (h * m & 0xffffffff) ^ ((k ^ k >> 24) * m & 0xffffffff)
    rest = data[len(data) & ~3:]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * m & 0xffffffff
    h = (h ^ h >> 13) * m & 0xffffffff
    return h ^ h >> 15
known = {"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536,
         "a-little-bit-longer-string": -1486304829, "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
         "abc": 479470107}
for key, value in known.items():
    assert murmur2(key.encode()) == value & 0xffffffff, key
if sys.argv[1] == "make":
    random.seed(int(sys.argv[2]))
    for i in range(int(sys.argv[3])):
        print(json.dumps({"k": "".join(chr(random.choice((random.randint(32, 126), random.randint(160, 0x2fff))))
                                       for _ in range(random.randint(0, 40))), "n": i}))
    for key in known:
        print(json.dumps({"k": key, "n": -1}))
else:
    wanted = [json.loads(line) for line in open(sys.argv[2])]
    found = [json.loads(line) for line in sys.stdin]
    assert len(found) == len(wanted), (len(found), len(wanted))
    seen = {}
    for each in found:
        assert each["partition"] == (murmur2(each["key"].encode()) & 0x7fffffff) % 4, each
        value = json.loads(each["payload"])
        assert value["k"] == each["key"], each
        seen.setdefault(each["partition"], []).append(value)
    assert len(seen) == 4, seen.keys()
    for partition, values in seen.items():  # in the order in which they were sent
        assert values == [w for w in wanted if (murmur2(w["k"].encode()) & 0x7fffffff) % 4 == partition], partition
END
python3 keys.py make "$seed" "$keys" > keys.jsonl
from -i keys.jsonl to_kafka keys key=.k
told keys | python3 keys.py judge keys.jsonl 2> err || fail "SEED=$seed: $(< err)"

# ---- what a message is made of. The topics come into being with four partitions.
from from_iterable '[{"v":"a b","k":{"x":1},"h":{"s":"t","n":1,"o":[2],"z":null}},{"v":7,"k":null,"h":null},null,{"v":null,"k":"last"}]' \
  name=r ! to_kafka values value='.v?' key='.k?' headers='.h?' partition=1 ';' \
  r. ! to_kafka texts value='.v?' format=text partition='if .k? then 2 else 3 end' ';' \
  r. ! filter '. != null' ! to_kafka 'log-{.v|type}' key=.v partition=0
told values | jq -c '[.partition, .key, .payload, .headers]' > found
equal '[1,"{\"x\":1}","\"a b\"",["s","t","n","1","o","[2]","z","null"]] [1,null,"7",null] [1,null,null,null] [1,"last",null,null]' "$(line found)"
told texts | jq -c '[.partition, .payload]' | sort > found
equal '[2,"a b"] [2,null] [3,"7"] [3,null]' "$(line found)"
for kind in string:'{"v":"a b","k":{"x":1},"h":{"s":"t","n":1,"o":[2],"z":null}}' number:'{"v":7,"k":null,"h":null}' null:'{"v":null,"k":"last"}'; do
  equal "${kind#*:}" "$(told "log-${kind%%:*}" | jq -r .payload)"
done

# What other writers write: bytes that are no text, headers, messages without a value.
printf 'k\xff' > key
printf '\x00\xff\x01' > bytes
sent raw -k "$(printf 'plain')" -H h=1 -H h2='"q"' bytes
printf '{"j": [1]}|["x" , 2]\n' | sent typed -K '|'
printf 'gone|\n' | sent typed -Z -K '|'
printf '"q"|3\n' | sent texted -K '|' -H 'h={"a":1}'
gives 0 streamz -q "from_kafka raw until=end format=base64 envelope=true key_format=base64 ! to_file raw.out ;
  from_kafka typed until=end envelope=true key_format=json on_error=skip ! to_file typed.out ;
  from_kafka typed until=end envelope=true ! to_file plain.out ;
  from_kafka texted until=end format=text envelope=true key_format=json ! to_file texted.out ;
  from_kafka texted until=end format=text ! to_file text.out ;
  from_kafka values texts until=end format=text ! to_file both.out"
equal '["raw",0,0,"cGxhaW4=","AP8B",{"h":"MQ==","h2":"InEi"},true]' \
  "$(jq -c '[.topic, .partition, .offset, .key, .value, .headers, (now - .ts | . > -60 and . < 600)]' raw.out)"
equal '{"j":[1]}' "$(jq -c .key typed.out)" # `gone` is no JSON
equal '[["{\"j\": [1]}",["x",2],0],["gone",null,1]]' "$(jq -sc 'map([.key, .value, .offset])' plain.out)"
equal '["q","3",{"h":{"a":1}}]' "$(jq -c '[.key, .value, .headers]' texted.out)"
equal '"3"' "$(< text.out)"
equal 8 "$(wc -l < both.out)"
equal 4 "$(grep -cx null both.out)"
# The text "null" is a text: as a value no tombstone, as a key a key.
from from_iterable '["null",null]' ! to_kafka nulls key=. partition=0 format=text
from from_kafka nulls until=end envelope=true format=text ! map '[.key, .value]'
equal '["null","null"] [null,null]' "$(line out)"

# ---- where it begins and ends. One partition: 0 to 9 of one second, 10 to 19 of a later one.
topic span 1
seq 0 9 | from to_kafka span
next_second
later=$(date -u -d "@$EPOCHSECONDS" +%Y-%m-%dT%H:%M:%SZ)
seq 10 19 | from to_kafka span
cases=(
  "0 19|until=end"
  "none|from=end until=end"
  "5 19|from=5 until=end"
  "16 19|from=-4 until=end"
  "0 19|from=-100 until=end"
  "0 19|from=1h until=end"
  "0 19|from=2000-01-01 until=end"
  "10 19|from=$later until=end"
  "10 19|from=${later%Z}+00:00 until=end"
  "0 9|until=$later"
  "0 14|until=15"
  "0 16|until=-3"
  "3 6|from=3 until=7"
  "none|from=7 until=7"
)
{
  for i in "${!cases[@]}"; do echo "from_kafka span ${cases[i]#*|} ! to_file span.$i ;"; done
  echo "from_kafka span batch=6 until=end ! to_file batches ;"
  echo "from_kafka_batched span until=end ! to_file batched ;"
  echo "from_kafka keys partitions=1,3 until=end envelope=true ! to_file slices ;"
  echo "from_kafka '^log-' until=end ! to_file all_logs ;"
  echo "from_kafka '^log-(null|number)$' span from=-1 until=end ! to_file some_logs"
} > spans.sz
from -f spans.sz
for i in "${!cases[@]}"; do
  touch "span.$i"
  equal "${cases[i]%%|*} ${cases[i]#*|}" "$(awk 'NR == 1 { printf "%s ", $0 } END { print NR ? $0 : "none" }' "span.$i") ${cases[i]#*|}"
  awk -v n="$i" 'NR > 1 && $0 != last + 1 { exit 1 } { last = $0 }' "span.$i" || fail "${cases[i]}: $(line "span.$i")"
done
equal '[6,6,6,2]' "$(jq -sc 'map(length)' batches)"
jq -c '.[]' batches | cmp - <(seq 0 19) || fail "batch=6: $(< batches)"
equal "$(seq 0 19 | paste -sd, | sed 's/.*/[&]/')" "$(< batched)"
equal '[1,3]' "$(jq -sc 'map(.partition) | unique' slices)"
# (each partition in its order)
told keys | jq -c 'select(.partition % 2 == 1) | [.partition, .offset]' | sort -s -t, -k 1,1 > wanted
jq -c '[.partition, .offset]' slices | sort -s -t, -k 1,1 | cmp wanted - || fail "partitions=1,3 gives others"
equal 3 "$(wc -l < all_logs)"
equal '19 {"v":7,"k":null,"h":null} {"v":null,"k":"last"}' "$(LC_ALL=C sort some_logs | line /dev/stdin)"

# No end: what comes later, and topics that a pattern finds later
follow from_kafka '^span' '^late' from=-1 conf=topic.metadata.refresh.interval.ms=500 ! to_file followed
until_lines followed 1
echo 20 | from to_kafka span
until_lines followed 2
echo 0 | from to_kafka late
until_lines followed 3
stop
equal "0 19 20" "$(sort -n followed | line /dev/stdin)"

# ---- groups
equal "" "$(committed streamz)" # nobody who had none has left anything
gives 0 streamz --stats=json from_kafka keys group=g until=end ! to_file g.out
equal "$(told keys | jq -r .partition | sort | uniq -c | awk '{ print "keys[" $2 "] " $1 }')" \
  "$(jq -r '.stages[] | select(.committed).committed | to_entries[] | "\(.key) \(.value)"' err | sort)"
committed g > before
equal "$(told keys | jq -r .partition | sort | uniq -c | awk '{ print "keys", $2, $1 }')" "$(< before)"
echo '{"k":"21","n":-2}' | from to_kafka keys key=.k
# It goes on, whatever from= says; and with partitions= from where the group stands too.
from from_kafka keys group=g from=beginning partitions=1,3 until=end
[[ ! -s out ]] || fail "read again: $(head -3 out)"
from from_kafka '^ke[y]s$' group=g from=beginning until=end
equal '{"k":"21","n":-2}' "$(< out)"
committed g | diff before - > changed || true
equal 1 "$(grep -c '^>' changed)"
# What a reader left in the middle was not read by anybody.
from from_kafka keys group=h until=end ! head 3
if committed h | awk '{ sum += $3 } END { exit sum <= 3 }'; then fail "committed unseen: $(committed h)"; fi

# ---- dead letters, with cause and origin
printf '%s\n' 1 '{"a":' 3 | sent bad -H x=y
gives 0 streamz "from_kafka bad until=end group=d on_error=dead name=s ! to_file good ;
  s.errors ! to_kafka dlq value=.record headers='{error:.error,from:.source,offset:(.offset|tostring)}'"
equal "1 3" "$(line good)"
told dlq | jq -c '[.payload, .headers]' > found
equal '["\"{\\\"a\\\":\"",["error","the text ends inside an object at byte 5","from","bad[0]","offset","1"]]' "$(< found)"
equal "bad 0 3" "$(committed d | head -1)"

# ---- conf= and conf_file=; the same brokers for those who have a name
sasl=$(< kafka/sasl_brokers)
cat > sasl.conf << 'END'
# who it is
security.protocol = SASL_PLAINTEXT
sasl.mechanisms=PLAIN

sasl.username=alice
sasl.password=secret
END
echo '"by alice"' | from to_kafka named brokers="$sasl" conf_file=sasl.conf
from from_kafka named until=end brokers="$sasl" conf_file=sasl.conf
equal '"by alice"' "$(< out)"
from from_kafka named until=end brokers="$sasl" conf=security.protocol=SASL_PLAINTEXT,sasl.mechanisms=PLAIN \
  conf=sasl.username=alice conf=sasl.password=secret
equal '"by alice"' "$(< out)"
plain=$KAFKA_BROKERS
KAFKA_BROKERS='' from from_kafka named until=end conf=bootstrap.servers="$plain"
equal '"by alice"' "$(< out)"

# ---- a checkpoint: with partitions of its own, a chain that holds records goes on where it was stopped
count="from_kafka span partitions=0 conf=fetch.wait.max.ms=20 ! accumulate '\$state + 1' start=0 ! to_file counted"
follow -q --checkpoint ck --checkpoint-interval 10ms "$count"
until_lines counted 21
stop
seq 21 30 | from to_kafka span
follow -q --checkpoint ck --checkpoint-interval 10ms "$count"
until_lines counted 31
kill -KILL "$pid"
wait "$pid" 2> null || true
seq 31 40 | from to_kafka span
follow -q --checkpoint ck --checkpoint-interval 10ms "$count"
until_lines counted 41
stop
seq 41 | cmp - counted || fail "the count is not what it is without stops: $(line counted)"

# ---- exactly once with a state: a run goes on from the checkpoint that was committed, and from no other
topic counted 1
topic total 1
seq 5 | streamz to_kafka counted
exactly() { gives "$1" streamz --checkpoint "$2" "${@:3}" from_kafka counted partitions=0 until=end group=counted exactly_once=true ! count ! to_kafka total; }
exactly 0 one
equal 5 "$(written total)"
exactly 0 one
says 'this chain has come to its end before'
exactly 0 two # the group stands behind them
equal '5 0' "$(written total | paste -sd' ')"
exactly 2 one
says '--checkpoint one: number 2 is committed, and here is 1 and 0'
says '--fresh goes on from what is committed, and begins with nothing held'
seq 3 | streamz to_kafka counted
exactly 0 one --fresh
equal '5 0 3' "$(written total | paste -sd' ')"
