#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Programs as plugins: what they are given, what they give, and how each of their faults is told.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

# shellcheck source=programs.inc
source "$tests/e2e/programs.inc"
# shellcheck disable=SC2016 # backquotes and $ stand for themselves in messages and scripts

# ---- lines
plugin cat nodes '["cat"]'
plugin drop nodes '["sh", "-c", "cat > /dev/null"]'
plugin twice nodes '["sed", "-u", "p"]'
program file sinks << 'END'
#!/bin/sh
cat > "$STREAMZ_STAGE.out"
END
program three sources << 'END'
#!/bin/sh
[ "$(cat)" = "" ] && printf '1\n2\n3'
END
equal "1.0 {\"b\":1,\"a\":1e2}" "$(printf '1.0\n{"b":1,"a":1e2}\n' | streamz cat | paste -sd' ')"
equal "" "$(seq 3 | streamz drop)"
equal "1 1 2 2" "$(seq 2 | streamz twice | paste -sd' ')"
equal "1 1 1 1" "$(echo 1 | streamz twice ! twice | paste -sd' ')"
equal "2 3 4" "$(streamz three ! map '. + 1' | paste -sd' ')"
gives 0 streamz three ! file
equal "1 2 3" "$(paste -sd' ' file.out)"

# ---- what a program is told
program told sources '"stages":{"told":{"params":[
  {"name":"n","types":["integer"],"value":"1_000","positional":true}, {"name":"t","types":["duration"]},
  {"name":"yes","types":["boolean"]}, {"name":"j","types":["json"]}, {"name":"l","types":["string"],"list":true},
  {"name":"size","types":["size"]}, {"name":"rate","types":["rate"]}, {"name":"word","types":["string"]}]}},' << 'END'
#!/bin/sh
printf '"%s"\n' "$#" "$STREAMZ_STAGE" "$STREAMZ_PROTOCOL"
for word; do printf '%s\n' "$word" | sed 's/"/\\"/g; s/.*/"&"/'; done
printf '%s\n' "$STREAMZ_ARGS"
END
equal '"2" "told" "1" "told" "--n=1000" {"n":1000}' "$(streamz told | paste -sd' ')"
equal '{"n":7,"t":1.5,"yes":true,"j":{"a":[1]},"l":["x","y"],"size":65536,"rate":10,"word":"a b"}' \
  "$(streamz told 7 t=1500ms yes=yes 'j={"a":[1]}' l=x,y size=64K rate=10/s 'word=a b' | tail -1)"
equal '"told" "--n=7" "--t=90" "--l=x" "--l=y"' "$(streamz told 7 t=1m30s l=x,y | sed '1,3d;$d' | paste -sd' ')"
fault 3 '`seven` is not a whole number' 'told seven'
fault 3 '`told` has no argument `m`' 'told m=1'

# Signals are as a program expects them, and no descriptor of this one is handed on.
program signals sources << 'END'
#!/bin/sh
sed -n 's/^Sig\(Blk\|Ign\):\t/"/p' /proc/self/status | sed 's/$/"/'
ls /proc/self/fd | paste -sd' ' | sed 's/.*/"&"/'
END
equal '"0000000000000000" "0000000000000000" "0 1 2 3"' \
  "$(trap '' INT PIPE; exec 7< /dev/null; streamz signals | paste -sd' ')"

# ---- messages: whole lines with the stage's name, also of several at a time
program talk nodes << 'END'
#!/bin/sh
for i in $(seq 300); do echo "message $i" >&2; done
printf 'no end' >&2
exec cat
END
gives 0 streamz 'three name=t ! talk ! to_null ; t. ! talk ! talk ! to_null'
equal 903 "$(wc -l < err)"
equal 0 "$(grep -cvE '^talk: (message [0-9]+|no end)$' err)"

