// SPDX-License-Identifier: Apache-2.0
// The reference's example plugin. Records in, each n times out. Tested by repeat.test.
#include <streamz/plugin.h>

// Emits each record n times.
struct RepeatNode : streamz::Stream {
  long n = 2;

  static void describe(streamz::Spec<RepeatNode>& s) {
    s.summary("emit each record n times");
    s.param("n", &RepeatNode::n, "how many times").positional().min(0);
    s.example("$NAME 2", "7", "7 7");
    s.stateless();
  }

  void update(const streamz::Record& x) override {
    for (long i = 0; i < n && emit(x); ++i) {
    }
  }
};

STREAMZ_PLUGIN(streamz_example_plugin, "0.0.1", RepeatNode)
