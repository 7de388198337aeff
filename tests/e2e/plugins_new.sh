#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `plugins new`: what it makes builds, passes its tests and is installed by the commands that it prints,
# typed as they stand.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

for row in 'map:is a built-in stage' 'head:is a built-in stage' 'plugins:is a command of streamz' \
  'clean:is a target of every CMake build' '9lives:cannot be the name of a stage' \
  're peat:cannot be the name of a stage' '../up:cannot be the name of a stage'; do
  gives 2 streamz plugins new "${row%:*}" && says "\`${row%:*}\` ${row#*:}"
done
gives 2 streamz plugins new && says 'new NAME'
gives 2 streamz plugins new shout --lang perl && says '--lang: `perl` is none of: cpp python sh'
gives 2 streamz plugins new shout --kind filter && says '--kind: `filter` is none of: source node sink'
equal "err out" "$(echo *)"
mkdir shout
gives 1 streamz plugins new shout && says 'shout exists already'
rmdir shout
if [[ $(id -u) != 0 ]]; then
  chmod a-w .
  gives 1 streamz plugins new shout && says 'cannot make shout: Permission denied'
  chmod u+w .
fi

not_sanitized # the plugin would be of another ABI
export HOME=$work/home
cmake --install "$STREAMZ_BUILD" --prefix "$work/tree" > log || fail "$(< log)"
PATH=$work/tree/bin:$PATH
unset -f streamz # the one on PATH, as a user has it

# made NAME FIRST OPTION...: `plugins new` prints FIRST; the commands that follow it are run as they stand.
made() {
  local name=$1
  gives 0 streamz plugins new "$name" "${@:3}" && silent
  equal "$2" "$(head -1 out)"
  sed -n 's/^next: //p' out > next.sh
  sed -n 's/^then: //p' out > then.sh
  bash -e next.sh > log 2>&1 || fail "$(< next.sh): $(< log)"
  gives 0 streamz plugins check "$name"
  grep -q "^ok " out || fail "$(< out)"
  (cd "$name" && bash -e ../then.sh) > result 2>&1 || fail "$(< then.sh): $(< result)"
}
made shout "shout/CMakeLists.txt  shout/shout.cpp  shout/test/shout.test  shout/README.md"
equal "7 7" "$(paste -sd' ' result)"
[[ -e $HOME/.local/lib/streamz/plugins/shout.so ]] || fail "not installed"
gives 0 streamz help shout && grep -q 'emit each record n times' out
made one-two "one-two/CMakeLists.txt  one-two/one-two.cpp  one-two/test/one-two.test  one-two/README.md" --kind source
equal "1 2 3" "$(paste -sd' ' result)"
made keep "keep/CMakeLists.txt  keep/keep.cpp  keep/test/keep.test  keep/README.md" --lang=cpp --kind=sink
equal 7 "$(< result)"
for language in sh python; do
  suffix=${language/python/py}
  command -v "${suffix/py/python3}" > log || continue
  for kind in source node sink; do
    name=$language-$kind
    manifest=${language}_$kind/${language}_$kind.json
    made "$name" "$name/${manifest#*/}  $name/$name.$suffix  $name/test/$name.test  $name/README.md" \
      --lang "$language" --kind "$kind"
    case $kind in
      source) equal "1 2 3" "$(paste -sd' ' result)" ;;
      node) equal "7 7" "$(paste -sd' ' result)" ;;
      sink) equal 7 "$(< result)" ;;
    esac
  done
  # More than fits into a pipe, and nobody reads it.
  gives 0 streamz "$language-source 1000000 ! $language-node 3 ! head 4" && silent
  equal "1 1 1 2" "$(paste -sd' ' out)"
done
gives 0 streamz plugins list --strict

# A program that is not on PATH says where it is.
program=$work/tree/bin/streamz
PATH=/usr/bin:/bin
gives 0 "$program" plugins new far
grep -q "cmake -B build -DCMAKE_PREFIX_PATH=$work/tree && " out || fail "$(< out)"
grep -q "^then: echo 7 | $program far 2" out || fail "$(< out)"
grep -q "^cmake -B build && " far/README.md || fail "$(< far/README.md)"
XDG_DATA_HOME=$work/data gives 0 "$program" plugins new farther --lang python
grep -qF "mkdir -p $work/data/streamz/plugins && " out || fail "$(< out)"