# ---- faults: each is one error
program prints nodes << 'END'
#!/bin/sh
seq 6; echo DEBUG: start; cat
END
fault 1 'error[E0155]: prints: line 7 of its output is not JSON: `DEBUG: start`' 'three ! prints'
program three_fails nodes << 'END'
#!/bin/sh
cat; exit 3
END
fault 1 'error[E0155]: three_fails: exited with status 3' 'three ! three_fails'
equal "1 2 3" "$(paste -sd' ' out)"
program dies sinks << 'END'
#!/bin/sh
read -r line; kill -SEGV $$
END
fault 1 'error[E0155]: dies: was killed by SIGSEGV' 'three ! dies'
program speaks sinks << 'END'
#!/bin/sh
echo '"hello"'
END
fault 1 'error[E0155]: speaks: wrote to its standard output, which a sink has no use for: `"hello"`' 'three ! speaks'
program bad_source sources << 'END'
#!/bin/sh
echo '{"a":'
END
fault 1 'error[E0155]: bad_source: line 1 of its output is not JSON: `{"a":`' 'bad_source'
program stays nodes << 'END'
#!/bin/sh
echo $$ > stays.pid
cat; exec sleep 1000
END
gives 1 timeout 60 "$STREAMZ" --drain-timeout 50ms 'three ! stays'
says 'error[E0155]: stays: did not end within 50ms of the end of its input'
says '= help: --drain-timeout gives it longer'
equal "1 2 3" "$(paste -sd' ' out)"
gone stays.pid
# A program that ignores the request to end is ended all the same.
program stubborn nodes << 'END'
#!/bin/sh
trap '' TERM
echo $$ > stubborn.pid
cat; while :; do sleep 1000; done
END
gives 1 timeout 60 "$STREAMZ" --drain-timeout 50ms 'three ! stubborn'
says 'stubborn: did not end within 50ms'
gone stubborn.pid

# ---- an end that is none of its faults
plugin first nodes '["head", "-n", "2"]'
equal "1 2" "$(seq 100000 | streamz first | paste -sd' ')"
equal "1 1" "$(yes 1 | timeout 60 "$STREAMZ" cat ! head 2 | paste -sd' ')"
program endless sources << 'END'
#!/bin/sh
echo $$ > endless.pid
while :; do echo 1; done
END
equal "1 1 1" "$(timeout 60 "$STREAMZ" endless ! head 3 | paste -sd' ')"
gone endless.pid
set +o pipefail
yes 1 | timeout 60 "$STREAMZ" cat 2> err | head -1 > out
equal "141 141 0" "${PIPESTATUS[*]}"
set -o pipefail
equal 1 "$(< out)"
silent

# What goes wrong elsewhere ends it as well.
fault 5 'map: ' 'endless ! map .a'
gone endless.pid

# ---- who reads late, who writes late, and who writes before it reads: more than all pipes hold
mkfifo go
program late nodes << 'END'
#!/bin/sh
read -r word < go; exec cat
END
seq 300000 | timeout 60 "$STREAMZ" late > late.out &
echo word > go
wait $!
equal 300000 "$(wc -l < late.out)"
plugin tac nodes '["tac"]'
equal "300000 1" "$(seq 300000 | timeout 60 "$STREAMZ" tac | sed -n '1p;$p' | paste -sd' ')"
program eager nodes << 'END'
#!/bin/sh
seq 300000; exec cat
END
equal 600000 "$(seq 300000 | timeout 60 "$STREAMZ" eager | wc -l)"

# ---- interrupted: what was read is delivered; killed: nothing is left behind
program waits nodes << 'END'
#!/bin/sh
trap '' TERM
echo $$ > waits.pid
echo '"ready"'
exec cat
END
set -m
for row in INT:130 KILL:137; do
  coproc RUN { exec "$STREAMZ" waits 2> err; }
  pid=$RUN_PID
  exec {to}>&"${RUN[1]}" {from}<&"${RUN[0]}"
  read -r -t 20 line <&"$from" || fail "no answer"
  echo 1 >&"$to"
  read -r -t 20 line <&"$from" || fail "no answer"
  equal 1 "$line"
  kill "-${row%:*}" "$pid"
  status=0
  wait "$pid" 2> /dev/null || status=$?
  exec {to}>&- {from}<&-
  equal "${row#*:}" "$status"
  gone waits.pid
done
# One that does not end when it is asked to goes with the run.
coproc RUN { exec "$STREAMZ" --drain-timeout 100ms 'from_stdin ! stubborn' 2> err; }
pid=$RUN_PID
exec {to}>&"${RUN[1]}" {from}<&"${RUN[0]}"
echo 1 >&"$to"
read -r -t 20 line <&"$from" || fail "no answer"
kill -TERM "$pid"
wait "$pid" 2> /dev/null || true
exec {to}>&- {from}<&-
gone stubborn.pid
set +m
