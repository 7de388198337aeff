#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Files are read by several threads at once, each of them a piece: what comes out is the same byte for byte, errors and
# counts too, for any number of them.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

# Several pieces, and lines of many lengths: 3 MB; with what a line can look like.
streamz seq 1 20000 ! map '{id: ., k: (. % 7), path: ("/p/" + ("é\n" * (. % 13))), v: (. * 37 % 1001)}' ! to_stdout > plain.jsonl
for ((i = 0; i < 3; ++i)); do cat plain.jsonl; done > many.jsonl
{
  printf '\xef\xbb\xbf{"id":0}\n\n'
  head -n 9000 many.jsonl | sed 's/$/\r/'
  printf '\n  \n[1,\t2]\n'
  tail -n 9000 many.jsonl
  printf '{"id":"the last line has no end"}'
} > odd.jsonl
many=("$PWD/many.jsonl" "$PWD/odd.jsonl")

# same STATUS ARGUMENT...: with two and five threads what one gives, on standard output and standard error
same() {
  local jobs status=$1
  shift
  rm -f file
  gives "$status" streamz -j 1 "$@"
  mv out wanted
  mv err wanted.err
  [[ ! -e file ]] || mv file wanted.file
  for jobs in 2 5; do
    gives "$status" streamz -j "$jobs" "$@"
    cmp wanted out || fail "-j $jobs gives something else: $*"
    diff wanted.err err || fail "-j $jobs says something else: $*"
    [[ ! -e file ]] || cmp wanted.file file || fail "-j $jobs writes something else: $*"
  done
}

inputs=(-i "${many[0]}" -i "${many[1]}")
same 0 "${inputs[@]}" to_stdout
same 0 "${inputs[@]}" to_file file mode=replace
same 0 "${inputs[@]}" -r map '.path?'
same 0 "${inputs[@]}" filter '.k? == 3' ! map '{id, path}'
same 0 "${inputs[@]}" 'filter .k?==3 name=f ! map .id ! to_stdout ; f.else ! map .k? ! to_file file mode=replace'
same 0 "${inputs[@]}" 'filter .k?==3 name=f ! map .id ! unique ! to_stdout ; f.else ! count ! to_file file mode=replace'
same 0 "${inputs[@]}" filter '.v?' ! map '{id, v, path}' ! to_stdout format=csv
same 0 "${inputs[@]}" count
same 0 "${inputs[@]}" filter '.id?' ! agg n=count s=sum:.v m=median:.v first=first:.path by=.k
functions='n=count v=count:.v s=sum:.v a=mean:.v l=min:.path h=max:.v m=median:.v p90=p90:.v f=first:.id z=last:.id d=nunique:.k i=list:.v'
same 0 "${inputs[@]}" "filter '.v?' ! agg $functions by=.k"
same 0 "${inputs[@]}" "filter '.v?' ! agg $functions"
same 0 "${inputs[@]}" "filter '.v?' name=a ! agg n=count s=sum:.v by=.id ; a.else ! agg n=count ! to_file file mode=replace"
same 0 "${inputs[@]}" "filter '.v?' ! agg v=var:.v by=.k"
same 0 "${inputs[@]}" "filter '.v?' ! agg n=count s=sum:.v by=.k window=1000 time=.id"
same 0 "${inputs[@]}" "filter '.v?' ! agg n=count by=.k emit=change ! last 9"
same 0 "${inputs[@]}" map .k? ! frequencies emit=final
same 0 "${inputs[@]}" map .id? ! frequencies emit=final
same 0 "${inputs[@]}" map ".[]?" ! count
# Some of the numbers are no integers: the order of a sum is that of the input.
streamz -i many.jsonl map '{v: (if .id % 5000 < 200 then .v + 0.1 * .id else .v end), k}' ! to_stdout > real.jsonl
same 0 -i real.jsonl agg s=sum:.v a=mean:.v n=count by=.k
same 0 -i real.jsonl agg s=sum:.v
same 0 -i many.jsonl agg n=count by=.k
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
sed '40000s/.*/{"id": 40000,, "path": 1}/' many.jsonl > bad.jsonl
same 5 -i bad.jsonl to_stdout
same 5 -i bad.jsonl filter '.k == 1' ! pluck id
same 5 -i bad.jsonl count
gives 5 streamz -j 2 -i bad.jsonl pluck id
equal 39999 "$(wc -l < out)"
says 'bad.jsonl:40000:14 (byte '
same 0 --on-error skip -i bad.jsonl map .id
same 0 --on-error skip -i bad.jsonl sliding_window 2 ! count
sed '30001s/"id":[0-9]*/"id":"x"/' many.jsonl > worse.jsonl
same 5 -i worse.jsonl map '.id - 1'
same 5 -i worse.jsonl agg n=count s=sum:.id
says 'worse.jsonl:30001:1 (byte '
same 5 -i worse.jsonl filter .k ! agg n=count s=sum:.id by=.k
same 0 --on-error skip -i worse.jsonl filter .k ! agg n=count s=sum:.id by=.k
same 0 --on-error skip -i bad.jsonl agg n=count s=sum:.id by=.k
same 0 --on-error skip -i bad.jsonl count
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
shared() { streamz explain --json "$@" | jq -r '.stages[] | select(.stage == "agg") | .input_shared_by // 1'; }
equal 3 "$(shared -j 3 agg n=count by=.k < many.jsonl)"
equal 3 "$(shared -j 3 filter .k ! map . ! agg n=count by=.k < many.jsonl)"
equal 1 "$(shared -j 1 agg n=count by=.k < many.jsonl)"
equal 1 "$(shared -j 3 agg v=var:.v < many.jsonl)"
equal 1 "$(shared -j 3 --checkpoint position -i many.jsonl agg n=count by=.k)"
equal 1 "$(shared -j 3 agg n=count window=9 < many.jsonl)"
equal 1 "$(shared -j 3 sliding_window 2 ! agg n=count < many.jsonl)"

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

# A plugin can do that too; what it cannot say in a part it gets record by record.
if [[ -z ${STREAMZ_SANITIZE:-} ]]; then # of which the ABI is another
  mkdir plugins
  cp "$STREAMZ_BUILD/tests/plugins/combining.so" plugins
  echo '{"streamz": 1, "name": "combining", "version": "1.0", "entry_points": {"streamz.nodes": ["longest = combining:Longest"]}}' > plugins/combining.json
  chmod -R go-w plugins
  export STREAMZ_PLUGIN_PATH=$PWD/plugins
  equal 3 "$(streamz explain --json -j 3 longest < many.jsonl | jq '.stages[] | select(.stage == "longest") | .input_shared_by')"
  same 0 "${inputs[@]}" longest
  same 0 "${inputs[@]}" map '.path? // "nothing"' ! longest
  sed '40001s/"path":"[^"]*"/"path":"far apart"/' many.jsonl > apart.jsonl
  same 0 -i apart.jsonl longest
fi
