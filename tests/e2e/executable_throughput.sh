#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# 1 GiB through a program with pipes of 64 KiB: both sides write, and neither waits for the other for ever.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
not_sanitized
command -v perl > /dev/null || exit 77
# shellcheck source=programs.inc
source "$tests/e2e/programs.inc"

program narrow nodes << 'END'
#!/usr/bin/perl
fcntl(STDOUT, 1031, 65536) or die "F_SETPIPE_SZ: $!";
fcntl(STDIN, 1031, 65536); # refused when there is more in it already
exec "cat";
END
set +o pipefail # `yes` ends by SIGPIPE
line=$(printf '"%1020s"' x)
# The comparison is made of what comes out, without keeping it.
yes "$line" | head -n 1048576 | timeout 120 "$STREAMZ" narrow | cksum > got || fail "the run failed"
yes "$line" | head -n 1048576 | cksum > wanted
equal "$(< wanted)" "$(< got)"
