// SPDX-License-Identifier: Apache-2.0
// A plugin built with the address sanitizer, whose run-time library would end a program that has none.
#include <streamz/plugin.h>

STREAMZ_ABI_NOTE
