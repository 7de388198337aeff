#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Where a chain begins and ends: standard input and output that are closed, full, or a terminal, and --timeout.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

# Closed: no other file takes the place, and what does not need them runs.
gives 1 streamz count <&-
says 'from_stdin: cannot read standard input: Bad file descriptor'
status=0
"$STREAMZ" seq 3 >&- 2> err || status=$?
equal 1 "$status"
says 'to_stdout: cannot write to standard output: Bad file descriptor'
"$STREAMZ" 'seq 3 ! to_file three' <&- >&- 2>&- || fail "status $?"
equal "1 2 3" "$(paste -sd' ' three)"
echo '{"a":1}' | "$STREAMZ" 'map .b.c' 2>&- > out
equal null "$(< out)"

# Full
for records in 3 1000000; do
  status=0
  "$STREAMZ" seq "$records" > /dev/full 2> err || status=$?
  equal 1 "$status"
  says 'error[E0902]: to_stdout: cannot write to standard output: No space left on device'
done
for command in --help 'help count' 'plugins list' 'explain count' 'graph count' version; do
  status=0
  # shellcheck disable=SC2086
  "$STREAMZ" $command > /dev/full 2> err || status=$?
  equal 1 "$status"
  says 'cannot write: No space left on device'
done

# A terminal: nothing to do is said, and a chain says what it waits for.
on_terminal() { script -qec "$1" /dev/null; }
[[ $(on_terminal "$STREAMZ" < /dev/null) == *'usage: streamz [OPTIONS] CHAIN...'* ]] || fail "no usage"
said=$(printf '1\n2\n\004' | on_terminal "$STREAMZ count")
[[ $said == *'streamz: reading standard input from the terminal; end it with Ctrl-D'* ]] || fail "$said"
equal 2 "$(tail -1 <<< "$said" | tr -d '\r')"

# --timeout: what was read is delivered
gives 124 streamz --timeout 500ms 'seq 1000000000000 name=s ! to_null ; s. ! count ! to_file n'
[[ $(< n) -gt 0 ]] || fail "nothing was counted"
