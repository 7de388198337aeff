#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checkpoints: what a signal leaves behind and a later run takes up, and what cannot have one.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

# shellcheck source=follow.inc
source "$tests/e2e/follow.inc"

# Told to end, a run saves and leaves: windows are not closed, files do not get their names.
seq 3000 > numbers
# stopped SIGNAL N: when `all` has N lines
stopped() {
  local status=0 pid
  "$STREAMZ" --checkpoint ck 'from_textfile numbers follow=true ! map tonumber name=n ! partition 700 ! map add ! to_file sums mode=replace ; n. ! to_file all' 2> err &
  pid=$!
  until_lines all "$2"
  kill "-$1" "$pid"
  wait "$pid" || status=$?
  equal "$((128 + $(kill -l "$1")))" "$status"
  [[ ! -e sums ]] || fail "a file that is not complete has its name"
  equal "$(< numbers)" "$(< all)"
}
stopped TERM 3000
says 'streamz: terminated: stopped after 3000 records read'
seq 3001 3100 >> numbers
stopped INT 3100
says 'streamz: goes on from the checkpoint in ck'
says 'streamz: interrupted: stopped after 100 records read'
equal 1 "$(find . -name 'sums.*.tmp' | wc -l)"
equal "245350 735350 1225350 1715350" "$(paste -sd' ' sums.*.tmp)"

# --timeout is such an end too; what is left is less each time.
"$STREAMZ" seq 6000 ! map '{n: ., k: (. % 7)}' ! to_file in.jsonl
"$STREAMZ" -i in.jsonl agg s=sum:.n by=.k ! to_file wanted.jsonl
for ((runs = 1; runs < 30; ++runs)); do
  status=0
  "$STREAMZ" --checkpoint slow --timeout 200ms -i in.jsonl rate_limit 5000/s ! agg s=sum:.n by=.k ! to_file got.jsonl 2> err || status=$?
  [[ $status == 124 ]] || break
done
equal 0 "$status"
((runs > 2)) || fail "it took $runs runs only"
cmp wanted.jsonl got.jsonl || fail "stopped and gone on gives something else"

# It has come to its end: nothing is done twice, unless it shall.
gives 0 streamz --checkpoint slow -i in.jsonl rate_limit 5000/s ! agg s=sum:.n by=.k ! to_file got.jsonl
says 'streamz: this chain has come to its end before; --fresh runs it again'
cmp wanted.jsonl got.jsonl
gives 0 streamz --checkpoint ck2 -i in.jsonl count
equal 6000 "$(< out)"
gives 0 streamz --checkpoint ck2 --fresh -i in.jsonl count
equal 6000 "$(< out)"
silent

# another chain
gives 2 streamz --checkpoint ck2 -i in.jsonl head 5
says 'streamz: --checkpoint ck2: it is of another chain
  then: count ; from_file path=in.jsonl ; to_stdout
  now:  head 5 ; from_file path=in.jsonl ; to_stdout
  = help: --fresh begins anew and forgets it'

# what cannot be read again, or is not here
gives 3 streamz --checkpoint ck3 count
says 'error[E0137]: --checkpoint: `from_stdin` cannot be read again'
says 'from a file it can: -i FILE'
gives 3 streamz --checkpoint ck3 'from_periodic 1s ! head 3'
says '`from_periodic` cannot be read again'
gives 3 streamz --checkpoint ck3 -i in.jsonl to_process cat
says '--checkpoint: what `to_process` was given is in another process'
gives 1 streamz --checkpoint ck3 -i - count < in.jsonl
says 'standard input cannot be read again, so there is no checkpoint of it'
mkfifo pipe
gives 1 streamz --checkpoint ck3 -i pipe count
says 'pipe cannot be read again, so there is no checkpoint of it'

# files that are not what they were
for ((i = 0; i < 5; ++i)); do
  rm -rf ck4 got4
  status=0
  "$STREAMZ" --checkpoint ck4 --timeout 100ms -i in.jsonl rate_limit 5000/s ! to_file got4 2> err || status=$?
  [[ $status == 124 ]] && break
done
equal 124 "$status"
cp -r ck4 ck5 && cp got4 got5
head -c 5 got5 > got4
gives 1 streamz --checkpoint ck4 -i in.jsonl rate_limit 5000/s ! to_file got4
says "got4 has 5 bytes, and $(wc -c < got5) at the checkpoint: it is not the file that was written"
cp got5 got4 && cp in.jsonl whole.jsonl && head -c 7 whole.jsonl > in.jsonl
gives 1 streamz --checkpoint ck4 -i in.jsonl rate_limit 5000/s ! to_file got4
says 'in.jsonl has 7 bytes, and the checkpoint stands at '
cp whole.jsonl in.jsonl
echo 'half a record' >> got4
gives 0 streamz --checkpoint ck4 -i in.jsonl rate_limit 5000/s ! to_file got4
cmp in.jsonl got4 || fail "what was written behind the checkpoint is still there"

# A file that has its name, and of which the checkpoint does not know that yet, is copied.
gives 124 streamz --checkpoint ck8 --timeout 1s -i in.jsonl rate_limit 5000/s ! to_file got8 mode=replace
cp -r ck8 ck9
gives 0 streamz --checkpoint ck8 -i in.jsonl rate_limit 5000/s ! to_file got8 mode=replace
gives 1 bash -c 'ulimit -f 2; exec "$0" "$@"' "$STREAMZ" --checkpoint ck9 -i in.jsonl rate_limit 5000/s ! to_file got8 mode=replace
says 'got8: File too large'
cmp in.jsonl got8
gives 0 streamz --checkpoint ck9 -i in.jsonl rate_limit 5000/s ! to_file got8 mode=replace
cmp in.jsonl got8

# damaged, and not to be written
cp -r ck5 ck6 && echo x > ck6/state && rm -f ck6/state.old
gives 2 streamz --checkpoint ck6 -i in.jsonl rate_limit 5000/s ! to_file got4
says '--checkpoint: ck6/state: it is damaged: it does not begin as a checkpoint does'
says '--fresh begins anew'
mkdir -p ck7/state.new/full
gives 6 streamz --checkpoint ck7 -i in.jsonl count
says 'error[E0903]: cannot write the checkpoint ck7/state.new: Is a directory'
gives 2 streamz --checkpoint numbers -i in.jsonl count
says '--checkpoint numbers: '
