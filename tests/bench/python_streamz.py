# SPDX-License-Identifier: Apache-2.0
# What scripts/bench compares with, written with python-streamz: python_streamz.py filter|map|agg FILE
import json
import sys

from streamz import Stream

write = sys.stdout.write


def emit_json(value):
    write(json.dumps(value, separators=(",", ":")) + "\n")


def add_up(state, x):
    group = state.setdefault(x["status"], {"status": x["status"], "n": 0, "b": 0})
    group["n"] += 1
    group["b"] += x.get("bytes") or 0
    return state


work, path = sys.argv[1:]
source = Stream()
records = source.map(json.loads)
last = []
if work == "filter":
    records.filter(lambda x: x["status"] >= 400).sink(emit_json)
elif work == "map":
    records.map(lambda x: {"path": x["path"], "status": x["status"]}).sink(emit_json)
else:
    records.accumulate(add_up, start={}).sink(lambda state: last.__setitem__(slice(None), [state]))
with open(path) as lines:
    for line in lines:
        source.emit(line)
for state in last:
    for group in state.values():
        emit_json(group)
