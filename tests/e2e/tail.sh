#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Following files: rotation by all means, kill -9 at random moments of it, many files, and what cannot be followed.
#   KILLS=100 WRITE=60 ROTATE=1   how often, for how many seconds it is written, and how often rotated (8, 4, 0.2)
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

# shellcheck source=follow.inc
source "$tests/e2e/follow.inc"

# A file that comes later, lines that are written in pieces, and one whose end never comes.
follow tail a.log from=beginning format=jsonl rotate_wait=100ms ! to_file out
printf '1\n2\n3' > a.log
until_lines out 2
printf '3\n4\n' >> a.log
until_lines out 4
equal "1 2 33 4" "$(paste -sd' ' out)"
# moved away, with a last line behind it that has no end
mv a.log a.log.1
printf '6' >> a.log.1
printf '7\n' > a.log
until_lines out 6
equal "1 2 33 4 6 7" "$(sort -n out | paste -sd' ' | sed 's/ 33\(.*\)/\1/; s/1 2/1 2 33/')"
# copied and emptied: the copy is no file of its own
cp a.log a.log.copy
: > a.log
printf '8\n' >> a.log
until_lines out 7
# deleted, and written anew
rm a.log
printf '9\n' > a.log
until_lines out 8
# moved away and written anew many times before anybody looks
kill -STOP "$pid"
for n in 10 11 12 13; do
  mv a.log "a.log.$n"
  echo "$n" > a.log
done
kill -CONT "$pid"
until_lines out 12
# (born in the same tick of the clock, they can be read in any order)
equal "8 9 10 11 12 13" "$(tail -6 out | sort -n | paste -sd' ')"
stop
says 'a.log was emptied: it is read from its beginning'

# from=end begins behind the last newline, a pattern finds files that come later, and a name is any bytes.
mkdir -p d
printf '1\n2\n{"half":' > d/b.jsonl
follow tail 'd/*.jsonl' interval=50ms ! to_file many
until [[ -n $(find "/proc/$pid/fd" -lname '*b.jsonl' 2> null) ]]; do :; done
printf '3}\n' >> d/b.jsonl
odd=$'d/new\nline \xff.jsonl'
printf '4\n' > "$odd"
until_lines many 2
printf '5\n' >> "$odd"
until_lines many 3
equal '4 5 {"half":3}' "$(sort many | paste -sd' ')"
stop

# A pattern that the moved file matches too: it is the same file.
follow tail 'd/c.log*' from=beginning format=jsonl interval=50ms rotate_wait=100ms ! to_file once
printf '1\n' > d/c.log
until_lines once 1
mv d/c.log d/c.log.1
printf '2\n' > d/c.log
until_lines once 2
printf '3\n' >> d/c.log.1
until_lines once 3
equal "1 2 3" "$(sort once | paste -sd' ')"
stop

# Looking by itself, as on a network file system
follow tail p.log from=beginning format=jsonl watch=poll interval=20ms rotate_wait=50ms ! to_file polled
printf '1\n' > p.log
until_lines polled 1
mv p.log p.log.1 && printf '2\n' > p.log
until_lines polled 2
stop

# A line that is too long, and one that is no JSON: only they are left out.
follow --on-error=skip tail long.log from=beginning format=jsonl ! to_file kept
{ printf '"' && head -c 17M /dev/zero | tr '\0' x && printf '"\noops\n7\n'; } > long.log
until_lines kept 1
equal 7 "$(< kept)"
stop
says 'streamz: 2 records failed and left out'

# ---- checkpoints
chain="tail app.log from=beginning format=jsonl rotate_wait=300ms name=t ! to_file all.jsonl ;
  t. ! filter .n%3>0 ! to_files 'parts/{.n % 10}.jsonl.gz' open_files=4 rotate=100K"
# What is rotated before anybody has looked is nobody's: a checkpoint knows the file from here on.
echo '{"n":1,"text":""}' > app.log
follow -q --checkpoint ck --checkpoint-interval 10ms "$chain"
until_lines all.jsonl 1
stop
python3 - "${WRITE:-4}" "${ROTATE:-0.2}" << 'END' &
import os, sys, time
end, rotate = time.monotonic() + float(sys.argv[1]), float(sys.argv[2])
number, generation, next_rotation = 1, 0, time.monotonic() + rotate
log = open("app.log", "ab", buffering=0)
while time.monotonic() < end:
    lines = b""
    for _ in range(number % 50 + 1):
        number += 1
        lines += b'{"n":%d,"text":"%s"}\n' % (number, b"x" * (number % 200))
    cut = len(lines) // 2
    log.write(lines[:cut])
    log.write(lines[cut:])
    time.sleep(0.001)
    if time.monotonic() > next_rotation:
        generation += 1
        next_rotation += rotate
        os.rename("app.log", "app.log.%04d" % generation)
        log = open("app.log", "ab", buffering=0)
        if generation > 200:
            os.unlink("app.log.%04d" % (generation - 200))
open("written", "w").write(str(number))
END
writer=$!
kills=0
while ((kills < ${KILLS:-8})); do
  follow -q --checkpoint ck --checkpoint-interval 10ms "$chain"
  read -r -t "0.$(printf %03d $((RANDOM % 500 + 20)))" _ <> <(:) || true
  kill -KILL "$pid"
  wait "$pid" 2> null || true
  [[ ! -s err ]] || fail "after $kills kills: $(< err)"
  ((++kills))
done
wait "$writer"
follow -q --checkpoint ck --checkpoint-interval 10ms "$chain"
until_lines all.jsonl "$(< written)"
stop
jq -r .n all.jsonl > numbers
seq "$(< written)" | cmp - numbers || fail "after $kills kills: not every record once and in order"
cat parts/*.gz | zcat | jq .n | sort -n | cmp - <(seq "$(< written)" | awk '$1 % 3') || fail "after $kills kills: not every record once in the parts"
echo "$kills kills, $(< written) records in $(find . -name 'app.log*' | wc -l) files: each once"

[[ $(grep -c '' ck/state) -lt 40 ]] || fail "the state grows with each rotation: $(grep -c '' ck/state) lines"

# The file that was read is gone with what was added to it.
mv app.log elsewhere.log && mkdir gone && mv elsewhere.log gone
find . -maxdepth 1 -name 'app.log.*' -delete
echo '{"n":0}' > app.log
gives 1 streamz --checkpoint ck "$chain"
says 'cannot go on in app.log: the file that was read up to byte '
says 'what was added to it after that is lost; --fresh goes on without it'

# One that nobody has read is packed: which it was cannot be told by then.
echo 1 > p.log
follow --checkpoint pk --checkpoint-interval 10ms tail p.log from=beginning ! to_file p.out
until_lines p.out 1
stop
mv p.log p.log.2
echo 2 > p.log
gzip p.log && mv p.log.gz p.log.1.gz
echo 3 > p.log
gives 1 streamz --checkpoint pk 'tail p.log from=beginning ! to_file p.out'
says 'cannot go on in p.log: p.log.1.gz was packed before it was read'
says 'from_file reads it; when it is moved away, this goes on without it'
rm p.log.1.gz
follow --checkpoint pk --checkpoint-interval 10ms tail p.log from=beginning ! to_file p.out
until_lines p.out 2
stop
equal '"1" "3"' "$(paste -sd' ' p.out)"

# what cannot be followed
gives 1 streamz tail no/such/dir/x
says 'cannot follow no/such/dir/x: No such file or directory'
