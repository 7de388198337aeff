#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Nobody reads any more: the run ends, by SIGPIPE as other filters do, also while its input is idle.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

set +o pipefail
yes '{"a":1}' | streamz map .a 2> err | head -1 > out
equal "141 141 0" "${PIPESTATUS[*]}"
set -o pipefail
equal 1 "$(< out)"
[[ ! -s err ]] || fail "message: $(< err)"

mkfifo idle
exec 3<> idle
echo 7 >&3
gives 0 timeout 20 bash -c '"$STREAMZ" map . < idle | head -1'
equal 7 "$(< out)"

# The other branch goes on.
streamz 'seq 100000 name=s ! to_stdout ; s. ! count ! to_file n.json' | head -1 > out || true
equal 100000 "$(< n.json)"
