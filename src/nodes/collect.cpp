// SPDX-License-Identifier: Apache-2.0
// Collects records until it is told to let them go as a list: by any record on port `flush`.
// Tested by tests/cases/collect.test.
#include "../streamz/spec.h"

namespace streamz {

namespace {

struct CollectNode : Stream {
  std::optional<Duration> every;

  static void describe(Spec<CollectNode>& s) {
    s.summary("collect records until told to emit them as a list");
    s.details(
        "Any record on port `flush` emits what was collected, also when that is nothing. At the end of input the "
        "rest goes out.");
    s.param("every", &CollectNode::every, "also emit each time this has passed");
    s.inputs({"", "flush"});
    s.state("the records since the last list");
    s.uneven();
    s.example("$NAME", "1 2 3", "[1,2,3]");
  }

  void start() override {
    if (every) tick(now() + *every);
  }

  void update(const Record& x) override {
    if (port() == 0) {
      held_.push_back(keep(x));
    } else {
      let_go();
    }
  }

  void on_timer(Time due) override {
    tick(due + *every);
    let_go();
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
    if (every) tick(state.time("due"));
  }

 private:
  std::vector<Record> held_;
  Time due_{};  // the next tick of `every`

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

extern constinit const StageClass collect_stage = stage_class<CollectNode>("CollectNode");

}  // namespace streamz
