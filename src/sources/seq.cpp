// SPDX-License-Identifier: Apache-2.0
// Counts, as seq(1) does: both ends belong to it. Tested by tests/cases/seq.test.
#include "../streamz/spec.h"

namespace streamz {

namespace {

struct SeqSource : Source {
  long a = 1;
  std::optional<long> b;
  long step = 1;

  static void describe(Spec<SeqSource>& s) {
    s.summary("count from A to B");
    s.details("Both ends belong to it. With one number alone, from 1 to it.");
    s.param("a", &SeqSource::a, "the first number").positional().required();
    s.param("b", &SeqSource::b, "the last number").positional();
    s.param("step", &SeqSource::step, "the distance between two numbers; may be negative").positional();
    s.replayable();
    s.example("$NAME 1 3", "", "1 2 3");
    s.example("$NAME 3", "", "1 2 3");
    s.example("$NAME 10 0 -5", "", "10 5 0");
  }

  void start() override {
    if (step == 0) throw Error("step must not be 0");
    number_ = b ? a : 1;
  }

  void run() override {
    const long last = b.value_or(a);
    while (step > 0 ? number_ <= last : number_ >= last) {
      const bool wanted = emit(JsonText{std::to_string(number_)});
      if (__builtin_add_overflow(number_, step, &number_) || !wanted) return;
    }
  }

  void save(State& state) const override { state.add("number", number_); }
  void restore(const State& state) override { number_ = state.integer("number"); }

 private:
  long number_ = 1;  // the next
};

}  // namespace

extern constinit const StageClass seq_stage = stage_class<SeqSource>("SeqSource");

}  // namespace streamz
