// SPDX-License-Identifier: Apache-2.0
// Aggregates, with each record, the last N of its group, or those of the last while.
// Tested by tests/cases/rolling.test.
#include <unordered_map>

#include "../streamz/text.h"
#include "numbers.h"
#include "queue_of.h"
#include "windows.h"

namespace streamz {

namespace {

struct RollingNode : Stream {
  std::variant<long, Duration> window = 1L;
  long min_periods = 1;
  list<Call> columns;
  list<Named> by;
  Expr time;
  Duration late{};

  static void describe(Spec<RollingNode>& s) {
    s.summary("aggregate, with each record, the last N");
    s.details(
        std::string("One object for each record: the columns of by=, then each OUT, over the last N records of its "
                    "group, or over those that are less than a duration older. `last:.` has the record "
                    "itself.\n\n") +
        column_help +
        "\n\nWith time= a record that is older than one before it by more than late= goes to port `late`; with "
        "late= records are held for so long and put in the order of their times.");
    s.param("window", &RollingNode::window, "records or duration").positional().required().min(1);
    s.param("min_periods", &RollingNode::min_periods, "null while there are fewer values").min(0);
    describe_columns(s, &RollingNode::columns);
    describe_by(s, &RollingNode::by, "a window for each value of these");
    EventTime::describe(s);
    s.outputs({"late"});
    s.state("a few numbers for each record in the window of each group (median, pNN, nunique and list: its values)");
    s.example("$NAME 2 mean=mean:.v", "{\"v\":1} {\"v\":2} {\"v\":4}", "{\"mean\":1} {\"mean\":1.5} {\"mean\":3}");
    s.example("$NAME 3 most=max min_periods=2", "3 1 2 0", "{\"most\":null} {\"most\":3} {\"most\":3} {\"most\":2}");
    s.example("$NAME 10s n=count time=.", "0 5 10", "{\"n\":1} {\"n\":2} {\"n\":2}");
  }

  void check() override {
    event_time_.check();
    const long* const records = std::get_if<long>(&window);
    if (records != nullptr && min_periods > *records) {
      throw Error("min_periods must be at most the window, which is " + std::to_string(*records));
    }
    check_names(by, columns, {});
  }

  void start() override {
    table_.bind(columns, true);
    rows_.min_periods = static_cast<std::size_t>(min_periods);
  }

  void update(const Record& x) override {
    const Time at = event_time_.of(x, now());
    if (!waiting_.pass(event_time_, x, at)) emit(x, 1);
  }

  void flush() override { waiting_.release(Time::max()); }

  void save(State& state) const override {
    event_time_.save(state);
    waiting_.save(state);
    groups_.save(state, "group");
    groups_.each([&](Groups::Group& group) {
      std::string times = "[";
      for (const Held& held : held_.at(&group)) {
        if (times.size() > 1) times += ',';
        append_number(times, held.time.time_since_epoch().count());
      }
      state.add("times", times + "]");
      return true;
    });
  }
  void restore(const State& state) override {
    event_time_.restore(state);
    waiting_.restore(state, [this](std::string_view text) { return keep(text); });
    state.each("group", [&](std::string_view saved) { groups_.restore_one(saved); });
    std::vector<QueueOf<Held>*> queues;
    groups_.each([&](Groups::Group& group) { return queues.push_back(&held_[&group]), true; });
    std::size_t at = 0;
    state.each("times", [&](std::string_view times) {
      text::each_element(times, [&](std::string_view time) {
        queues.at(at)->push({Time(Duration(read_number(time).whole)), {}});
        return true;
      });
      ++at;
    });
  }

 private:
  // Until it leaves the window a record is part of results to come.
  struct Held {
    Time time{};
    Acks acks;
  };
  EventTime event_time_{time, late};
  InOrder waiting_{[this](const Record& x) { return keep(x); }, [this](const Record& x, Time at) { take(x, at); },
                   [this](const Record& x, const char* why) { fail(x, why); }};
  By by_{by};
  Columns table_;
  Groups groups_{table_};
  Rows rows_{by_, table_, event_time_, [this](JsonText row, const Acks& from) { return emit(row, from); }};
  std::unordered_map<const Groups::Group*, QueueOf<Held>> held_;
  std::string key_;

  void take(const Record& x, Time at) {
    table_.read(x);
    by_.key(x, key_);
    Groups::Group& group = groups_.at(key_);
    QueueOf<Held>& held = held_[&group];
    while (!held.empty() && leaves(held, at)) {
      table_.remove(group.state());
      held.pop();
    }
    table_.add(group.state());
    held.push({at, {}});
    held.back().acks.add(x);
    Acks from;
    from.add(x);
    rows_.one(groups_, group, std::nullopt, from);
  }

  // Whether the oldest makes way for a record of that time.
  bool leaves(QueueOf<Held>& held, Time at) const {
    if (const long* const records = std::get_if<long>(&window))
      return held.size() == static_cast<std::size_t>(*records);
    return held.front().time <= at - std::get<Duration>(window);
  }
};

}  // namespace

extern constinit const StageClass rolling_stage = stage_class<RollingNode>("RollingNode");

}  // namespace streamz
