#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Commands of from_process, exec and to_process: what they say on standard error is passed on with the name of
# the stage, and none of them outlives the run.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
set -m # a background job of a shell without it ignores SIGINT

gives 0 streamz from_process 'echo oops >&2; echo 1'
equal 1 "$(< out)"
equal 'from_process: oops' "$(< err)"
gives 0 streamz from_iterable '[1,2]' ! exec 'cat; echo oops >&2' format=jsonl
equal "exec: oops
exec: oops" "$(< err)"
gives 0 streamz from_iterable '[1]' ! to_process 'cat; echo oops >&2'
equal 1 "$(< out)"
equal 'to_process: oops' "$(< err)"
gives 1 streamz from_iterable '[1]' ! to_process 'cat > null; exit 3'
says 'to_process: exited with status 3'
gives 1 streamz from_process 'kill -9 $$'
says 'from_process: '
gives 1 streamz from_process '/nowhere/program'
says 'from_process: '

# ended PID: the process is gone, or goes within 20 seconds.
ended() {
  if kill -0 "$1" 2> null; then timeout 20 tail --pid "$1" -f /dev/null || fail "the command goes on: $1"; fi
}

for signal in INT TERM; do
  coproc RUN { exec "$STREAMZ" from_process 'echo $$; exec sleep 1000' 2> err; }
  pid=$RUN_PID
  exec {from}<&"${RUN[0]}"
  read -r -t 20 command <&"$from" || fail "no answer"
  kill "-$signal" "$pid"
  wait "$pid" || true
  exec {from}<&-
  ended "$command"
done

# Nobody wants more: the command is ended as well.
command=$(streamz from_process 'echo $$; while :; do echo 1; done' ! head 1)
ended "$command"

# A run that is killed takes what reads from it along: their input ends.
coproc RUN { exec "$STREAMZ" 'from_stdin ! to_process "echo \$\$ > pid; echo here; exec cat"'; }
pid=$RUN_PID
exec {from}<&"${RUN[0]}"
read -r -t 20 _ <&"$from" || fail "no answer"
kill -KILL "$pid"
wait "$pid" 2> null || true
exec {from}<&-
ended "$(< pid)"
