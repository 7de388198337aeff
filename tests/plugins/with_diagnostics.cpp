// SPDX-License-Identifier: Apache-2.0
// A plugin whose JSON values have another layout.
#define JSON_DIAGNOSTICS 1
#include <streamz/plugin.h>

STREAMZ_ABI_NOTE
