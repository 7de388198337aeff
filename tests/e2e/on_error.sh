#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records that fail: what each policy does with them, what dead letters say, and what the run says at its end.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

printf '%s\n' '{"a":1}' '{"a":"x"}' 'oops' '{"a":3}' $'"\xff"' > in.jsonl
add='map .a+1'

# fail: at the first one, with its place
gives 5 streamz -i in.jsonl "$add"
says 'in.jsonl:2:1 (byte 8): {"a":"x"}'

# skip: one line says how many
gives 0 streamz --on-error=skip -i in.jsonl "$add"
equal "2 4" "$(paste -sd' ' out)"
equal "streamz: 3 records failed and left out" "$(< err)"

# dead: each with its reason and place, and in the order in which they came
gives 0 streamz --dead-letter dead.jsonl -i in.jsonl "$add"
equal "2 4" "$(paste -sd' ' out)"
equal "streamz: 3 records failed and went to the dead letters" "$(< err)"
jq -c . dead.jsonl > null || fail "dead letters are no JSON: $(< dead.jsonl)"
fields='[(.record | if type == "string" then . else tojson end), .stage, .error, .source, .line, .offset] | join("|")'
equal '{"a":"x"}|map|string ("x") and number (1) cannot be added|in.jsonl|2|8
oops|from_file|`oops` is not JSON|in.jsonl|3|18
"'$'\xef\xbf\xbd''"|from_file|not UTF-8 (0xff)|in.jsonl|5|32' "$(jq -r "$fields" dead.jsonl)"
equal '"\xff"' "$(jq -r 'select(.base64).base64' dead.jsonl | base64 -d | cat -v | sed 's/M-^?/\\xff/')"

# It is added to, what is no file of lines is known by null, and -q says nothing.
gives 0 streamz -q --dead-letter dead.jsonl from_iterable '[1,"x"]' ! map .+1
silent
equal 'x|map|string ("x") and number (1) cannot be added|||' "$(tail -1 dead.jsonl | jq -r "$fields")"
gives 2 streamz --dead-letter no/such/dir from_iterable '[1]'
says '--dead-letter no/such/dir: No such file or directory'
gives 1 streamz --dead-letter /dev/full from_iterable '["x"]' ! map .+1
says 'cannot write to /dev/full: No space left on device'

# what is said of the policies themselves
gives 2 streamz --on-error=dead from_iterable '[1]'
says '--on-error: dead letters have nowhere to go'
says '--dead-letter FILE says where'
gives 3 streamz 'from_iterable [1] ! map . name=m on_error=dead'
says 'dead letters of `map m` have nowhere to go'
says 'm.errors ! to_file F'
gives 2 streamz --on-error=retry:x from_iterable '[1]'
says '`x` is no number of retries'
gives 2 streamz --on-error=retry:2,never from_iterable '[1]'
says '`never` cannot follow the retries'

# port `errors`: to read it is to ask for it, and a stage does not go on for its sake alone
chain='map .a+1 name=m ! to_stdout ; m.errors ! map [.record,.line] ! to_file bad.jsonl'
gives 5 streamz -i in.jsonl "$chain"
says '`oops` is not JSON'
equal "2" "$(< out)"
rm bad.jsonl
gives 0 streamz -q --on-error=skip -i in.jsonl "$chain"
equal "2 4" "$(paste -sd' ' out)"
equal '[{"a":"x"},2]' "$(< bad.jsonl)"
gives 0 streamz -q -j 3 --on-error=skip -i in.jsonl "$chain"
equal '[{"a":"x"},2] [{"a":"x"},2]' "$(paste -sd' ' bad.jsonl)"
gives 0 streamz -q 'seq 1000000000000 ! map 1/(.-3) name=m ! head 5 ; m.errors ! map .record ! to_file third'
equal 3 "$(< third)"
gives 0 streamz -q 'from_file in.jsonl name=f ! map .a? ! count ; f.errors ! pluck line ! to_file lines'
equal "3 5" "$(paste -sd' ' lines)"
says_port='from_iterable [1,2] ! map . name=m ! to_null ; m.error ! to_stdout'
gives 3 streamz "$says_port"
says '`map` has no output `error`'

# more than --max-errors
gives 5 streamz --max-errors 1 --dead-letter dead.jsonl -i in.jsonl "$add"
says 'more records failed than --max-errors allows'
gives 0 streamz --max-errors 3 --dead-letter dead.jsonl -i in.jsonl "$add"

# retry: until it goes, or not at all; then what is said behind the comma
soon=$(jq -n 'now + 0.25')
gives 0 streamz --argjson soon "$soon" 'from_iterable [1] ! map (if now < $soon then error else . end) on_error=retry:3'
equal 1 "$(< out)"
gives 5 streamz --clock=virtual 'from_iterable [1,0,2] ! map 1/. on_error=retry:12'
equal 1 "$(< out)"
gives 0 streamz --clock=virtual 'from_iterable [1,0,2] ! map 1/. on_error=retry:2,skip'
equal "1 0.5" "$(paste -sd' ' out)"
equal "streamz: 1 record failed and left out" "$(< err)"
gives 0 streamz --clock=virtual --dead-letter dead.jsonl 'from_iterable [1,0,2] ! map 1/. on_error=retry:2,dead ! map 1/(.-1) on_error=skip'
equal "-2" "$(< out)"
equal "streamz: 2 records failed: 1 left out, 1 dead" "$(< err)"

gives 5 streamz 'from_iterable [1] ! exec "echo >> tries; false" on_error=retry:2'
says 'exec: exited with status 1'
equal 3 "$(wc -l < tries)"

# A file that is full ends with a whole line, and what is full says so, after it was tried again.
gives 1 bash -c 'ulimit -f 8; exec "$0" "$@"' "$STREAMZ" 'seq 1000000 ! map {number:.} ! to_file full.jsonl'
says 'error[E0902]: to_file: cannot write to full.jsonl: File too large'
equal '{"number":1}' "$(head -1 full.jsonl)"
jq -se '[.[].number] == [range(1; length + 1)] and length > 100' full.jsonl > null || fail "half a line: $(tail -c 50 full.jsonl)"
equal "" "$(tail -c 1 full.jsonl)"
gives 1 bash -c 'ulimit -f 8; exec "$0" "$@"' "$STREAMZ" --dead-letter short.jsonl 'seq 1000000 ! map {}+.'
says 'cannot write to short.jsonl: File too large'
jq -e .record short.jsonl > null || fail "half a dead letter: $(tail -c 80 short.jsonl)"
gives 1 streamz --clock=virtual 'seq 3 ! to_file /dev/full on_error=retry:2'
says 'cannot write to /dev/full: No space left on device'
