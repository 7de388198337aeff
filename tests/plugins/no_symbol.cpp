// SPDX-License-Identifier: Apache-2.0
// The note of a plugin without its descriptor.
#include <streamz/plugin.h>

STREAMZ_ABI_NOTE
