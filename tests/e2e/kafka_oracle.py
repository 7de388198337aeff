# SPDX-License-Identifier: Apache-2.0
# The records of the scripts about Kafka, and what is to be true of what has become of them: {"k": key, "n": which of
# its key it is, "id": which of all}.
#   kafka_oracle.py make SEED RECORDS [RATE]      writes them, RATE of them a second, until there is a file `stop`
#   kafka_oracle.py once IN OUT                   every one once, and in the order of its key
#   kafka_oracle.py least IN OUT MOST [any_order] every one, MOST repeats, in the order of its key
import collections
import json
import os
import random
import sys
import time

KEYS = 97


def make(seed, records, rate=0):
    choose = random.Random(int(seed))
    count = collections.Counter()
    begin = time.monotonic()
    for i in range(int(records)):
        k = choose.randrange(KEYS)
        count[k] += 1
        print(json.dumps({"k": k, "n": count[k], "id": i}, separators=(",", ":")))
        if int(rate) and i % 20 == 0:
            if os.path.exists("stop"):
                return
            sys.stdout.flush()
            time.sleep(max(begin + i / int(rate) - time.monotonic(), 0))


def read(name):
    records = []
    with open(name, "rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
                records.append((record["id"], record["k"], record["n"]))
            except (ValueError, KeyError, TypeError):
                sys.exit("%s:%d is no record: %.200r" % (name, number, line))
    return records


def judge(wanted_name, got_name, most, ordered):
    wanted, got = read(wanted_name), read(got_name)
    if not wanted:
        sys.exit(wanted_name + " is empty")
    seen, last = set(), {}
    for record in got:
        key, n = record[1:]
        if record in seen:
            continue
        seen.add(record)
        if ordered and n <= last.get(key, 0):
            sys.exit("%r comes behind number %d of its key" % (record, last[key]))
        last[key] = n
    lost = sorted(set(wanted) - seen)
    if lost:
        sys.exit("%d of %d are lost, from %r to %r" % (len(lost), len(wanted), lost[0], lost[-1]))
    foreign = sorted(seen - set(wanted))
    if foreign:
        sys.exit("%d were never written, as %r" % (len(foreign), foreign[0]))
    repeats = len(got) - len(seen)
    if repeats > most:
        again = sorted(i for i, times in collections.Counter(got).items() if times > 1)
        sys.exit("%d repeats, at most %d allowed: %r to %r" % (repeats, most, again[0], again[-1]))
    print(repeats)


command, arguments = sys.argv[1], sys.argv[2:]
if command == "make":
    make(*arguments)
elif command == "once":
    judge(arguments[0], arguments[1], 0, True)
else:
    judge(arguments[0], arguments[1], int(arguments[2]), arguments[3:] != ["any_order"])
