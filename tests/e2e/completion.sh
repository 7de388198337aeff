#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Completion as the shells do it: bash by running the function, zsh and fish by their syntax.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

streamz completion bash > streamz.bash
# shellcheck source=/dev/null
source streamz.bash
# completes WANTED... -- WORD...: the candidates for the last word hold all of WANTED.
completes() {
  local -a wanted=()
  while [[ $1 != -- ]]; do
    wanted+=("$1")
    shift
  done
  COMP_WORDS=("$STREAMZ" "${@:2}")
  COMP_CWORD=$(($# - 1))
  COMPREPLY=()
  _streamz
  local word
  for word in "${wanted[@]}"; do
    [[ " ${COMPREPLY[*]} " == *" $word "* ]] || fail "no $word for: ${*:2} (got: ${COMPREPLY[*]})"
  done
}
completes check completion count collect -- c
completes --raw-input --raw-output -- --raw
completes --color=auto --color=never -- --col
completes filter -- seq 3 ! fil
completes emit= -- count em
completes final -- count emit = f
completes update -- count emit =
completes maxsize= name= -- unique key = .id ''
completes show list check new describe -- plugins ''
completes repeat -- plugins show rep
completes --argjson --rawfile --slurpfile -- --
completes check filter -- --arg name text ''
completes E0110 -- help E011
completes bash zsh fish -- completion ''
completes filter -- check fil
completes mermaid -- graph --format m
[[ $(complete -p streamz) == *'-F _streamz'* ]]

streamz completion zsh > _streamz
streamz completion fish > streamz.fish
grep -q "alias streamz='noglob streamz'" _streamz
if command -v zsh > /dev/null; then zsh -n _streamz; fi
if command -v fish > /dev/null; then fish --no-execute streamz.fish; fi
