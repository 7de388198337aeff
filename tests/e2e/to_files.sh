#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Many files: what is in which, few handles, rotation, modes, a full disk, and kill -9 at random moments.
#   FILES=5000 RECORDS=200000 HANDLES=100 KILLS=20 INTERVAL=1s   (500 20000 20 6 50ms)
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

files=${FILES:-500} records=${RECORDS:-20000} kills=${KILLS:-6} handles=${HANDLES:-20}
[[ -z ${STREAMZ_SANITIZE:-} ]] || files=100 records=3000 kills=3
"$STREAMZ" seq "$records" ! map "{id: ., k: (. * 7919 % $files), t: (. % 7)}" ! to_file in.jsonl

# which_right PATTERN: the files of that name hold each record once, in its order, and in the right one
check_files() {
  python3 - "$1" "$files" "$records" << 'END'
import glob, gzip, json, re, sys
pattern, files, records = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
found, last = 0, {}
def order(path):
    number = re.search(r"\.(\d+)\.", path)
    return (path.split(".")[0], int(number.group(1)) if number else 10**9)
for path in sorted(glob.glob(pattern), key=order):
    data = (gzip.open if path.endswith(".gz") else open)(path, "rb").read()
    assert data.endswith(b"\n"), f"{path} ends in the middle of a line"
    for line in data.splitlines():
        x = json.loads(line)
        key = re.search(r"/k(\d+)\.", path).group(1)
        assert str(x["k"]) == key, f"{line} in {path}"
        assert x["id"] > last.get(key, 0), f"{path}: {x['id']} behind {last[key]}"
        last[key] = x["id"]
        found += 1
assert found == records, f"{found} records and not {records}"
END
}

gives 0 streamz from_file in.jsonl ! to_files 'tree/d{.t}/k{.k}.jsonl' open_files=10
silent
mkdir flat
find tree -name '*.jsonl' | while read -r path; do cat "$path"; done | sort | cmp - <(sort in.jsonl) || fail "not all records"
gives 0 streamz from_file in.jsonl ! to_files 'flat/k{.k}.jsonl' open_files=10
check_files 'flat/*.jsonl'
equal "$files" "$(find flat -name '*.jsonl' | wc -l)"
gives 0 streamz from_file in.jsonl ! to_files 'packed/k{.k}.jsonl.gz' open_files=10
check_files 'packed/*.gz'

# the time, braces and per cents, tables, and what is there already
gives 0 streamz --clock=virtual 'seq 3 ! map {a:.} ! to_files "t/%%{{%Y/{.a % 2}.csv"'
equal "a 1 3" "$(paste -sd' ' "t/%{1970/1.csv")"
gives 0 streamz --clock=virtual 'seq 4 6 ! map {a:.} ! to_files "t/%%{{%Y/{.a % 2}.csv" open_files=1'
equal "a 1 3 5" "$(paste -sd' ' "t/%{1970/1.csv")"
gives 0 streamz 'seq 3 ! to_files "t/{.}.jsonl" mode=excl'
gives 1 streamz 'seq 3 ! to_files "t/{.}.jsonl" mode=excl'
says 'error[E0901]: to_files: cannot create t/1.jsonl: File exists'
gives 5 streamz 'from_iterable [7,"x/y"] ! map {a:.} ! to_files "t/{.a}.jsonl" mode=replace'
[[ ! -e t/7.jsonl ]] || fail "a run that failed has given a file its name"
equal 0 "$(find t -name '*.tmp' | wc -l)"

gives 1 streamz 'seq 3 ! to_files "/proc/nowhere/{.}"'
says 'error[E0901]: to_files: cannot create /proc/nowhere: '
gives 1 streamz 'seq 3 ! to_files "in.jsonl/{.}"'
says 'cannot create in.jsonl: Not a directory'

# A record chooses among what is in the directory, and no link leads it out of there.
mkdir -p links/inside outside
ln -s inside links/in
ln -s ../outside links/out
ln -s ../outside/file links/file
gives 0 streamz 'from_iterable ["in"] ! to_files "links/{.}/x"'
equal '"in"' "$(< links/inside/x)"
gives 5 streamz 'from_iterable ["out"] ! to_files "links/{.}/new/x"'
says 'a link leads out of links: links/out/new/x'
gives 5 streamz 'from_iterable ["file"] ! to_files "links/{.}"'
says 'a link leads out of links: links/file'
equal "" "$(ls outside)"
gives 0 streamz 'seq 1 ! to_files links/file'
equal 1 "$(< outside/file)"

# rotation
gives 0 streamz from_file in.jsonl ! to_files 'r/k{.t}.jsonl' rotate="$((records / 10))B"
[[ $(find r -name 'k1.*.jsonl' | wc -l) -gt 2 ]] || fail "nothing was rotated"
equal "" "$(jq -c 'select(.t != 1)' r/k1*.jsonl)"
equal "$records" "$(cat r/*.jsonl | wc -l)"
gives 0 streamz --clock=virtual 'seq 10 ! rate_limit 1/s ! to_files "r/time.jsonl" rotate=4s'
equal "4" "$(wc -l < r/time.1.jsonl)"

# a full disk: whole lines, and the file that was full by its name
if [[ $EUID == 0 && -z ${STREAMZ_SANITIZE:-} ]] && mkdir full && mount -t tmpfs -o size=1m none full 2> null; then
  gives 1 streamz from_file in.jsonl ! map '. + {pad: ("x" * 100)}' ! to_files 'full/k{.t}.jsonl'
  says 'cannot write to full/k'
  says 'No space left on device'
  for path in full/*.jsonl; do [[ $(tail -c 1 "$path" | od -An -tx1) == *0a ]] || fail "half a line in $path"; done
  umount full
fi

# killed again and again: each record once, also in files that were begun or rotated since
killed_run() { # CHAIN DIRECTORY
  local status=137 pid moment
  rm -rf ck "$2"
  while [[ $status == 137 ]]; do
    "$STREAMZ" -q --checkpoint ck --checkpoint-interval "${INTERVAL:-50ms}" "from_file in.jsonl ! $1" 2> err &
    pid=$!
    moment=$((RANDOM % pause + 5)) # in ms
    { read -r -t "$((moment / 1000)).$(printf %03d $((moment % 1000)))" _ <> <(:) || kill -KILL "$pid"; } 2> null || true
    status=0
    wait "$pid" 2> null || status=$?
    [[ $status != 137 ]] || ((++killed, pause += 30))
  done
  [[ $status == 0 ]] || fail "after $killed kills: status $status: $(< err)"
  check_files "$2/*.jsonl*" || fail "after $killed kills in $1"
}
for chain in "to_files 'k1/k{.k}.jsonl' open_files=$handles" \
  "to_files 'k2/k{.k}.jsonl.gz' mode=replace open_files=$handles" \
  "to_files 'k3/k{.k}.jsonl' rotate=1K fsync=never open_files=$handles" \
  "to_files 'k4/k{.k}.jsonl' mode=excl open_files=$handles"; do
  for ((killed = 0, pause = 60; killed < kills; )); do killed_run "$chain" "${chain:10:2}"; done
  echo "$killed kills in $chain"
done
