#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Where it stops: memory, the length of a line, and files that root must not touch.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
not_sanitized

# Memory: the stage that wanted more is named, and the records are not at fault. Children have their own.
gives 1 streamz --max-memory 64M seq 100000000 ! collect
says 'there is no more memory'
says 'error[E0904]: '
says '--max-memory gives more, where it is the limit'
says 'note: collect holds '
gives 1 streamz --on-error=skip --max-memory 64M seq 100000000 ! unique maxsize=100000000 ! to_null
says 'error[E0904]: unique: there is no more memory'
says 'note: unique holds '
gives 0 streamz --max-memory 64M seq 1000000 ! count
equal 1000000 "$(< out)"
equal '"unlimited"' "$(streamz --max-memory 64M from_iterable '[1]' ! exec 'ulimit -d')"
gives 2 streamz --max-memory lots count
says '--max-memory: `lots` is not a size'

# A line of 64 MiB: refused in constant memory, passed on where it may be that long.
line=$((64 << 20))
{ printf '"' && head -c $((line - 2)) /dev/zero | tr '\0' x && printf '"\n7\n'; } > long.jsonl
gives 0 streamz --max-memory 64M --on-error=skip -i long.jsonl map .
equal 7 "$(< out)"
gives 5 streamz -i long.jsonl map .
says 'the line is over 16777216 bytes (--max-line)'
says 'long.jsonl:1:1 (byte 0)'
gives 0 streamz --max-line 65M -i long.jsonl filter true
cmp long.jsonl out || fail "a long line was changed"

# New files get the modes that the user has chosen.
(umask 027 && gives 0 streamz --dead-letter dead seq 1 ! to_file own)
equal "640 640" "$(stat -c %a own dead | paste -sd' ')"

[[ $(id -u) == 0 ]] || exit 0
mkdir -m 1777 open
echo precious > victim
ln -s ../victim open/link
chown -h 65534 open/link
gives 1 streamz seq 1 ! to_file open/link
says 'open/link is a link of uid 65534, in a directory that everyone can write to: root does not follow it'
gives 1 streamz --dead-letter open/link seq 1 ! map .a
says 'root does not follow it'
equal precious "$(< victim)"
echo count > chain.sz
chmod o+w chain.sz
gives 2 streamz -f chain.sz
says 'chain.sz is writable by everyone (mode 0646), and root does not run it'
says 'chmod o-w chain.sz'
