#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Options of a run.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"

printf '1\n2\n' > a
printf '3\n' > b
equal "1 2 3" "$(streamz -i a -i b map . | paste -sd' ')"
equal 2 "$(streamz --limit 2 seq 10 ! count)"
equal 'plain "text"' "$(streamz -r from_iterable '["plain \"text\""]')"
equal '"a b"' "$(echo 'a b' | streamz -R map .)"
equal 'a b' "$(echo 'a b' | streamz -rR map .)"

# -o: the old file stays until the new one is complete
echo old > result
gives 5 streamz -o result from_iterable '[1,"x"]' ! map '. + 1'
equal old "$(< result)"
gives 0 streamz -o result -i a count
equal 2 "$(< result)"
equal "a b err out result" "$(echo *)"

gives 0 streamz --dry-run -i a to_file never
[[ ! -e never ]] || fail "--dry-run wrote"
gives 2 streamz -f a -x && says 'unknown option -x'
gives 2 streamz -f a word && says 'unexpected word `word`'

# A chain file that is a command; options may follow its name.
printf '#!%s -f\n# adds one\nmap . + 1 !\n  count emit=update\n' "$STREAMZ" > plus.sz
chmod +x plus.sz
equal "1 2" "$(./plus.sz -i a | paste -sd' ')"
equal 1 "$(echo count | streamz -f - -i b)"
echo count > counting.sz
gives 2 streamz -f - < counting.sz && says 'standard input holds the chain'

# Words of the chain are never options.
equal "1 1" "$(streamz -i a map -. ! map '. * -1' ! map '1' | paste -sd' ')"
gives 3 streamz -i a head -1
