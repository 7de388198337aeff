#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SIGINT and SIGTERM: what was read is delivered, one line says so, and the shell sees the signal.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
set -m # a background job of a shell without it ignores SIGINT

# Twice in one moment is once: timeout(1) sends it to its child and to the group.
for row in INT:130 TERM:143; do
  coproc RUN { exec "$STREAMZ" 'from_stdin name=s ! to_stdout ; s. ! count ! to_file n.json' 2> err; }
  pid=$RUN_PID
  exec {to}>&"${RUN[1]}" {from}<&"${RUN[0]}"
  printf '1\n2\n3\n' >&"$to"
  for _ in 1 2 3; do read -r -t 20 line <&"$from" || fail "no answer"; done
  equal 3 "$line"
  kill "-${row%:*}" "$pid" "$pid"
  status=0
  wait "$pid" || status=$?
  exec {to}>&- {from}<&-
  equal "${row#*:}" "$status"
  equal 3 "$(< n.json)"
  equal 1 "$(wc -l < err)"
  rm n.json
done

# While a source ends, too: its last commit is not cut short.
if [[ -z ${STREAMZ_SANITIZE:-} ]]; then # of which the ABI is another
  mkdir plugins
  mkfifo gate
  cp "$STREAMZ_BUILD/tests/plugins/acknowledging.so" plugins
  echo '{"streamz": 1, "name": "acknowledging", "version": "1", "entry_points": {"streamz.sources": ["counter = acknowledging:Counter"]}}' > plugins/acknowledging.json
  chmod -R go-w plugins
  "$STREAMZ" --plugin-path "$PWD/plugins" 'counter 3 gate=gate ! to_file n.json' 2> err &
  pid=$!
  end=$((SECONDS + 20))
  until grep -q 'waits at the gate' err; do ((SECONDS < end)) || fail "no word of it: $(< err)"; done
  kill -TERM "$pid" "$pid"
  : > gate # opened, and no more: nobody may read it
  status=0
  wait "$pid" || status=$?
  equal 143 "$status"
  equal 'is through|terminated: stopped after 3 records read, 3 written' "$(tail -2 err | sed 's/streamz: \(counter: \)\?//' | paste -sd'|')"
  equal '1 2 3' "$(paste -sd' ' n.json)"
  rm n.json
fi

# SIGUSR1: how far it is, also while nothing comes.
coproc RUN { exec "$STREAMZ" from_stdin 2> err; }
pid=$RUN_PID
exec {to}>&"${RUN[1]}" {from}<&"${RUN[0]}"
echo 1 >&"$to"
read -r -t 20 line <&"$from" || fail "no answer"
end=$((SECONDS + 20)) lines=0
until grep -q '^streamz: 1 record read in ' err; do # the answer can be on its way before the count
  ((SECONDS < end)) || fail "no word of it: $(< err)"
  kill -USR1 "$pid"
  until_lines err $((++lines))
done
kill -TERM "$pid"
wait "$pid" || true
exec {to}>&- {from}<&-

# What cannot be delivered in time is said, with a status of its own.
coproc RUN { exec "$STREAMZ" --drain-timeout 100ms 'from_stdin name=s ! to_stdout ; s. ! delay 1h ! to_null' 2> err; }
pid=$RUN_PID
exec {to}>&"${RUN[1]}" {from}<&"${RUN[0]}"
echo 1 >&"$to"
read -r -t 20 line <&"$from" || fail "no answer"
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
equal 6 "$status"
grep -q 'stopped before everything was delivered (--drain-timeout)' err || fail "no word of it: $(< err)"

# The second SIGINT ends it at once.
coproc RUN { exec "$STREAMZ" 'from_stdin name=s ! to_stdout ; s. ! delay 1h ! to_null' 2> err; }
pid=$RUN_PID
exec {to}>&"${RUN[1]}" {from}<&"${RUN[0]}"
echo 1 >&"$to"
read -r -t 20 line <&"$from" || fail "no answer"
kill -INT "$pid"
while kill -INT "$pid" 2> null; do :; done
status=0
wait "$pid" || status=$?
equal 130 "$status"

# SIGHUP: a file that was moved away is begun anew, with what a table and a compressed file have at their ends.
coproc RUN { exec "$STREAMZ" 'from_stdin name=s ! to_stdout ; s. ! to_file log.csv ; s. ! tee log.gz ! to_null' 2> err; }
pid=$RUN_PID
exec {to}>&"${RUN[1]}" {from}<&"${RUN[0]}"
eval "exec ${RUN[1]}>&-"
for n in 1 2 3; do
  echo "{\"n\":$n}" >&"$to"
  read -r -t 20 line <&"$from" || fail "no answer: $(< err)"
  [[ $n == 3 ]] && break
  mv log.csv "old$n.csv"
  mv log.gz "old$n.gz"
  kill -HUP "$pid"
done
exec {to}>&-
wait "$pid"
for n in 1 2; do
  equal "n $n" "$(paste -sd' ' "old$n.csv")"
  equal "{\"n\":$n}" "$(zcat "old$n.gz")"
done
equal "n 3" "$(paste -sd' ' log.csv)"
equal '{"n":3}' "$(zcat log.gz)"
silent
