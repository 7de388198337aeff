#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# streamz-plugin(7), followed word by word in an empty directory: files are written as they are shown, and
# commands give what is shown. A comment before a block says what it is: file NAME, program NAME, same NAME
# (as it was made by a command before), run (with its output), quiet (its output varies).
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
not_sanitized # the plugins would be of another ABI
command -v python3 > /dev/null || exit 77

page=$STREAMZ_SOURCE/man/streamz-plugin.7
cmake --install "$STREAMZ_BUILD" --prefix "$work/tree" > log || fail "$(< log)"
unset -f streamz # the one on PATH, as an author has it
export HOME=$work/home PATH=$work/tree/bin:$PATH PKG_CONFIG_PATH=$work/tree/share/pkgconfig

# Block N becomes N.kind, its first line "file shout.cpp", and N.text.
mkdir blocks empty
sed -n -e '/^\.\\" /,/^\.fi$/p' "$page" |
  sed -e 's/\\&\././; s/\\-/-/g; s/\\(aq/'\''/g; s/\\(ga/`/g; s/\\(ha/^/g; s/\\(ti/~/g; s/\\e/\\/g' |
  awk '/^\.\\" / { name = sprintf("blocks/%02d", ++n); print substr($0, 5) > (name ".kind"); next }
       /^\.(nf|RS|RE|fi)$/ { next }
       { print > (name ".text") }'
cd empty

# Each "$ command" of a file, one after the other; what follows it is what it prints.
run() {
  local line command='' wanted=''
  while IFS= read -r line || [[ -n $command ]]; do
    if [[ $line == '$ '* || -z $line ]]; then
      if [[ -n $command ]]; then
        got=$(eval "$command" 2>&1) || fail "status $?: $command: $got"
        [[ $2 == quiet || $got == "$wanted" ]] || fail "$command
wanted: $wanted
got:    $got"
        [[ $command != cd\ * ]] || eval "$command"
      fi
      command=${line#'$ '} wanted=''
    else
      wanted+=${wanted:+$'\n'}$line
    fi
  done < "$1"
}

count=0
for kind in ../blocks/*.kind; do
  text=$work/blocks/$(basename "${kind%.kind}").text
  read -r what name < "$work/blocks/$(basename "$kind")"
  case $what in
    file | program)
      mkdir -p "$(dirname "$name")"
      cp "$text" "$name"
      [[ $what == file ]] || chmod +x "$name"
      ;;
    same) diff -u "$text" "$name" || fail "$page shows another $name" ;;
    run | quiet) run "$text" "$what" ;;
    *) fail "unknown block: $what" ;;
  esac
  count=$((count + 1))
done
((count >= 20)) || fail "only $count blocks found"

# The codes of plugins are all there.
streamz help errors | grep -oE '\b[EW]01[45][0-9]\b' | sort -u > known
grep -oE '^[EW]01[45][0-9]' "$page" | sort -u | diff known - || fail "codes are missing, or gone"
