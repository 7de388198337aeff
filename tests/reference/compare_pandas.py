#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Aggregates of random records through pandas and through streamz: rolling, ewm, the cumulative ones, agg.

Prints a line for each comparison; one that differs by more than 1e-9 of the value makes the status 1.

    compare_pandas.py STREAMZ [SEED]
"""
import json
import math
import random
import subprocess
import sys

import pandas

ALL = "n=count:.v s=sum:.v m=mean:.v lo=min:.v hi=max:.v d=var:.v e=std:.v q=median:.v p=p90:.v z=p2.5:.v"
FUNCTIONS = {
    "n": lambda w: w.count(),
    "s": lambda w: w.sum(),
    "m": lambda w: w.mean(),
    "lo": lambda w: w.min(),
    "hi": lambda w: w.max(),
    "d": lambda w: w.var(),
    "e": lambda w: w.std(),
    "q": lambda w: w.median(),
    "p": lambda w: w.quantile(0.9),
    "z": lambda w: w.quantile(0.025),
}
COUNT = 500


def records(rng):
    """Keys, times that go up by whole seconds, and values of which some are missing."""
    time, made = 1_700_000_000, []
    for _ in range(COUNT):
        time += rng.randrange(4)
        value = None if rng.random() < 0.1 else rng.choice([rng.randrange(-50, 50), rng.uniform(-1e3, 1e3)])
        made.append({"k": rng.choice("abc"), "t": time, "v": value})
    return made


def streamz(program, chain, rows):
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    done = subprocess.run([program, "--no-plugins", chain], input=lines, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise SystemExit(f"{chain}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def number(value):
    return None if value is None or (isinstance(value, float) and math.isnan(value)) else float(value)


def alike(a, b):
    a, b = number(a), number(b)
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)


class Comparison:
    def __init__(self, program):
        self.program, self.done, self.failed = program, 0, 0

    def compare(self, what, got, expected):
        got, expected = list(got), list(expected)
        differ = [i for i, pair in enumerate(zip(got, expected)) if not alike(*pair)]
        self.done += 1
        if len(got) == len(expected) and not differ:
            print(f"agrees   {what}: {len(got)} values")
            return
        self.failed += 1
        place = f"at {differ[0]}: streamz {got[differ[0]]}, pandas {expected[differ[0]]}" if differ else "in number"
        print(f"differs  {what} {place}")

    def rolling(self, rows, frame):
        for window, least in [(1, 1), (2, 1), (7, 1), (7, 3), (50, 50)]:
            chain = f"rolling {window} min_periods={least} {ALL}"
            got = streamz(self.program, chain, rows)
            windows = frame["v"].rolling(window, min_periods=least)
            enough = windows.count() >= least  # pandas itself does not ask for them where it counts
            for name, function in FUNCTIONS.items():
                expected = function(windows).where(enough)
                self.compare(f"{chain.split(' n=')[0]} {name}", [row[name] for row in got], expected)
        got = streamz(self.program, f"rolling 30s time=.t {ALL}", rows)
        windows = frame.set_index(pandas.to_datetime(frame["t"], unit="s"))["v"].rolling("30s", min_periods=1)
        for name, function in FUNCTIONS.items():
            expected = function(windows).where(windows.count() >= 1)
            self.compare(f"rolling 30s {name}", [row[name] for row in got], expected)
        got = streamz(self.program, "rolling 5 m=mean:.v by=.k", rows)
        groups = frame.groupby("k")["v"].transform(lambda v: v.rolling(5, min_periods=1).mean())
        self.compare("rolling 5 by=.k mean", [row["m"] for row in got], groups)

    def ewm(self, rows, frame):
        for given in [{"alpha": 0.1}, {"alpha": 0.9}, {"span": 20}, {"halflife": 3}, {"com": 0.5}]:
            [(name, value)] = given.items()
            got = streamz(self.program, f"ewm .v {name}={value}", rows)
            self.compare(f"ewm {name}={value}", got, frame["v"].ewm(**given).mean())

    def cumulative(self, rows, frame):
        known, series = [row for row in rows if row["v"] is not None], frame["v"].dropna()
        for name in ["cumsum", "cummin", "cummax"]:
            got = streamz(self.program, f"map .v ! {name}", known)
            self.compare(name, got, getattr(series, name)())
        near_one = [{**row, "v": 1 + row["v"] / 1e4} for row in known]
        self.compare("cumprod", streamz(self.program, "map .v ! cumprod", near_one), (1 + series / 1e4).cumprod())

    def agg(self, rows, frame):
        got = {row["k"]: row for row in streamz(self.program, f"agg by=.k {ALL}", rows)}
        for name, function in FUNCTIONS.items():
            expected = function(frame.groupby("k")["v"])
            self.compare(f"agg by=.k {name}", [got[key][name] for key in expected.index], expected)
        got = streamz(self.program, f"agg window=20s time=.t {ALL}", rows)
        windows = frame.groupby(frame["t"] // 20 * 20)["v"]
        self.compare("agg window=20s start", [row["window_start"] for row in got], list(windows.groups))
        for name, function in FUNCTIONS.items():
            self.compare(f"agg window=20s {name}", [row[name] for row in got], function(windows))
        distinct = streamz(self.program, "agg u=nunique:.v", rows)[0]["u"]
        self.compare("agg nunique", [distinct], [frame["v"].nunique()])


def main():
    program, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
    print(f"seed {seed}")
    rows = records(random.Random(seed))
    frame = pandas.DataFrame(rows)
    frame["v"] = frame["v"].astype(float)
    comparison = Comparison(program)
    for part in [comparison.rolling, comparison.ewm, comparison.cumulative, comparison.agg]:
        part(rows, frame)
    print(f"{comparison.done - comparison.failed} of {comparison.done} agree")
    return 1 if comparison.failed else 0


if __name__ == "__main__":
    sys.exit(main())
