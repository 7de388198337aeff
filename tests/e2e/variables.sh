#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What options give to jq programs: variables, modules and programs in files, in both engines.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

printf '{"a":1}\n' > in
# both WANTED ARGUMENT... PROGRAM: what the program gives by the native engine and, with a function
# that only libjq has, by that.
both() {
  local wanted=$1 program=${*: -1}
  equal "$wanted" "$(streamz -i in "${@:2:$#-2}" map "$program" | paste -sd' ')"
  equal "$wanted" "$(streamz -i in "${@:2:$#-2}" map "def unused: get_search_list; $program" | paste -sd' ')"
}
printf '[1,2]\n{"b":\n 3} 4' > values.json
printf 'two\n"lines"\n' > text
both '["x",{"k":[1]},1]' --arg s x --argjson j '{"k":[1]}' '[$s, $j, .a]'
both '"-r"' --arg s -r '$s'
both '""' --arg s '' '$s'
both '"say \"hé\" \\n"' --arg s 'say "hé" \n' '$s'
both '"two\n\"lines\"\n"' --rawfile t text '$t'
both '[[1,2],{"b":3},4]' --slurpfile v values.json '$v'
both '{"s":"1","v":[[1,2],{"b":3},4]}' --arg s 1 --slurpfile v values.json '$ARGS.named'
both '{"positional":[],"named":{}}' '$ARGS'
both 7 --arg s x '7 as $s | $s'
export TOKEN='a b'
both '"a b" "a b"' '$ENV.TOKEN, env.TOKEN'
both '{"file":"<top-level>","line":1}' '$__loc__'
equal 2 "$(streamz --argjson least 2 seq 3 ! filter '. >= $least' ! head 1)"
equal '12345678901234567890 1.0' "$(streamz -i in --argjson n '[12345678901234567890, 1.0]' map '$n[]' | paste -sd' ')"
equal 3 "$(printf '#!%s -f\nmap . + $n\n' "$STREAMZ" > plus.sz && chmod +x plus.sz && echo 1 | ./plus.sz --argjson n 2)"
echo '3 as $x | $x + $y' > sum.jq
equal 4 "$(streamz -i in --argjson y 1 map @sum.jq)"
# Where a stage sets $state, what options give stands beside it.
equal 30 "$(streamz --argjson by 10 seq 3 ! accumulate '$state + $by' start=0 ! last 1 ! head 1)"

# A plugin's expressions are the same.
mkdir plugins
cp "$STREAMZ_BUILD/tests/plugins/test_plugin.so" plugins
echo '{"streamz": 1, "name": "test_plugin", "version": "1.0", "entry_points": {"streamz.nodes": ["ask = test_plugin:Ask"]}}' > plugins/test_plugin.json
equal '["x",1]' "$(streamz -i in --plugin-path plugins --arg s x ask '[$s, .a]')"
gives 3 streamz -i in --plugin-path plugins --arg status x ask '$stauts' && says 'did you mean `$status`?'

# Unknown ones are found before anything runs.
gives 3 streamz -i in --arg status 1 map '$stauts'
equal "error[E0202]: jq: \`\$stauts\` is not defined
  | map '\$stauts'
  |      ^^^^^^^ did you mean \`\$status\`?
  = help: --arg NAME TEXT before the chain gives \$NAME; see streamz help syntax" "$(< err)"
gives 3 streamz -i in map 'get_search_list | $nobody' && says '    ^^^^^^^' && says -- '--arg NAME TEXT'

# refuses TEXT [PLACE] -- OPTION...: status 2 with that message, and the marks under PLACE.
refuses() {
  gives 2 streamz "${@:4}" count
  says "$1"
  equal "$(printf '%s\n%s' "  | $2" "  | $3")" "$(sed -n 2,3p err)"
}
refuses 'streamz: --argjson: `x` is not JSON' "--argjson x '{a:1}'" \
  '              ^ expected a key in double quotes' --argjson x '{a:1}'
refuses '`x` is not JSON' '--argjson x foo' '            ^ `foo` is not JSON; for a text use --arg' --argjson x foo
refuses '`x` is not JSON' "--argjson x '1 2'" '               ^ two values on one line' --argjson x '1 2'
refuses '`x` has no value' "--argjson x ''" "             ^ write null, 0, '\"text\"', [] or {}" --argjson x ''
refuses '`$x` is no name' "--arg '\$x' 1" '       ^^ without the dollar here: --arg x' --arg '$x' 1
refuses '`1x` is no name' '--arg 1x 1' '      ^^ letters, digits and `_`; no digit first' --arg 1x 1
refuses '`$state` is taken' '--arg state 1' '      ^^^^^ stages such as accumulate set it; take another name' --arg state 1
refuses '`$ENV` is taken' '--arg ENV 1' "      ^^^ it is jq's own; take another name" --arg ENV 1
refuses '`x` is given twice' '--argjson x 2' '          ^ the first is of --arg' --arg x 1 --argjson x 2
refuses '`x` is given twice' '--arg x 2' '      ^ the first is of --arg' --arg x 1 --arg x 2
refuses 'cannot read none' '--rawfile x none' '            ^^^^ No such file or directory' --rawfile x none
refuses 'cannot read none' '--slurpfile x none' '              ^^^^ No such file or directory' --slurpfile x none
refuses "standard input is the chain's" '--rawfile x -' '            ^ name a file' --rawfile x -
printf '1 {"a":\n [1,}' > bad.json
printf 'ab\n c\xff\n' > bad.txt
printf '1 nope' > word.json
refuses 'bad.json:2:6: the input ends inside a value' '--slurpfile x bad.json' \
  '              ^^^^^^^^ line 2, column 6 of it' --slurpfile x bad.json
refuses 'word.json:1:3: `nope` is not JSON' '--slurpfile x word.json' \
  '              ^^^^^^^^^ line 1, column 3 of it' --slurpfile x word.json
refuses 'bad.txt:2:3: not UTF-8 (0xff)' '--rawfile x bad.txt' \
  '            ^^^^^^^ line 2, column 3 of it' --rawfile x bad.txt
refuses '`x` is not UTF-8' "--arg x 'a?'" '          ^ not UTF-8 (0xff)' --arg x $'a\xff'
gives 2 streamz --argjson x "$(seq -s, 1000)" count && says '`x` is not JSON (`,` after the value)'
gives 2 streamz --arg && says '--arg needs two words: --arg NAME TEXT'
gives 2 streamz --rawfile x && says '--rawfile needs two words: --rawfile NAME FILE'
gives 2 streamz plugins --arg x 1 list && says 'unknown option --arg'

# libjq would round it.
gives 3 streamz -i in --argjson n 9007199254740993 map 'get_search_list | $n'
says '$n holds 9007199254740993, which libjq 1.6 would round'

# Programs in files: the message has the place there.
printf '.a |\n  # a comment\n  lenght\n' > wrong.jq
gives 3 streamz -i in map @wrong.jq ! count
equal 'error[E0202]: wrong.jq:3:3: jq: `lenght/0` is not defined
  | map @wrong.jq ! count
  |     ^^^^^^^^^ did you mean `length`?
  = line:   lenght' "$(< err)"
gives 2 streamz -i in map @none.jq && says 'none.jq: No such file or directory'

# What runs in libjq, and why, is said.
gives 0 streamz -i in explain map 'get_search_list | length' ! map .a
grep -q '^ *get_search_list | length runs in libjq' out || fail "$(< out)"
grep -q '^ *\.a runs in native$' out || fail "$(< out)"
equal 'libjq 1.6 (for get_search_list/0) native' \
  "$(streamz -i in explain --json map 'get_search_list | length' ! map .a | jq -r '.stages[].expressions[]?.engine' | paste -sd' ')"

# Modules
mkdir lib
echo 'def inc: . + 1; def times($n): . * $n;' > lib/m.jq
echo '{"k":5}' > lib/data.json
echo 'def f: 1 +;' > lib/broken.jq
echo 'def f: trim;' > lib/newer.jq
equal 2 "$(streamz -i in -L lib map 'include "m"; .a | inc')"
equal '[2,3,5]' "$(streamz -i in -L lib --argjson n 3 map 'import "m" as m; import "data" as $d; [.a | m::inc, m::times($n), $d::d[0].k]')"
echo 'import "m" as m; .a | m::inc' > main.jq
equal 2 "$(streamz -i in -L lib map @main.jq)"
gives 0 streamz -i in -L lib explain map @main.jq && grep -q '@main.jq runs in libjq .* (for modules)' out
gives 2 streamz -L none count && says '-L: none: No such file or directory'
gives 3 streamz -i in map 'import "m" as m; m::inc' && says 'module not found: m' && says '^^^^^^^^^^ -L DIR says where it is'
gives 3 streamz -i in -L lib map 'include "m"; $nobody' && says '`$nobody` is not defined'
gives 3 streamz -i in -L lib map 'include "m"; dec' && says '`dec/0` is not defined' && says 'no module has it'
gives 3 streamz -i in -L lib map 'include "m"; inc +' && says 'the program ends after `+`'
gives 3 streamz -i in -L lib map 'include "broken"; f' && says 'lib/broken.jq, line 1'
gives 3 streamz -i in -L lib map 'include "newer"; f' && says '`trim/0` needs jq 1.7, this libjq is 1.6'
gives 3 streamz -i in -L lib map 'import m as m; .' && says 'the name of a module is missing'
gives 3 streamz -i in -L lib map 'import "m"; .' && says 'a name for the module is missing'
gives 3 streamz -i in -L lib map 'import "\(1)" as m; .' && says 'the name of a module must be constant'
