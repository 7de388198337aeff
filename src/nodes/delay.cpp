// SPDX-License-Identifier: Apache-2.0
// Shifts every record by the same time; their distances stay. Tested by tests/cases/delay.test.
#include <deque>

#include "../streamz/spec.h"

namespace streamz {

namespace {

struct DelayNode : Stream {
  Duration time{};
  long maxsize = 1000;

  static void describe(Spec<DelayNode>& s) {
    s.summary("shift every record by the same time");
    s.details("The distances between records stay; `rate_limit` spaces them out. Input is held back when full.");
    s.param("time", &DelayNode::time, "how long").positional().required();
    s.param("maxsize", &DelayNode::maxsize, "how many records may be held").min(1);
    s.queued();
    s.state("at most maxsize records");
    s.example("$NAME 10ms", "1 2", "1 2");
  }

  void update(const Record& x) override {
    held_.push_back({now() + time, keep(x)});
    if (held_.size() == 1) schedule(held_.front().due);
    if (held_.size() == static_cast<std::size_t>(maxsize)) want(0, false);
  }

  void on_timer(Time) override {
    for (; !held_.empty() && held_.front().due <= now(); held_.pop_front()) emit(held_.front().record);
    if (!held_.empty()) schedule(held_.front().due);
    if (held_.size() < static_cast<std::size_t>(maxsize)) want(0, true);
  }

  void save(State& state) const override {
    for (const Held& held : held_) {
      state.add("due", held.due);
      state.add("held", held.record.raw());
    }
  }
  void restore(const State& state) override {
    state.each("held", [&](std::string_view text) { held_.push_back({{}, keep(text)}); });
    std::size_t at = 0;
    state.each_time("due", [&](Time due) { held_.at(at++).due = due; });
    if (!held_.empty()) schedule(held_.front().due);
    if (held_.size() >= static_cast<std::size_t>(maxsize)) want(0, false);
  }

 private:
  struct Held {
    Time due;
    Record record;
  };
  std::deque<Held> held_;
};

}  // namespace

extern constinit const StageClass delay_stage = stage_class<DelayNode>("DelayNode");

}  // namespace streamz
