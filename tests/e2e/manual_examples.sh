#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The examples of jq's manual run in the native engine, all of them.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

count=0
while IFS= read -r chain; do
  gives 0 streamz explain --json "$chain"
  equal '"native"' "$(jq '.stages[].expressions[]?.engine' out)"
  count=$((count + 1))
done < <(grep '^map ' "$tests/cases/jq_manual.test")
((count > 240)) || fail "only $count examples"
