// SPDX-License-Identifier: Apache-2.0
// Calls a function that no library defines.
#include <streamz/plugin.h>

__attribute__((visibility("default"))) void nobody_defines_this(int);

struct Shout : streamz::Stream {
  static void describe(streamz::Spec<Shout>&) { nobody_defines_this(1); }
};

STREAMZ_PLUGIN(undefined, "1.0", Shout)
