#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A table that breaks while it is in use: the rows read before hold, and the log says why. Not a case file,
# because a stage that starts only then cannot start at all.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

echo '{"id":1,"v":"old"}' > t.jsonl
coproc RUN { exec "$STREAMZ" 'lookup t.jsonl key=.id on=.id as=v reload=1ms ! map .v.v' 2> err; }
pid=$RUN_PID
exec 3>&"${RUN[1]}" 4<&"${RUN[0]}"
eval "exec ${RUN[1]}>&-"

# answers WANTED: asks for the key 1 until the chain gives WANTED
answers() {
  local got='' end=$((SECONDS + 30))
  until [[ $got == "$1" ]]; do
    ((SECONDS < end)) || fail "wanted $1, got $got ($(< err))"
    echo '{"id":1}' >&3
    read -r -t 30 got <&4 || fail "no answer: $(< err)"
  done
}
answers '"old"'
echo '{"id":1,"v":"new"}' > t.jsonl
answers '"new"'
echo oops >> t.jsonl
until [[ -s err ]]; do
  ((SECONDS < 60)) || fail "nothing said"
  answers '"new"'
done
says 'lookup: line 2 of t.jsonl is not JSON: `oops`; the rows read before hold'
exec 3>&-
wait "$pid"
