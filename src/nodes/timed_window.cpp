// SPDX-License-Identifier: Apache-2.0
// Emits, once in each interval, the list of what came in it. Tested by tests/cases/timed_window.test.
#include "timed_windows.h"

namespace streamz {

namespace {

struct TimedWindowNode : Stream {
  Duration interval{};
  bool empty = true;
  Expr time;
  Duration late{};

  static void describe(Spec<TimedWindowNode>& s) {
    s.summary("emit, once in each interval, the list of what came in it");
    s.details(
        "The intervals are counted from the start of the run, or, with time=, from 1970. At the end of input what is "
        "open goes out if there is something in it.\n\nWith time= a window closes when a record comes that is later "
        "than its end by more than late=; a record whose window has closed goes to port `late`.");
    s.param("interval", &TimedWindowNode::interval, "the length of a window").positional().required();
    s.param("empty", &TimedWindowNode::empty, "emit [] for an interval without records");
    EventTime::describe(s);
    s.outputs({"late"});
    s.state("the records of one interval; with late= of those that are open");
    s.uneven();
    s.example("$NAME 10s", "1 2", "[1,2]");
    s.example("$NAME 10s time=.t", "{\"t\":9} {\"t\":10}", "[{\"t\":9}] [{\"t\":10}]");
  }

  void check() override { event_time_.check(); }

  void start() override {
    if (!time) windows_.begin(now());
    tick();
  }

  void update(const Record& x) override {
    const Time at = event_time_.of(x, now());
    if (time && event_time_.over(windows_.end_of(at))) {
      emit(x, 1);
      return;
    }
    event_time_.seen(at);
    come_to(event_time_.watermark());
    windows_.at(at).push_back(keep(x));
  }

  void on_timer(Time due) override {
    come_to(due);
    tick();
  }

  void flush() override {
    unschedule();
    windows_.finish(empty, [this](const Held* held) { give(held); });
  }

  void save(State& state) const override {
    event_time_.save(state);
    windows_.save(state, [](const Held& held) { return State::list_of(held); });
  }
  void restore(const State& state) override {
    event_time_.restore(state);
    windows_.restore(state, [this](Held& held, std::string_view text) { held.push_back(keep(text)); });
    unschedule();
    tick();
  }

 private:
  using Held = std::vector<Record>;
  EventTime event_time_{time, late};
  TimedWindows<Held> windows_{interval};

  void tick() {
    if (!time) schedule(windows_.next());
  }
  void come_to(Time now) {
    windows_.come_to(now, empty, [this](const Held* held) { give(held); });
  }
  void give(const Held* held) { emit_list(held == nullptr ? std::span<const Record>() : *held); }
};

}  // namespace

StageClass timed_window_stage() { return stage_class<TimedWindowNode>("TimedWindowNode"); }

}  // namespace streamz
