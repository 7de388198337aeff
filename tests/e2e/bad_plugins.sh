#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything that can be wrong with a plugin, as a user sees it: the commands of tests/plugins/bad/*/expect
# give the text that stands there. DIR is the directory of the plugins, MS a number of milliseconds, N one of bytes.
#   bad_plugins.sh [--write] [NN-NAME...]      --write: what comes out becomes what is expected
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
not_sanitized
bad=$tests/plugins/bad
write=
[[ ${1:-} != --write ]] || {
  write=yes
  shift
}

# show NAME: the transcript of that case, made anew
show() {
  local line status
  export STREAMZ_PLUGIN_PATH=$work/plugins/$1
  while IFS= read -r line; do
    [[ $line == '$ '* ]] || continue
    echo "$line"
    status=0
    (eval "${line#\$ }") > "$work/$1.out" 2>&1 || status=$?
    # What bash says of a signal names a process; the longest name of all stages says how wide a column is.
    sed -E "/^environment: line/d; s|$STREAMZ_PLUGIN_PATH|DIR|g; s,\b[0-9.]+ ms +,MS ms  ,; s/segments need [0-9]+/segments need N/; s/^(source|node|sink|-)( +[^ ]+) +/\1\2  /" "$work/$1.out"
    if ((status != 0)); then echo "[$status]"; fi
  done < "$bad/$1/expect"
}
# The program as somebody who may not read everything.
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"; }
export -f show streamz as_nobody
export work bad STREAMZ

chmod 755 "$work"
trap '"$bad/prepare" --remove "$work/plugins"; rm -rf "$work"' EXIT
"$bad/prepare" "$work/plugins" "$STREAMZ_BUILD/tests/plugins"
cd "$work/plugins"
(($#)) || set -- *
# In parallel: some of them take the ten seconds that a plugin may take to load.
printf '%s\n' "$@" | xargs -P 8 -I NAME bash -c 'show NAME > "$work/NAME.came"'
wrong=0
for name in "$@"; do
  if [[ $write ]]; then
    cp "$work/$name.came" "$bad/$name/expect"
  else
    diff -u "$bad/$name/expect" "$work/$name.came" || wrong=$((wrong + 1))
  fi
done
((wrong == 0)) || fail "$wrong of $# are not as expected"
