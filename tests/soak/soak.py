#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Chains under load that are disturbed at random and go on from their checkpoints; what they give in the end is
compared with what this program works out itself.

    tests/soak/soak.py build/bin/streamz [SECONDS] [SEED]

Prints a table of the faults that were survived. A failure prints the seed, the chain and what was done to it.
"""
import collections
import gzip
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

RECORDS = 20000
streamz = pathlib.Path(sys.argv[1]).resolve()
build = streamz.parent.parent
seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60
seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(10**6)
rng = random.Random(seed)
work = pathlib.Path(tempfile.mkdtemp(prefix="streamz-soak-"))
os.chdir(work)

a = [{"id": i, "k": i * 7919 % 101, "v": i * 31 % 1000, "t": 1700000000 + i // 50, "list": [i, -i]}
     for i in range(1, RECORDS + 1)]
b = [{"id": 3 * i, "w": i % 17, "t": 1700000000 + 3 * i // 50} for i in range(1, RECORDS // 3 + 1)]
users = [{"k": k, "name": f"user {k}"} for k in range(0, 101, 2)]
for name, rows in (("a", a), ("b", b), ("users", users)):
    pathlib.Path(name + ".jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
with gzip.open("a.jsonl.gz", "wt") as packed:
    packed.write(pathlib.Path("a.jsonl").read_text())

plugins = work / "plugins"
plugins.mkdir()
shutil.copy(build / "tests/plugins/unreliable.so", plugins)
(plugins / "unreliable.json").write_text(json.dumps({
    "streamz": 1, "name": "unreliable", "version": "1.0", "library": "unreliable.so",
    "entry_points": {"streamz.nodes": ["unreliable = unreliable:Unreliable"]}}))
(plugins / "restless").write_text("""#!/bin/sh
exec awk '{ print; fflush() } ENVIRON["SOAK_AT"] != "" && NR == ENVIRON["SOAK_AT"] { exit 3 }'
""")
(plugins / "restless").chmod(0o755)
(plugins / "restless.json").write_text(json.dumps({
    "streamz": 1, "name": "restless", "version": "1.0", "command": ["./restless"],
    "entry_points": {"streamz.nodes": ["restless = restless:Restless"]}}))


def groups(rows, key):
    made = collections.defaultdict(list)
    for row in rows:
        made[key(row)].append(row)
    return made


def running(values, start=0):
    for value in values:
        start += value
        yield start


def windowed():
    for begin, rows in groups(a, lambda x: x["t"] // 10 * 10).items():
        for k, same in groups(rows, lambda x: x["k"]).items():
            yield {"k": k, "n": len(same), "s": sum(x["v"] for x in same), "window_start": begin,
                   "window_end": begin + 10}


def firsts():
    seen = set()
    for x in a:
        if x["k"] not in seen:
            seen.add(x["k"])
            yield x["id"]


def joined():
    right = {y["id"]: y["w"] for y in b}
    return [[x["id"], right[x["id"]]] for x in a if x["id"] in right]


def trailing(n):
    for i in range(len(a)):
        yield sum(x["v"] for x in a[max(0, i + 1 - n):i + 1])


names = {user["k"]: user["name"] for user in users}
read = "from_file a.jsonl"
# Name: the chain up to its sink, what it gives, and whether its order is part of that.
CHAINS = {
    "filter": (f"{read} ! filter '.v >= 500' ! pluck id", [x["id"] for x in a if x["v"] >= 500], True),
    "map": (f"{read} ! map '{{id, d: (.v * 2)}}'", [{"id": x["id"], "d": x["v"] * 2} for x in a], True),
    "unique": (f"{read} ! unique key=.k ! pluck id", list(firsts()), True),
    "agg": (f"{read} ! agg n=count s=sum:.v by=.k", [
        {"k": k, "n": len(rows), "s": sum(x["v"] for x in rows)} for k, rows in groups(a, lambda x: x["k"]).items()
    ], False),
    "agg window": (f"{read} ! agg n=count s=sum:.v by=.k window=10s time=.t", list(windowed()), False),
    "rolling": (f"{read} ! rolling 5 s=sum:.v ! pluck s", list(trailing(5)), True),
    "partition": (f"{read} ! partition 7 ! map 'map(.id) | add'",
                  [sum(x["id"] for x in a[i:i + 7]) for i in range(0, len(a), 7)], True),
    "sliding_window": (f"{read} ! sliding_window 3 ! map 'map(.v) | add'", list(trailing(3)), True),
    "accumulate": (f"{read} ! accumulate '$state + .v' start=0", list(running(x["v"] for x in a)), True),
    "top": (f"{read} ! top 10 by=.v ! pluck v", sorted((x["v"] for x in a), reverse=True)[:10], True),
    "sort": (f"{read} ! sort by=.v,.id ! pluck id", [x["id"] for x in sorted(a, key=lambda x: (x["v"], x["id"]))],
             True),
    "join": (f"{read} ! j.left ; from_file b.jsonl ! j.right ; join on=.id within=1000s time=.t maxsize=1000000 name=j "
             "! map '[.[0].id, .[1].w]'", joined(), False),
    "zip": (f"{read} ! z. ; from_file b.jsonl ! z. ; zip maxsize=100 name=z ! map '[.[0].id, .[1].id]'",
            [[x["id"], y["id"]] for x, y in zip(a, b)], True),
    "union": (f"{read} ! u. ; from_file b.jsonl ! u. ; union name=u ! pluck id",
              [x["id"] for x in a] + [y["id"] for y in b], False),
    "lookup": (f"{read} ! lookup users.jsonl key=.k on=.k as=u ! map '[.id, .u.name]'",
               [[x["id"], names.get(x["k"])] for x in a], True),
    "compressed": ("from_file a.jsonl.gz ! filter '.k == 3' ! map '{id, v}'",
                   [{"id": x["id"], "v": x["v"]} for x in a if x["k"] == 3], True),
    "flatten": (f"{read} ! pluck list ! flatten", [n for x in a for n in x["list"]], True),
    "exec": (f"{read} ! filter '.id % 400 == 0' ! pluck id ! exec cat format=jsonl workers=3 on_error=retry:3",
             [x["id"] for x in a if x["id"] % 400 == 0], True),
    "plugin": (f"{read} ! pluck id ! unreliable", [[i, x["id"]] for i, x in enumerate(a, 1)], True),
    "program": (f"{read} ! pluck id ! restless", [x["id"] for x in a], True),
}
SINKS = {"plain": "to_file now/out.jsonl", "gzip": "to_file now/out.jsonl.gz mode=replace",
         "slow": "rate_limit 2000000/s ! to_file now/out.jsonl", "zstd": "to_file now/out.jsonl.zst"}

# ---- what is done to a run: the environment or options that it gets, and what happens to the process


def nothing(_run):
    pass


def send(*signals):
    def act(run):
        for number in signals:
            time.sleep(rng.uniform(0, 0.15))
            run.send_signal(number)
    return act


def kill_children(run):
    time.sleep(rng.uniform(0, 0.1))
    subprocess.run(["pkill", "-KILL", "-P", str(run.pid)], check=False)


class Fault:
    def __init__(self, statuses, act=nothing, environment=None, options=(), limits=None, only=None):
        self.statuses, self.act, self.only = statuses, act, only
        self.environment = environment or (lambda: {})
        self.options, self.limits = options, limits


def one_call(kind, number):
    library = str(build / "tests/libfaults.so")
    return lambda: {"LD_PRELOAD": library, "FAULT_CALL": kind, "FAULT_ERROR": str(number),
                    "FAULT_AT": str(rng.randrange(1, 40))}


def disk_full():
    size = rng.randrange(100, 200000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def fall(how):
    return lambda: {"SOAK_AT": str(rng.randrange(1, RECORDS)), "SOAK_HOW": how}


FAULTS = {
    "kill -9": Fault({0, -9}, send(signal.SIGKILL)),
    "SIGTERM": Fault({0, -15}, send(signal.SIGTERM)),
    "SIGINT": Fault({0, -2}, send(signal.SIGINT)),
    "SIGINT twice": Fault({0, -2, 130}, send(signal.SIGINT, signal.SIGINT)),
    "SIGHUP": Fault({0, -1}, send(signal.SIGHUP, signal.SIGHUP)),
    "SIGSTOP, SIGCONT, kill -9": Fault({0, -9}, send(signal.SIGSTOP, signal.SIGCONT, signal.SIGKILL)),
    "file size limit": Fault({0, 1, 6}, limits=disk_full),
    "write: no space": Fault({0, 1, 2, 6}, environment=one_call("write", 28)),
    "write: a part": Fault({0}, environment=one_call("write", 0)),
    "read: broken disk": Fault({0, 1, 2, 3, 6}, environment=one_call("read", 5)),
    "fsync: broken disk": Fault({0, 1, 2, 6}, environment=one_call("fsync", 5)),
    "rename: no space": Fault({0, 1, 2, 6}, environment=one_call("rename", 28)),
    "open: too many": Fault({0, 1, 2, 3, 6}, environment=one_call("open", 24)),
    "memory limit": Fault({0, 1, 2, 3, 6}, options=("--max-memory", "24M")),
    "plugin throws": Fault({0, 5}, environment=fall("throw"), only={"plugin"}),
    "plugin aborts": Fault({0, -6}, environment=fall("abort"), only={"plugin"}),
    "plugin segfaults": Fault({0, -11}, environment=fall("segv"), only={"plugin"}),
    "program exits": Fault({0, 1}, environment=fall("exit"), only={"program"}),
    "children killed": Fault({0, 1, 5}, kill_children, only={"program", "exec"}),
}


def start(chain, fault, resumes):
    command = [streamz, "-q", "--plugin-path", plugins, "-j", str(rng.choice((1, 2, 3))), *fault.options]
    if resumes:
        command += ["--checkpoint", "ck", "--checkpoint-interval", rng.choice(("1ms", "5ms", "20ms"))]
    command.append(chain)
    environment = {**os.environ, **fault.environment()}
    return subprocess.Popen(command, env=environment, preexec_fn=fault.limits, stdout=subprocess.DEVNULL,
                            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)


def outcome(run):
    try:
        _, said = run.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        run.kill()
        return "hangs", ""
    return run.returncode, said.decode(errors="replace")


def output():
    for path in pathlib.Path("now").iterdir():
        if path.name.endswith(".tmp"):
            continue
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        elif path.suffix == ".zst":
            data = subprocess.run(["zstd", "-dc", path], check=True, capture_output=True).stdout
        return [json.loads(line) for line in data.splitlines()]
    return None


def check_lines(name, chain, done, wanted):
    """Nothing is half-written, nor out of its place."""
    for path in pathlib.Path("now").iterdir():
        lines = path.read_bytes().splitlines(True)
        whole = lines if done[-1][1] != -9 else lines[:-1]
        if [json.loads(line) for line in whole] != wanted[:len(whole)]:
            give_up(name, chain, done, f"{path} is no beginning of what was wanted")


def give_up(name, chain, done, why):
    print(f"seed {seed}: {name}: {why}\n  {chain}\n  {done}\n  in {work}", file=sys.stderr)
    sys.exit(1)


def soak_one(name, survived):
    text, wanted, ordered = CHAINS[name]
    chain = f"{text} ! {rng.choice(list(SINKS.values()))}"
    for path in ("now", "ck"):
        shutil.rmtree(path, ignore_errors=True)
    os.mkdir("now")
    done = []
    disturbances = rng.randrange(1, 6)
    resumes = name != "program"  # what another process knows cannot be saved
    while True:
        possible = [f for f, fault in FAULTS.items() if fault.only is None or name in fault.only]
        fault_name = rng.choice(possible) if len(done) < disturbances else "none"
        fault = FAULTS.get(fault_name, Fault({0}))
        run = start(chain, fault, resumes)
        fault.act(run)
        status, said = outcome(run)
        done.append((fault_name, status))
        if status not in fault.statuses:
            give_up(name, chain, done, f"status {status}: {said}")
        if status > 0 and not said:
            give_up(name, chain, done, f"status {status} without a word")
        survived[fault_name][0] += 1
        survived[fault_name][1] += status != 0
        if status == 0:
            break
        if not resumes:
            if "gz" not in chain and "zst" not in chain:
                check_lines(name, chain, done, wanted)
            for path in pathlib.Path("now").iterdir():
                path.unlink()
    got = output()
    if name == "exec" and got is not None:  # a command that was killed behind its output runs again
        got = [x for i, x in enumerate(got) if i == 0 or x != got[i - 1]]
    if not ordered and got is not None:
        got, wanted = (sorted(map(json.dumps, rows)) for rows in (got, wanted))
    if got != wanted:
        where = next((i for i, (x, y) in enumerate(zip(got or [], wanted)) if x != y), "the end")
        give_up(name, chain, done, f"{len(got or [])} records for {len(wanted)}; they differ at {where}")


survived = collections.defaultdict(lambda: [0, 0])
rounds = collections.Counter()
end = time.monotonic() + seconds
while time.monotonic() < end or len(rounds) < len(CHAINS):
    name = rng.choice(list(CHAINS)) if len(rounds) == len(CHAINS) else list(CHAINS)[len(rounds)]
    soak_one(name, survived)
    rounds[name] += 1
shutil.rmtree(work)
print(f"{sum(rounds.values())} runs to their end through {len(rounds)} chains, seed {seed}; all as worked out here")
print(f"{'fault':28}{'tried':>8}{'ended the run':>16}")
for fault_name in FAULTS:
    tried, struck = survived[fault_name]
    print(f"{fault_name:28}{tried:8}{struck:16}")
