// SPDX-License-Identifier: Apache-2.0
// Emits, once in each interval, the list of what came in it. Tested by tests/cases/timed_window.test.
#include "../streamz/spec.h"

namespace streamz {

namespace {

struct TimedWindowNode : Stream {
  Duration interval{};
  bool empty = true;

  static void describe(Spec<TimedWindowNode>& s) {
    s.summary("emit, once in each interval, the list of what came in it");
    s.details(
        "The intervals are counted from the start of the run. At the end of input the open window goes out if "
        "there is something in it.");
    s.param("interval", &TimedWindowNode::interval, "the length of a window").positional().required();
    s.param("empty", &TimedWindowNode::empty, "emit [] for an interval without records");
    s.state("the records of one interval");
    s.uneven();
    s.example("$NAME 10s", "1 2", "[1,2]");
  }

  void start() override { tick(now() + interval); }

  void update(const Record& x) override { held_.push_back(keep(x)); }

  void on_timer(Time due) override {
    tick(due + interval);
    if (empty || !held_.empty()) let_go();
  }

  void flush() override {
    unschedule();
    if (!held_.empty()) let_go();
  }

  void save(State& state) const override {
    state.add("due", due_);
    state.add_all("held", held_);
  }
  void restore(const State& state) override {
    state.each("held", [&](std::string_view text) { held_.push_back(keep(text)); });
    tick(state.time("due"));
  }

 private:
  std::vector<Record> held_;
  Time due_{};  // when the open window ends

  void tick(Time due) {
    unschedule();
    schedule(due_ = due);
  }

  void let_go() {
    emit_list(held_);
    held_.clear();
  }
};

}  // namespace

StageClass timed_window_stage() { return stage_class<TimedWindowNode>("TimedWindowNode"); }

}  // namespace streamz
