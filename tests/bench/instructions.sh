#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How many instructions chains take on data that is always the same, as callgrind counts them: what no other work on
# the machine changes. Compares with what is in instructions.txt, and fails when one of them takes 5 % more.
#   instructions.sh STREAMZ RECORDS            the two programs
#   instructions.sh --write STREAMZ RECORDS    puts the numbers of now in instructions.txt; say why in the commit
set -euo pipefail
numbers=$(cd "$(dirname "$0")" && pwd)/instructions.txt
write=false
if [[ $1 == --write ]]; then
  write=true
  shift
fi
streamz=$(realpath "$1") records=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for kind in flat nested small; do "$records" "$kind" 2 > "$kind.jsonl"; done
: > empty.jsonl

# The same code on every processor: no wider vectors than all have.
export SIMDJSON_FORCE_IMPLEMENTATION=westmere
export GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-BMI1,-BMI2,-ERMS,-FSRM
# count INPUT CHAIN: thousands of instructions
count() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$streamz" --no-plugins -j 1 -i "$1.jsonl" "$2" 2> log > /dev/null || {
    cat log >&2
    exit 1
  }
  sed -n 's/.*Collected : \([0-9]*\)$/\1/p' log | awk '{ print int($1 / 1000) }'
}

failed=false
while IFS=$'\t' read -r before input chain; do
  now=$(count "$input" "$chain")
  printf '%s\t%s\t%s\n' "$now" "$input" "$chain" >> new
  change=$((before == 0 ? 0 : (now - before) * 1000 / before))
  sign=$([[ $change -lt 0 ]] && echo - || echo +) of_ten=${change#-}
  printf '%9d thousand, %s%d.%d %%  %-6s %s\n' "$now" "$sign" $((of_ten / 10)) $((of_ten % 10)) "$input" "$chain"
  if ((change > 50)); then failed=true; fi
done < "$numbers"
if $write; then
  cp new "$numbers"
elif $failed; then
  echo "a chain takes over 5 % more instructions than $numbers says" >&2
  exit 1
fi
