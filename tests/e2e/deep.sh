#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Programs that call themselves without end and values as deep as they may be give an error or a result and
# never a crash, whatever limit the stack has, on the main thread and on another.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

nested='reduce range(1000) as $x (0; [.])'
# The frames of a sanitizer are several times as large, so that fewer go into a small stack.
or=${STREAMZ_SANITIZE:+deeply}
checked=0
while IFS='@' read -r program expected; do
  program=${program//NESTED/"($nested)"}
  for limit in 1024 8192 unlimited; do
    for cut in '' 'buffer 10 ! '; do
      status=0
      (ulimit -s "$limit" && echo null | "$STREAMZ" "${cut}map ($program)") > out 2> err || status=$?
      [[ $status == 0 || $status == 5 ]] || fail "status $status with a stack of $limit: ${cut}map $program"
      grep -qF -e "$expected" ${or:+-e "$or"} out err || fail "with a stack of $limit: ${cut}map $program: $(head -c 500 out err)"
      checked=$((checked + 1))
    done
  done
done << 'END'
def f: 1 + f; f@the program calls itself too deeply
def f: [f]; f@the program calls itself too deeply
def f: {a: f}; f@the program calls itself too deeply
def f: try f catch .; f@the program calls itself too deeply
def f: f, 1; [f]@the program calls itself too deeply
reduce range(20000) as $x (0; [.])@the value is nested over 1024 deep
reduce range(20000) as $x (0; {a: .})@the value is nested over 1024 deep
NESTED | tojson | length@2001
[NESTED, NESTED] | sort | unique | length@1
NESTED | tojson | fromjson | flatten@[0]
NESTED | [..] | length@1001
NESTED | [paths] | length@1000
NESTED | contains(NESTED)@true
[NESTED] | group_by(.) | tojson | length@2005
"" * 1e15@""
END
[[ $checked == 90 ]] || fail "only $checked runs"
