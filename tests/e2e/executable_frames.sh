#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Programs that speak frames: results and failures of single records, and what breaks the protocol.
# shellcheck disable=SC2016
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
# shellcheck source=programs.inc
source "$tests/e2e/programs.inc"

# frames NAME GROUP: the script on standard input runs for each record, with its number in $i and its text in $r.
frames() {
  {
    printf '#!/bin/sh\necho '\''{"streamz":1,"stage":"%s"}'\''\n' "$1"
    [[ $2 == sources ]] || cat << 'END'
while IFS= read -r line; do
  i=${line#'{"i":'} r=${line#*'"r":'}
  i=${i%%,*} r=${r%\}}
END
    cat
    [[ $2 == sources ]] || echo 'done'
  } | program "$1" "$2" '"protocol":"frames",'
}

frames twice nodes << 'END'
echo "{\"i\":$i,\"r\":$r}" "
{\"i\":$i,\"r\":[$r]}
{\"ack\":$i}"
END
equal "1.0 [1.0] \"x\" [\"x\"]" "$(printf '1.0\n"x"\n' | streamz twice | paste -sd' ')"
equal "1 [1] [1] [[1]]" "$(echo 1 | streamz twice ! twice | paste -sd' ')"

# Several records in one result.
frames pairs nodes << 'END'
if [ -z "$before" ]; then
  before=$r
else
  echo "{\"r\":[$before,$r],\"i\":[$((i - 1)),$i]}"
  echo "{\"ack\":[$((i - 1)),$i]}"
  before=
fi
END
equal "[1,2] [3,4]" "$(seq 4 | streamz pairs | paste -sd' ')"

frames numbers sources << 'END'
seq 3 | sed 's/.*/{"r":&}/'
echo '{"log":"that was all"}'
END
frames keeps sinks << 'END'
echo "$r" >> keeps.out
echo "{\"ack\":$i}"
END
gives 0 streamz numbers ! keeps
says 'streamz: numbers: that was all'
equal "1 2 3" "$(paste -sd' ' keeps.out)"

# ---- a record that fails
frames odd nodes << 'END'
case $r in
  *[13579]) echo "{\"i\":$i,\"r\":$r}"; echo "{\"ack\":$i}" ;;
  *) echo "{\"i\":$i,\"error\":\"\\\"$r\\\" is even\"}" ;;
esac
END
fault 5 'error[R0301]: odd: "2" is even' 'numbers ! odd'
says '= record: 2'
fault 5 'not tried again: this stage finds out when it is done with the record' 'numbers ! odd on_error=retry:2'
equal "1 3" "$(streamz -q numbers ! odd on_error=skip 2> err | paste -sd' ')"

# ---- faults of the program
plugin silent nodes '["sh", "-c", "exit 4"]' '"protocol":"frames",'
fault 1 'error[E0155]: silent: exited with status 4 before its first line' 'numbers ! silent'
says '= help: the first line of a frames program is {"streamz":1,"stage":"silent"}'
plugin other nodes '["echo", "{\"streamz\":1,\"stage\":\"another\"}"]' '"protocol":"frames",'
fault 1 'other: its first line is not {"streamz":1,"stage":"other"}: `{"streamz":1,"stage":"another"}`' 'numbers ! other'
plugin plain nodes '["cat"]' '"protocol":"frames",'
wrong() { # MESSAGE LINE: what is said of a node that answers the first record with the line
  frames wrong nodes <<< "echo '$2'"
  fault 1 "error[E0155]: wrong: $1" 'numbers ! wrong ! to_null'
}
wrong 'line 2 of its output is not JSON: `DEBUG`' 'DEBUG'
wrong 'line 2 of its output is no frame: `7`' '7'
wrong 'line 2 of its output is no frame: `{"i":1}`' '{"i":1}'
wrong 'line 2 of its output is no frame: `{"ack":"1"}`' '{"ack":"1"}'
wrong 'line 2 of its output is no frame: `{"log":1}`' '{"log":1}'
wrong 'line 2 of its output names record 9, which is not open: `{"ack":9}`' '{"ack":9}'
wrong 'line 2 of its output names no record: `{"r":1}`' '{"r":1}'
wrong 'ended without acknowledging 3 of its records, first 1' ''
says '= help: it has to print {"ack":1} when it is done with record 1'
frames shout sinks <<< 'echo "{\"i\":$i,\"r\":$r}"'
fault 1 'shout: line 2 of its output is a result, which a sink has no use for: `{"i":1,"r":1}`' 'numbers ! shout'
frames gives_up sources <<< 'echo "{\"error\":\"no more\"}"; sleep 1000'
fault 1 'error[E0155]: gives_up: no more' 'gives_up'

# ---- one that wants no more, and nobody who wants its output
frames first nodes <<< 'echo "{\"i\":$i,\"r\":$r}"; echo "{\"ack\":$i}"; exit 0'
equal 1 "$(yes 1 | timeout 60 "$STREAMZ" first)"
equal "1 [1] 1" "$(yes 1 | timeout 60 "$STREAMZ" twice ! head 3 | paste -sd' ')"

# ---- virtual time passes when every record is answered, or a program is silent
cat > time.test << 'END'
twice ! timed_window 10s
< 1 2
> 
@ 10s
> [1,[1],2,[2]]
< 3
@ 10s
> [3,[3]]

pairs
< 1
>
< 2 3
> [1,2]
< 4
> [3,4]

lines
< 1
> 1
< 2
> 2
END
plugin lines nodes '["cat"]'
gives 0 timeout 60 "$STREAMZ" test time.test
