#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Stages that fold their input are folded by several threads at once, each a part of it, which are put together in the
# order of the input: what comes out is the same byte for byte, errors too, for any number of them.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
# shellcheck source=jobs.inc
source "$tests/e2e/jobs.inc"

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

# What fails in a part, fails in its turn.
same 5 -i bad.jsonl count
same 5 -i worse.jsonl agg n=count s=sum:.id
says 'worse.jsonl:30001:1 (byte '
same 5 -i worse.jsonl filter .k ! agg n=count s=sum:.id by=.k
same 0 --on-error skip -i worse.jsonl filter .k ! agg n=count s=sum:.id by=.k
same 0 --on-error skip -i bad.jsonl agg n=count s=sum:.id by=.k
same 0 --on-error skip -i bad.jsonl count

# Which of them are shared.
shared() { streamz explain --json "$@" | jq -r '.stages[] | select(.stage == "agg") | .input_shared_by // 1'; }
equal 3 "$(shared -j 3 agg n=count by=.k < many.jsonl)"
equal 3 "$(shared -j 3 filter .k ! map . ! agg n=count by=.k < many.jsonl)"
equal 1 "$(shared -j 1 agg n=count by=.k < many.jsonl)"
equal 1 "$(shared -j 3 agg v=var:.v < many.jsonl)"
equal 1 "$(shared -j 3 --checkpoint position -i many.jsonl agg n=count by=.k)"
equal 1 "$(shared -j 3 agg n=count window=9 < many.jsonl)"
equal 1 "$(shared -j 3 sliding_window 2 ! agg n=count < many.jsonl)"

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
