#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every call that can fail does so once: write, read, open, fsync, rename and malloc, one after the
# other. The run ends with a status and a reason, or goes on as if nothing had been; and the same command, given
# again, brings the chain to the same end.
#   FAULTS=5000   how many points of each kind at most (600)
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
not_sanitized

most=${FAULTS:-600}
"$STREAMZ" seq 4000 ! map '{id: ., k: (. * 7919 % 11), t: (1700000000 + ./50)}' ! to_file in.jsonl
chain() {
  echo "from_file in.jsonl name=in ! agg n=count by=.k window=10s time=.t ! to_file $1/windows.jsonl ;
    in. ! unique key=.k ! to_file $1/firsts.csv ; in. ! filter .k==3 ! to_file $1/threes.jsonl.gz mode=replace"
}
mkdir whole
gives 0 streamz "$(chain whole)"

# faulty KIND ERROR POINT: a run with that fault
faulty() {
  timeout -s KILL 60 env LD_PRELOAD="$STREAMZ_FAULTS" FAULT_CALL="$1" FAULT_ERROR="$2" FAULT_AT="$3" \
    "$STREAMZ" -q --checkpoint ck --checkpoint-interval 1ms "$(chain now)" 2> err
} 2> null

# sweep KIND ERROR: all its points, or as many as shall be, evenly
sweep() {
  local count point points=0 status failed=0
  rm -rf now ck && mkdir now
  FAULT_COUNT=count faulty "$1" "$2" 0
  count=$(< count)
  ((count > 0)) || fail "no $1 at all"
  for ((point = 1; point <= count; point += count > most ? (count + most - 1) / most : 1)); do
    rm -rf now ck && mkdir now
    status=0
    faulty "$1" "$2" "$point" || status=$?
    # 134: simdjson looks for the instruction set of the machine where no exception can leave.
    [[ $status != 134 || $1 != malloc ]] || status=1
    case $status in
      0) ;;
      1 | 2 | 3 | 5 | 6)
        ((++failed))
        [[ -s err ]] || fail "$1 $point with errno $2: status $status without a word"
        status=0
        "$STREAMZ" -q --checkpoint ck "$(chain now)" 2> err || status=$?
        [[ $status == 0 ]] || fail "after $1 $point with errno $2: status $status: $(< err)"
        ;;
      *) fail "$1 $point with errno $2: status $status: $(< err)" ;;
    esac
    for file in windows.jsonl firsts.csv; do
      cmp "whole/$file" "now/$file" || fail "after $1 $point with errno $2"
    done
    cmp <(zcat whole/threes.jsonl.gz) <(zcat now/threes.jsonl.gz) || fail "after $1 $point with errno $2"
    ((++points))
  done
  echo "$1 with errno $2: $points of $count points, $failed ended the run"
}

for error in 28 5 0; do sweep write $error; done # no space, the disk is broken, only a part
for error in 5 0; do sweep read $error; done
sweep open 24
sweep fsync 5
sweep rename 28
sweep malloc 12

# A run that goes on in the unfinished file of an earlier one, and fails before its first checkpoint, leaves it there.
rm -rf ck
chain="from_file in.jsonl ! rate_limit 5000/s ! to_file kept mode=replace"
gives 124 streamz -q --checkpoint ck --timeout 500ms "$chain"
gives 1 env LD_PRELOAD="$STREAMZ_FAULTS" FAULT_CALL=fsync FAULT_ERROR=5 FAULT_AT=1 "$STREAMZ" -q --checkpoint ck "$chain"
says 'cannot write to'
gives 0 streamz -q --checkpoint ck "$chain"
cmp in.jsonl kept
