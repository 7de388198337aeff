#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Programs as plugins before a record flows: their files, what the commands say of them, their description.
# shellcheck disable=SC2016
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
# shellcheck source=programs.inc
source "$tests/e2e/programs.inc"

# ---- files
plugin absent nodes '["no-such-program-here"]'
fault 3 'error[E0155]: absent: `no-such-program-here` is not on $PATH' absent
says '= fix:  install it; a program beside the manifest is written ./no-such-program-here'
says "= file: $PWD/plugins/absent.json"
plugin missing nodes '["./missing"]' < /dev/null
rm plugins/missing
fault 3 "error[E0145]: missing is installed without its program: $PWD/plugins/missing does not exist" missing
plugin plain nodes '["./plain"]' < /dev/null
chmod 644 plugins/plain
fault 3 "error[E0155]: $PWD/plugins/plain is not executable (mode 0644)" plain
says "= fix:  chmod +x $PWD/plugins/plain"
program bad_interpreter nodes <<< '#!/no/such/interpreter'
fault 3 "error[E0155]: $PWD/plugins/bad_interpreter: its interpreter /no/such/interpreter does not exist" bad_interpreter
program crlf nodes <<< $'#!/bin/sh\r'
fault 3 "plugins/crlf: its interpreter /bin/sh\\r does not exist" crlf
says '= fix:  its lines end in CR LF'
program by_env nodes <<< '#!/usr/bin/env no-such-interpreter'
fault 3 "plugins/by_env: its interpreter no-such-interpreter is not on \$PATH" by_env
program no_interpreter nodes <<< 'cat'
fault 1 "error[E0155]: no_interpreter: $PWD/plugins/no_interpreter is not a program" 'seq 1 2 1 ! no_interpreter'
says '= help: a script begins with its interpreter: #!/bin/sh'
program open_to_all nodes <<< '#!/bin/sh'
chmod 777 plugins/open_to_all
fault 3 "error[E0144]: $PWD/plugins/open_to_all is writable by everyone (mode 0777)" open_to_all
gives 0 streamz --allow-unsafe-plugins check open_to_all
for row in '[]:/command names no program' '[""]:/command names no program' '["../x"]:command "../x" must be ./NAME' \
  '["/bin/cat"]:command "/bin/cat" must be ./NAME' '["./a/b"]:command "./a/b" must be ./NAME'; do
  plugin wrong nodes "${row%%:*}"
  fault 3 "${row#*:}" wrong
done
plugin wrong nodes '["cat"]' '"protocol":"rows",'
fault 3 'unknown protocol "rows": use lines or frames' wrong
plugin wrong nodes '["cat"]' '"stages":{"wrong":{"outputs":["","else"]}},'
fault 3 '/stages/wrong: a program has one input and one output' wrong
plugin wrong nodes '["cat"]' '"stages":{"wrong":{"params":[{"name":"ack","types":["string"]}]}},'
fault 3 '/stages/wrong: `ack` is an argument that every lines program has' wrong
plugin wrong sources '["cat"]' '"stages":{"wrong":{"acknowledges":true}},'
fault 3 '/stages/wrong: a program cannot acknowledge' wrong
rm plugins/*

# ---- what the commands say
plugin cat nodes '["cat"]' '"summary":"pass on",'
plugin exact nodes '["cat"]' '"protocol":"frames",'
gives 0 streamz plugins list
grep -qE '^node +cat +cat 1 +ok  exec +pass on$' out || fail "not listed: $(< out)"
gives 0 streamz plugins show cat
grep -qE '^command +cat$' out || fail "no command: $(< out)"
grep -qE '^protocol +lines$' out || fail "no protocol: $(< out)"
grep -q '^library' out && fail "a library: $(< out)"
equal '["cat"] frames null' "$(streamz plugins show exact --json | jq -cr '"\(.command) \(.protocol) \(.library)"')"
explained() { streamz explain "$@" | grep -o 'a record is delivered.*'; }
equal 'a record is delivered once the program has ended well' "$(explained cat)"
equal 'a record is delivered once the program was given it' "$(explained cat ack=write)"
equal 'a record is delivered once the program has acknowledged it' "$(explained exact)"
equal 'once the program was given it' "$(streamz explain --json cat ack=write | jq -r '.stages[] | .delivered // empty')"
fault 3 '`cat` has no argument `n`' 'cat n=1'
gives 0 streamz help cat
grep -q 'ack=exit|write' out || fail "no ack: $(< out)"

# ---- describe
program self nodes << 'END'
#!/bin/sh
[ "$1" = --streamz-describe ] || exec cat
cat # nobody has anything for it
echo '{"self":{"summary":"says it itself","params":[{"name":"n","types":["integer"],"positional":true}]}}'
END
gives 0 streamz plugins describe plugins/self.json
equal 'says it itself' "$(jq -r .stages.self.summary plugins/self.json)"
fault 3 '`x` is not a whole number' 'self x'
undescribed() { # MESSAGE SCRIPT
  program undescribed nodes <<< $'#!/bin/sh\n'"$2"
  gives 3 streamz plugins describe plugins/undescribed.json
  says "error[E0155]: undescribed does not describe itself: ./undescribed --streamz-describe $1"
}
undescribed 'exited with status 2' 'exit 2'
says '= help: it has to print one JSON object, the "stages" of the manifest'
undescribed 'printed `usage: x`' 'echo "usage: x"'
undescribed 'says nothing of `undescribed`' 'echo {}'
undescribed 'says of `undescribed`: its description/params must be an array, is a number' 'echo "{\"undescribed\":{\"params\":1}}"'
plugin written nodes '["false"]' '"stages":{"written":{"summary":"by hand"}},'
gives 0 streamz plugins describe plugins/written.json
says "written does not describe itself: false --streamz-describe exited with status 1; the \"stages\" of plugins/written.json stay as they are"
equal 'by hand' "$(jq -r .stages.written.summary plugins/written.json)"

# ---- behind a source that acknowledges
cp "$STREAMZ_BUILD/tests/plugins/acknowledging.so" plugins/
printf '{"streamz":1,"name":"acknowledging","version":"1","entry_points":{"streamz.sources":["counter = acknowledging:Counter"]}}' \
  > plugins/acknowledging.json
gives 0 streamz --stats=json 'counter 3 ! to_null'
equal '{"":3}' "$(tail -1 err | jq -c '.stages[0].committed')"
plugin cat nodes '["cat"]'
program fails nodes <<< $'#!/bin/sh\ncat; exit 3'
for command in check run; do
  gives 3 streamz "$command" 'counter ! map . ! cat'
  says 'error[E0135]: `counter` acknowledges its records, and `cat` cannot say when it is done with one'
  says '= help: ack=write counts a record as delivered once the process was given it'
done
gives 0 streamz check 'counter ! cat ack=write'
gives 0 streamz check 'counter ! exact'
gives 0 streamz 'counter ! cat ack=write ! to_null'
says 'streamz: counter: done up to 3'
gives 1 streamz 'counter ! fails ack=write ! to_null'
says 'fails: exited with status 3'
