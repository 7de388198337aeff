#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Hides mail addresses, wherever they stand in a record. Called as: mask.sh STAGE --keep_domain=true|false
# Tested by mask.test.
case $2 in
  --keep_domain=true) mask='***@\1' ;;
  *) mask='***' ;;
esac
exec sed -u -E "s/[[:alnum:]._%+-]+@([[:alnum:].-]+)/$mask/g"
