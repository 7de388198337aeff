#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What goes through does not stay: windows, a join and a sink that is slower than the source, in 100 MiB, however
# much data there is.
#   GIGABYTES=10   of it (0.1)
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
not_sanitized

records=$(awk -v gb="${GIGABYTES:-0.1}" 'BEGIN { printf "%d", gb * 1e9 / 170 }')
# Reads four times slower than the source could write.
cat > slow << 'END'
#!/bin/sh
while dd bs=64k count=4 iflag=fullblock 2> pace | wc -c | grep -v '^0$'; do dd if=/dev/zero bs=1M count=24 2> pace | cksum > pace; done | awk '{ n += $1 } END { print n }'
END
chmod +x slow
gives 0 streamz --max-memory 100M --stats=json "seq $records name=s !
  map '{id: ., k: (. % 1000), t: (. / 5000), v: (. * 31 % 1000), text: \"$(printf '%0110d' 0)\"}' name=m !
  agg n=count p50=median:.v by=.k window=10s time=.t late=1s ! to_process '$PWD/slow > slow.out' ;
  m. ! filter '.id % 3 == 0' ! j.left ; m. ! filter '.id % 2 == 0' ! map '{id, t, w: .v}' ! j.right ;
  join on=.id within=2s time=.t name=j ! unique key=.[0].k maxsize=100 ! count ! last ! to_file pairs ;
  m. ! sliding_window 5 ! map 'map(.v) | add' ! last ! to_file sums ; m. ! rolling 100 m=mean:.v ! last ! to_null"
[[ $(< pairs) -gt 0 && $(< slow.out) -gt 0 ]] || fail "hardly anything went through: $(< pairs) $(< slow.out)"
peak=$(jq -r .peak_memory err)
echo "$((records * 170 / 1000000)) MB of records, at most $((peak / 1000000)) MB of memory, $(jq -r .seconds err) s"
