// SPDX-License-Identifier: Apache-2.0
// For tests/soak/soak.py: a plugin with state that fails at a record, in the way that the environment says.
#include <csignal>
#include <cstdlib>
#include <string>

#include <streamz/plugin.h>

// SOAK_AT=7 SOAK_HOW=throw: at the seventh record of this process; throw, abort or segv.
struct Unreliable : streamz::Stream {
  static void describe(streamz::Spec<Unreliable>& s) {
    s.summary("number the records, or fail");
    s.state("the number of records");
  }

  void update(const streamz::Record& x) override {
    static const char* const at = std::getenv("SOAK_AT");
    if (at != nullptr && ++here_ == std::atol(at)) fall();
    emit(streamz::json{++count_, x.value()});
  }
  void save(streamz::State& state) const override { state.add("count", count_); }
  void restore(const streamz::State& state) override { count_ = state.integer("count"); }

 private:
  static void fall() {
    const std::string how = std::getenv("SOAK_HOW") == nullptr ? "throw" : std::getenv("SOAK_HOW");
    if (how == "throw") throw streamz::Error("it had enough");
    if (how == "abort") std::abort();
    std::raise(SIGSEGV);
  }

  std::int64_t count_ = 0;
  long here_ = 0;
};

STREAMZ_PLUGIN(unreliable, "1.0", Unreliable)
