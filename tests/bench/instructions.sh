#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How many instructions chains take on data that is always the same, as callgrind counts them: what no other work on
# the machine changes. Compares with what is in instructions.txt, and fails when one of them takes 5 % more.
#   instructions.sh STREAMZ RECORDS            the two programs
#   instructions.sh --write STREAMZ RECORDS    puts the numbers of now in instructions.txt, say why in the commit; and
#                                              in scripts/start_functions what ran in the chains that are only a start
set -euo pipefail
numbers=$(cd "$(dirname "$0")" && pwd)/instructions.txt
start_functions=$(cd "$(dirname "$0")/../../scripts" && pwd)/start_functions
write=false
if [[ $1 == --write ]]; then
  write=true
  shift
fi
streamz=$(realpath "$1") records=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# The program with one plugin.
mkdir -p bin lib/streamz/plugins
cp "$streamz" bin
built=$(dirname "$streamz")/../lib/streamz
ln -s "$built/modules" lib/streamz
cp "$built"/plugins/streamz_example_plugin.* lib/streamz/plugins
for kind in flat nested small; do "$records" "$kind" 2 > "$kind.jsonl"; done
: > empty.jsonl

# The same code on every processor: no wider vectors than all have.
export SIMDJSON_FORCE_IMPLEMENTATION=westmere
export GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-BMI1,-BMI2,-ERMS,-FSRM
export HOME=/nowhere XDG_DATA_HOME=/nowhere XDG_DATA_DIRS=/nowhere STREAMZ_PLUGIN_PATH=
# count INPUT CHAIN: thousands of instructions. Input - is none: the chain has a source, and stands in words of the shell.
count() {
  local arguments=(-j 1 -i "$1.jsonl" "$2")
  [[ $1 != - ]] || read -ra arguments <<< "$2"
  valgrind --tool=callgrind --demangle=no --callgrind-out-file=profile bin/streamz "${arguments[@]}" 2> log > /dev/null || {
    cat log >&2
    exit 1
  }
  sed -n 's/.*Collected : \([0-9]*\)$/\1/p' log | awk '{ print int($1 / 1000) }'
}
# The functions of the program that ran, by the names of their sections. A profile tells a name once and then its
# number; and a constructor (C2, a destructor D2) by its other name, C1.
ran() {
  awk -F '[=()]' '/^c?(ob|fn)=/ {
    kind = $1; sub(/^c/, "", kind)
    if ($4 != "") name[kind $3] = substr($4, 2)
    if ($1 == "ob") object = name["ob" $3]
    if ($1 == "fn" && object ~ /\/streamz$/) print name["fn" $3]
  }' profile | sed -n "s/^\(_Z[^']*\).*/\1/; s/\([CD]\)1E/\12E/g; /^_Z/p" | sort -u
}

failed=false
while IFS=$'\t' read -r before input chain; do
  now=$(count "$input" "$chain")
  printf '%s\t%s\t%s\n' "$now" "$input" "$chain" >> new
  if [[ $input == - || $input == empty ]]; then ran >> functions; fi
  change=$((before == 0 ? 0 : (now - before) * 1000 / before))
  sign=$([[ $change -lt 0 ]] && echo - || echo +) of_ten=${change#-}
  printf '%9d thousand, %s%d.%d %%  %-6s %s\n' "$now" "$sign" $((of_ten / 10)) $((of_ten % 10)) "$input" "$chain"
  if ((change > 50)); then failed=true; fi
done < "$numbers"
if $write; then
  cp new "$numbers"
  {
    echo '# What runs when streamz starts, put here by tests/bench/instructions.sh --write'
    awk '!seen[$0]++' functions
  } > "$start_functions"
elif $failed; then
  echo "a chain takes over 5 % more instructions than $numbers says" >&2
  exit 1
fi
