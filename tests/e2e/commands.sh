#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each command runs, and its JSON is JSON.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

gives 0 streamz check filter .ok ! count && silent
equal "" "$(< out)"
gives 0 streamz check -v filter .ok ! count
equal 0 "$(tail -1 out > chain.sz; streamz check -f chain.sz > null; echo $?)"
gives 0 streamz explain filter .ok ! count
grep -q '^chain ' out || fail "$(< out)"
grep -q 'at the end of input' out || fail "$(< out)"
streamz explain --json filter .ok ! count | jq -e '.stages | length == 4' > null
gives 0 streamz graph 'filter .ok name=f ! to_file a ; f.else ! to_file b'
grep -q '└─ .else to_file b' out || fail "$(< out)"
gives 0 streamz graph --format=dot count
grep -q '^digraph' out || fail dot
gives 0 streamz graph --format mermaid count
grep -q '^flowchart' out || fail mermaid
gives 2 streamz graph --format png count && says 'none of: text dot mermaid'
gives 2 streamz check && says 'check needs a chain'

streamz plugins list --json | jq . > null
streamz plugins show filter --json | jq -e '.spec.params' > null
gives 0 streamz plugins list --kind sink
grep -q '^node' out && fail "--kind does not select"
gives 0 streamz plugins show filter
gives 0 streamz plugins list --strict
gives 2 streamz plugins lits && says 'did you mean `list`?'
gives 2 streamz plugins remove x && says 'plugins takes: list, show NAME, check [NAME], new NAME or describe MANIFEST'
streamz version --json | jq -e '.version and .abi == 1' > null
streamz help --json | jq -e 'length > 20' > null

for topic in '' syntax errors E0110 filter 'slice start' check plugins; do
  # shellcheck disable=SC2086
  gives 0 streamz help $topic && silent
  [[ -s out ]] || fail "help $topic says nothing"
done
gives 2 streamz help slice strat && says 'did you mean `start`?'
gives 2 streamz completion tcsh && says 'there is: bash zsh fish'

# The examples that the help leads with are chains.
streamz --help | grep -E '^  (streamz|tail) ' | sed -E 's/.*streamz //; s/^-i [^ ]+ //; s/ < .*//' > examples
equal 5 "$(wc -l < examples)"
while read -r example; do
  eval "gives 0 streamz check $example"
done < examples

printf 'map . + 1\n< 1 2\n> 2 3\n' > good.test
printf 'map . + 1\n< 1\n> 1\n' > bad.test
gives 0 streamz test good.test
equal "1 passed, 0 failed" "$(tail -1 out)"
gives 1 streamz test good.test bad.test
equal "1 passed, 1 failed" "$(tail -1 out)"
gives 2 streamz test missing.test && says missing.test

# Of a package that is there twice the first one counts; -v shows the other.
mkdir first second
cp "$STREAMZ_BUILD"/lib/streamz/plugins/streamz_example_plugin.* first
cp "$STREAMZ_BUILD"/lib/streamz/plugins/streamz_example_plugin.* second
twice=(--plugin-path "$PWD/first" --plugin-path "$PWD/second" plugins list --strict)
gives 0 streamz "${twice[@]}"
grep -q shadowed out && fail "a shadowed package is listed"
gives 0 streamz "${twice[@]}" -v
grep -q "shadowed by $PWD/first/streamz_example_plugin.json" out || fail "$(< out)"
