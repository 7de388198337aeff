#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Files are read by several threads at once, each of them a piece: what comes out is the same byte for byte, errors and
# counts too, for any number of them.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

# shellcheck source=jobs.inc
source "$tests/e2e/jobs.inc"

same 0 "${inputs[@]}" to_stdout
same 0 "${inputs[@]}" to_file file mode=replace
same 0 "${inputs[@]}" -r map '.path?'
same 0 "${inputs[@]}" filter '.k? == 3' ! map '{id, path}'
same 0 "${inputs[@]}" 'filter .k?==3 name=f ! map .id ! to_stdout ; f.else ! map .k? ! to_file file mode=replace'
same 0 "${inputs[@]}" 'filter .k?==3 name=f ! map .id ! unique ! to_stdout ; f.else ! count ! to_file file mode=replace'
same 0 "${inputs[@]}" filter '.v?' ! map '{id, v, path}' ! to_stdout format=csv
same 0 "${inputs[@]}" map .k? ! unique
same 0 "${inputs[@]}" sliding_window 3 ! flatten ! last 50
same 0 "${inputs[@]}" map . ! head 7
same 0 "${inputs[@]}" -R map length
same 0 "${inputs[@]}" -R count
same 0 "${inputs[@]}" -R -r filter 'test("99")'
same 1 -e "${inputs[@]}" map '.k? == 100'
cp many.jsonl many.txt
same 0 -i many.txt map length ! unique
gzip -c many.jsonl > many.jsonl.gz
same 0 -i many.jsonl.gz pluck id
same 0 -i many.jsonl.gz -i "${many[1]}" map '.id?'
same 0 --max-line 30 --on-error skip -i "${many[0]}" pluck id

# What --stats counts.
for chain in "filter '.k? == 3' ! map .id" "agg n=count by='k:(.k? // 0)'" "filter '.k? == 3' ! agg n=count by=.k"; do
  for jobs in 1 4; do
    streamz -j "$jobs" --stats=json "${inputs[@]}" "$chain ! to_stdout" 2>&1 > /dev/null |
      jq -c 'del(.seconds, .peak_memory)' > "stats$jobs"
  done
  diff stats1 stats4 || fail "other counts: $chain"
done

# Bad lines: what stands before them is delivered, and the place is told; also of what fails further down.
same 5 -i bad.jsonl to_stdout
same 5 -i bad.jsonl filter '.k == 1' ! pluck id
gives 5 streamz -j 2 -i bad.jsonl pluck id
equal 39999 "$(wc -l < out)"
says 'bad.jsonl:40000:14 (byte '
same 0 --on-error skip -i bad.jsonl map .id
same 0 --on-error skip -i bad.jsonl sliding_window 2 ! count
same 5 -i worse.jsonl map '.id - 1'
same 5 -i worse.jsonl filter '.k >= 0' ! rolling 5 s=sum:.id
says 'worse.jsonl:30001:1 (byte '
same 5 -i worse.jsonl rolling 5 s=sum:.id
says 'worse.jsonl:30001:1 (byte '
head -c 1500000 many.jsonl > long.jsonl
head -c 200000 /dev/zero | tr '\0' x >> long.jsonl
same 5 --max-line 100000 -i long.jsonl to_stdout
says 'the line is over 100000 bytes'
cat many.jsonl >> long.jsonl
same 5 --max-line 100000 -i long.jsonl count
same 0 --max-line 100000 --on-error skip -i long.jsonl pluck id

# Without -j a file that is worth it has as many as there are processors, and a small one or a pipe has one. Where the
# order of other things than the output matters, one alone works.
workers() { streamz explain --json "$@" | jq -r '.stages[] | select(.stage == "map") | .workers // 1'; }
processors=$(nproc)
equal "$processors" "$(workers -i many.jsonl map .id)"
equal "$processors" "$(workers map .id < many.jsonl)"
equal 1 "$(workers -i "$access" map .path)"
equal 1 "$(workers map .id < <(cat many.jsonl))"
equal 1 "$(workers -i many.jsonl map '.id | debug')"
equal 1 "$(workers --limit 5 -i many.jsonl map .id)"
equal 1 "$(workers --dead-letter bad -i many.jsonl map .id)"
equal 3 "$(workers -j 3 map .id < many.jsonl)"

# One that is written while it is read, and one whose reader goes away.
mkfifo slow
streamz -j 2 map '. * 2' < slow > out 2> err &
pid=$!
exec 9> slow
echo 21 >&9
until_lines out 1
equal 42 "$(< out)"
exec 9>&-
wait "$pid"
{ streamz -j 2 -i many.jsonl pluck id 2> err || true; } | head -3 > out
equal '1 2 3' "$(paste -sd' ' out)"
silent
