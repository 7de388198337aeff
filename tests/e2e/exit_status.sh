#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The table of exit statuses.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

echo 1 > one
echo 'false' > false
printf '1\n{"a":\n"x"\n' > bad
mkfifo idle
exec 3<> idle

gives 0 streamz -i one count && silent
gives 0 streamz seq 5 ! head 2 && silent
gives 1 streamz from_file missing ! count && says missing
gives 1 streamz -e -i false map .
gives 0 streamz -e -i one map .
gives 2 streamz --limt 3 count && says 'unknown option --limt (did you mean --limit?)'
gives 2 streamz -f missing && says 'missing: No such file or directory'
gives 2 streamz -i missing count && says '-i missing: No such file or directory'
gives 2 streamz --limit=x count && says '--limit: '
gives 2 streamz --color=blue count && says '--color: `blue` is none of: auto always never'
gives 2 streamz -j 0 count && says '-j must be between 1 and 64, is 0'
gives 2 streamz -i && says '-i needs a value: -i FILE'
gives 2 streamz < /dev/null && says 'no chain'
gives 2 streamz help nosuchthing && says 'no stage, command or topic `nosuchthing`'
gives 3 streamz fliter .ok && says 'error[E0101]'
gives 3 streamz check fliter .ok && says 'did you mean `filter`?'
gives 4 streamz -e -i one filter false
gives 5 streamz -i one map .a && says 'error[R0'
gives 5 streamz -i bad count && says 'bad:2:'
gives 5 streamz --on-error=skip --max-errors 1 from_iterable '["a","b",1]' ! map '1 + .'
gives 0 streamz --on-error=skip --max-errors 2 from_iterable '["a","b",1]' ! map '1 + .'
equal 2 "$(< out)"
gives 124 streamz --timeout 50ms count < idle
gives 2 streamz map @./none.jq && says "./none.jq: No such file or directory"
