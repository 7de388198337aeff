// SPDX-License-Identifier: Apache-2.0
// Emits, once in each interval, the list of what came in it, one record of each key.
// Tested by tests/cases/timed_window_unique.test.
#include "timed_windows.h"
#include "unique_records.h"

namespace streamz {

namespace {

struct TimedWindowUniqueNode : Stream {
  Duration interval{};
  Expr key;
  Keep which = Keep::first;
  bool empty = true;
  Expr time;
  Duration late{};

  static void describe(Spec<TimedWindowUniqueNode>& s) {
    s.summary("emit, once in each interval, a list of records with different keys");
    s.details(
        "As timed_window. Of records with the same key in one interval the first stays, or, with keep=last, the last, "
        "where it came.\n\nThe intervals are counted from the start of the run, or, with time=, from 1970. At the end "
        "of input what is "
        "open goes out if there is something in it.\n\nWith time= a window closes when a record comes that is later "
        "than its end by more than late=; a record whose window has closed goes to port `late`.");
    s.param("interval", &TimedWindowUniqueNode::interval, "the length of a window").positional().required();
    s.param("key", &TimedWindowUniqueNode::key, "what must differ; not given: the whole record");
    s.param("keep", &TimedWindowUniqueNode::which, "which of the records with the same key stays")
        .one_of({"first", "last"});
    s.param("empty", &TimedWindowUniqueNode::empty, "emit [] for an interval without records");
    EventTime::describe(s);
    s.outputs({"late"});
    s.state("one record of each key of one interval; with late= of those that are open");
    s.uneven();
    s.example("$NAME 10s", "1 2 1", "[1,2]");
    s.example("$NAME 10s key='(. % 2)' keep=last", "1 2 3", "[2,3]");
  }

  void check() override { event_time_.check(); }

  void start() override {
    if (!key) key = Expr(".");
    if (!time) windows_.begin(now());
    tick();
  }

  void update(const Record& x) override {
    const Time at = event_time_.of(x, now());
    if (time && event_time_.over(windows_.end_of(at))) {
      emit(x, 1);
      return;
    }
    key.key(x, text_);
    event_time_.seen(at);
    come_to(event_time_.watermark());
    windows_.at(at).add(text_, which, [&] { return keep(x); });
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
    windows_.save(state, [](const Held& held) { return State::list_of(held.records()); });
  }
  void restore(const State& state) override {
    event_time_.restore(state);
    windows_.restore(state, [this](Held& held, std::string_view text) {
      Record x = keep(text);
      key.key(x, text_);
      held.add(text_, which, [&] { return std::move(x); });
    });
    unschedule();
    tick();
  }

 private:
  using Held = UniqueRecords;
  EventTime event_time_{time, late};
  TimedWindows<Held> windows_{interval};
  std::string text_;

  void tick() {
    if (!time) schedule(windows_.next());
  }
  void come_to(Time now) {
    windows_.come_to(now, empty, [this](const Held* held) { give(held); });
  }
  void give(const Held* held) { emit_list(held == nullptr ? std::vector<Record>() : held->records()); }
};

}  // namespace

StageClass timed_window_unique_stage() { return stage_class<TimedWindowUniqueNode>("TimedWindowUniqueNode"); }

}  // namespace streamz
