// SPDX-License-Identifier: Apache-2.0
// Sorts the records, all of them at the end or those of each window. Tested by tests/cases/sort.test.
#include <algorithm>

#include "one_result.h"
#include "order.h"
#include "timed_windows.h"

namespace streamz {

namespace {

struct SortNode : Stream {
  enum class Order { asc, desc };
  list<Expr> by;
  Order order = Order::asc;
  std::optional<std::variant<long, Duration>> window;
  Expr time;
  Duration late{};

  static void describe(Spec<SortNode>& s) {
    s.summary("sort the records, all of them or those of each window");
    s.details(
        "By the first of by=, of equal ones by the next; what is equal in all stays as it came. The order is jq's: "
        "null, false, true, numbers, strings, arrays, objects.\n\nWithout window= all records are held until the end. "
        "With it those of each window are sorted: of N records, or of a duration (counted from 1970). With time= a "
        "window closes when a record comes that is later than its end by more than late=; a record whose window has "
        "closed goes to port `late`.");
    s.param("by", &SortNode::by, "what decides; not given: the record");
    s.param("order", &SortNode::order, "the least first, or the largest").one_of({"asc", "desc"});
    s.param("window", &SortNode::window, "records or duration").min(1);
    EventTime::describe(s);
    s.outputs({"late"});
    s.state("the records of a window; without window= all records");
    s.uneven();
    s.example("$NAME", "3 1 2", "1 2 3");
    s.example("$NAME by=.k,.v order=desc", "{\"k\":1,\"v\":1} {\"k\":2,\"v\":0} {\"k\":1,\"v\":3}",
              "{\"k\":2,\"v\":0} {\"k\":1,\"v\":3} {\"k\":1,\"v\":1}");
    s.example("$NAME window=2", "3 1 2", "1 3 2");
  }

  void check() override {
    event_time_.check();
    if (time && !in_time()) throw Error("time= needs a duration as window=");
  }

  void start() override {
    if (by.empty()) by.emplace_back();
    length_ = in_time() ? std::get<Duration>(*window) : Duration();
  }

  void update(const Record& x) override {
    const Time at = in_time() ? event_time_.of(x, now()) : Time();
    if (time && event_time_.over(windows_.end_of(at))) {
      emit(x, 1);
      return;
    }
    find_value(x);
    if (!in_time()) {
      all_.push_back({value_, keep(x)});
      if (window && all_.size() == static_cast<std::size_t>(std::get<long>(*window))) give(all_);
      return;
    }
    event_time_.seen(at);
    come_to(event_time_.watermark());
    windows_.at(at).push_back({value_, keep(x)});
    if (!time) set_timer();
  }

  void on_timer(Time due) override {
    come_to(due);
    set_timer();
  }

  void flush() override {
    unschedule();
    give(all_);
    windows_.finish(false, [this](Held* held) { give(*held); });
  }

  void save(State& state) const override {
    event_time_.save(state);
    state.add("all", list_of(all_));
    windows_.save(state, list_of);
  }
  void restore(const State& state) override {
    event_time_.restore(state);
    const auto put = [this](Held& held, std::string_view text) {
      const Record x = keep(text);
      find_value(x);
      held.push_back({value_, x});
    };
    text::each_element(state.find("all").value_or("[]"), [&](std::string_view text) { return put(all_, text), true; });
    windows_.restore(state, put);
    if (in_time() && !time) set_timer();
  }

 private:
  struct One {
    std::string value;  // of by=, as an array
    Record record;
  };
  using Held = std::vector<One>;
  EventTime event_time_{time, late};
  Duration length_{};
  TimedWindows<Held> windows_{length_};
  Held all_;  // without a window, or of the open one of N records
  std::string value_, part_;

  bool in_time() const { return window && std::holds_alternative<Duration>(*window); }

  static std::string list_of(const Held& held) {
    std::vector<Record> records;
    for (const One& one : held) records.push_back(one.record);
    return State::list_of(records);
  }

  void find_value(const Record& x) {
    value_ = "[";
    for (Expr& expr : by) {
      one_result(expr, x, "by=", part_);
      if (value_.size() > 1) value_ += ',';
      value_ += part_;
    }
    value_ += ']';
  }

  void come_to(Time time) {
    windows_.come_to(time, false, [this](Held* held) { give(*held); });
  }
  void set_timer() {
    unschedule();
    if (!windows_.none()) schedule(windows_.next());
  }

  void give(Held& held) {
    const int sign = order == Order::asc ? 1 : -1;
    std::stable_sort(held.begin(), held.end(),
                     [&](const One& a, const One& b) { return compare_json(a.value, b.value) * sign < 0; });
    Held out = std::move(held);
    held.clear();
    for (const One& one : out) {
      if (!emit(one.record)) return;
    }
  }
};

}  // namespace

extern constinit const StageClass sort_stage = stage_class<SortNode>("SortNode");

}  // namespace streamz
