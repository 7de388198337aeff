// SPDX-License-Identifier: Apache-2.0
// A plugin whose source acknowledges: it says on standard error up to where its records are done with. At its end it
// may wait at a gate, a FIFO, until somebody opens that.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include <streamz/plugin.h>

struct Counter : streamz::Source {
  long n = 3;
  std::string gate;
  static void describe(streamz::Spec<Counter>& s) {
    s.summary("count, and tell what is acknowledged");
    s.param("n", &Counter::n, "how far").positional();
    s.param("gate", &Counter::gate, "where to wait at the end");
    s.acknowledges();
  }
  void run() override {
    const streamz::Slot here = slot("");
    for (long i = 1; i <= n; ++i) {
      batch(here, i);
      if (!emit(streamz::json(i))) return;
    }
  }
  void finish() override {
    if (gate.empty()) return;
    log("waits at the gate");
    int opened = -1;
    do opened = open(gate.c_str(), O_RDONLY);
    while (opened < 0 && errno == EINTR);
    close(opened);
    log("is through");
  }
  void acked(streamz::Slot /*slot*/, std::int64_t next) override { log("done up to " + std::to_string(next)); }
};

STREAMZ_PLUGIN(acknowledging, "1.0", Counter)
