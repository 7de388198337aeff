#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Files of a directory: those that are there, those that come by any way, thousands at once, and kill -9 meanwhile.
#   BURST=10000   files at once (2000)
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

# shellcheck source=follow.inc
source "$tests/e2e/follow.inc"

# What is there: by name or by time, packed or not, and nothing that is not complete.
mkdir -p in/sub
echo 1 > in/b && echo 2 | gzip > in/a.jsonl.gz && printf 'x\n7\n' > in/c.csv && echo 4 > in/sub/d
echo 0 > in/.hidden && echo 0 > in/e.tmp && echo 0 > in/f.part
touch -d '2024-01-01' in/c.csv
equal '2 1 {"x":7}' "$(streamz from_directory in follow=false | paste -sd' ')"
equal '{"x":7} 2 1' "$(touch -d '2024-01-03' in/b && touch -d '2024-01-02' in/a.jsonl.gz && streamz from_directory in follow=false order=time | paste -sd' ')"
equal '2 1 {"x":7} 4' "$(streamz from_directory in follow=false recursive=true | paste -sd' ')"
equal '1' "$(streamz from_directory 'in/b*' follow=false | paste -sd' ')"
equal '["in/a.jsonl.gz",22] ["in/b",2] ["in/c.csv",4]' \
  "$(streamz from_directory in follow=false emit=paths ! map '[.path,.size]' | paste -sd' ')"

# What comes: closed, moved here, linked, in a new directory, and written by somebody who never closes it.
follow from_directory in recursive=true settle=200ms interval=50ms ! to_file out
until_lines out 4
exec 5> in/slow
echo 10 >&5
echo 5 > in/g && mv in/e.tmp in/h && ln in/h in/again && mkdir in/new && echo 6 > in/new/i
until_lines out 8
exec 5>&-
equal '0 1 10 2 4 5 6 {"x":7}' "$(LC_ALL=C sort out | paste -sd' ')"
stop

# Without an end, however that was written.
gives 0 streamz explain 'from_directory . follow=yes ! agg n=count'
grep -q 'from_directory has no end' out || fail "$(< out)"

# Deleted, or moved away, once all of it is in the file.
mkdir -p queue away
for i in 1 2 3; do echo "$i" > "queue/$i"; done
gives 0 streamz from_directory queue follow=false done=delete ! to_file all
equal "1 2 3" "$(paste -sd' ' all)"
equal "" "$(ls queue)"
echo 4 > queue/4
gives 0 streamz from_directory queue follow=false done=move:away ! to_null
equal "4" "$(ls away)"
echo 5 > queue/4
gives 1 streamz from_directory queue follow=false done=move:away ! to_null
says 'cannot move queue/4 to away/4: File exists'
rm queue/4
for i in 1 2 3; do echo "$i" > "queue/$i"; done
gives 0 streamz --checkpoint ended from_directory queue follow=false done=delete ! to_file ended.out
equal "1 2 3" "$(paste -sd' ' ended.out)"
equal "" "$(ls queue)"
echo oops > queue/5
gives 5 streamz from_directory queue follow=false done=delete ! to_null
equal "5" "$(ls queue)"
rm queue/5

# Many at once, the same run killed again and again: every record once, and all files gone.
burst=${BURST:-2000}
[[ -z ${STREAMZ_SANITIZE:-} ]] || burst=300
python3 -c "
import sys
for i in range($burst):
    with open('queue/%05d.jsonl' % i, 'w') as file:
        for j in range(3):
            file.write('%d\n' % (3 * i + j))
" &
writer=$!
for _ in {1..8}; do
  follow -q --checkpoint ck --checkpoint-interval 10ms from_directory queue done=delete settle=100ms interval=50ms ! to_file burst.out
  read -r -t "0.$(printf %03d $((RANDOM % 300 + 20)))" _ <> <(:) || true
  kill -KILL "$pid"
  wait "$pid" 2> null || true
  [[ ! -s err ]] || fail "$(< err)"
done
wait "$writer"
follow -q --checkpoint ck --checkpoint-interval 10ms from_directory queue done=delete settle=100ms interval=50ms ! to_file burst.out
until_lines burst.out $((3 * burst))
end=$((SECONDS + 30))
until [[ -z $(ls queue) ]]; do ((SECONDS < end)) || fail "left: $(find queue -type f | head -3)"; done
stop
sort -n burst.out | cmp - <(seq 0 $((3 * burst - 1))) || fail "not every record once"

# More changes than the system keeps: it says so, and everything is looked at.
mkdir lost
follow from_directory lost settle=200ms interval=1h ! to_file found
exec 5> lost/a 6> lost/b
until [[ -n $(find "/proc/$pid/fd" -lname '*inotify*') ]]; do :; done
echo 1 > lost/c
until_lines found 1
kill -STOP "$pid"
for ((i = 0; i < 10000; ++i)); do echo >&5 && echo >&6; done
echo 2 > lost/d
kill -CONT "$pid"
until_lines found 2
exec 5>&- 6>&-
stop

# Looking by itself, as on a network file system
follow from_directory queue watch=poll settle=50ms interval=20ms ! to_file polled
echo 1 > queue/1
until_lines polled 1
stop
