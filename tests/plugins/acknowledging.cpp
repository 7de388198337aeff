// SPDX-License-Identifier: Apache-2.0
// A plugin whose source acknowledges: it says on standard error up to where its records are done with.
#include <streamz/plugin.h>

struct Counter : streamz::Source {
  long n = 3;
  static void describe(streamz::Spec<Counter>& s) {
    s.summary("count, and tell what is acknowledged");
    s.param("n", &Counter::n, "how far").positional();
    s.acknowledges();
  }
  void run() override {
    const streamz::Slot here = slot("");
    for (long i = 1; i <= n; ++i) {
      batch(here, i);
      if (!emit(streamz::json(i))) return;
    }
  }
  void acked(streamz::Slot /*slot*/, std::int64_t next) override { log("done up to " + std::to_string(next)); }
};

STREAMZ_PLUGIN(acknowledging, "1.0", Counter)
