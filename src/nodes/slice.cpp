// SPDX-License-Identifier: Apache-2.0
// Passes the records of a range, as a list's slice does, and stops reading behind it.
// Tested by tests/cases/slice.test.
#include "../streamz/spec.h"

namespace streamz {

namespace {

struct SliceNode : Stream {
  long first = 0;
  std::optional<long> end;
  long step = 1;

  static void describe(Spec<SliceNode>& s) {
    s.summary("pass the records of a range");
    s.details("Records are counted from 0. When END is reached nothing more is read.");
    s.param("start", &SliceNode::first, "the first record to pass").positional().min(0);
    s.param("end", &SliceNode::end, "the first record behind the range; not given: no end").positional().min(0);
    s.param("step", &SliceNode::step, "pass each step-th record, counted from start").positional().min(1);
    s.state("one number");
    s.uneven();
    s.ends("end");
    s.example("$NAME 1 6 2", "0 1 2 3 4 5 6 7", "1 3 5");
    s.example("$NAME 2", "0 1 2 3", "2 3");
    s.example("head 2", "5 6 7", "5 6");
  }

  void start() override {
    next_ = first;
    if (finished()) schedule(now());  // an empty range waits for no record
  }
  void on_timer(Time) override { done(); }

  void update(const Record& x) override {
    if (index_++ != next_ || finished()) return;
    emit(x);
    next_ += step;
    if (finished()) done();
  }

  void flush() override { unschedule(); }

  void save(State& state) const override {
    state.add("index", index_);
    state.add("next", next_);
  }
  void restore(const State& state) override {
    index_ = state.integer("index");
    next_ = state.integer("next");
  }

 private:
  std::int64_t index_ = 0;
  std::int64_t next_ = 0;  // the next to pass

  bool finished() const { return end && next_ >= *end; }
};

}  // namespace

extern constinit const StageClass slice_stage = stage_class<SliceNode>("SliceNode");

}  // namespace streamz
