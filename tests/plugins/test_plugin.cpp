// SPDX-License-Identifier: Apache-2.0
// A good plugin with one class of each kind.
#include <csignal>

#include <streamz/plugin.h>

namespace inner {

struct Shout : streamz::Stream {
  long n = 2;
  static void describe(streamz::Spec<Shout>& s) {
    s.summary("say it n times");
    s.param("n", &Shout::n, "how many times").positional().min(0);
    s.example("$NAME 2", "7", "7 7");
  }
  void update(const streamz::Record& x) override {
    if (x.raw() == "\"throw\"") throw streamz::Error("thrown by the plugin");
    if (x.raw() == "\"throw int\"") throw 42;
    if (x.raw() == "\"crash\"") std::raise(SIGSEGV);
    for (long i = 0; i < n && emit(x); ++i) {
    }
  }
};

}  // namespace inner

struct Ask : streamz::Stream {
  streamz::Expr expr;
  static void describe(streamz::Spec<Ask>& s) {
    s.summary("the program's results");
    s.param("expr", &Ask::expr, "the program").positional().required();
  }
  void update(const streamz::Record& x) override {
    expr.each(x, [&](streamz::JsonText result) { return emit(result); });
  }
};

struct Tick : streamz::Source {
  static void describe(streamz::Spec<Tick>& s) { s.summary("tick"); }
  void run() override {}
};

struct Drop : streamz::Sink {
  static void describe(streamz::Spec<Drop>& s) { s.summary("drop"); }
};

struct Faulty : streamz::Stream {
  static void describe(streamz::Spec<Faulty>&) { throw streamz::Error("no words for it"); }
};

STREAMZ_PLUGIN(test_plugin, "1.0", inner::Shout, Ask, Tick, Drop, Faulty)
