// SPDX-License-Identifier: Apache-2.0
// Event time, for stages with time= and late=: when a record happened, and how far time has come. The
// watermark is the largest time seen, less what late= allows; it comes from the records alone, so that a
// replay gives the same answer. Without time= the clock of the run says both.
// Tested by tests/event_time_test.cpp.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "../streamz/spec.h"

namespace streamz {

// "2026-01-31T12:00:00.5+01:00". Nothing when it is none.
std::optional<Time> parse_rfc3339(std::string_view text);
// In UTC, with as many digits of a second as it takes.
std::string to_rfc3339(Time time);
// A JSON number of seconds since 1970, exact to nanoseconds. Nothing when it is out of range.
std::optional<Time> parse_seconds(std::string_view number);
std::string to_seconds(Time time);

// The start of the window of this length that `time` is in; windows stand side by side from 1970 on.
Time window_start(Time time, Duration length);

class EventTime {
 public:
  // Declares time= and late= of a stage with these two members, which the constructor is then given.
  template <class T>
  static void describe(Spec<T>& s) {
    s.param("time", &T::time, "when a record happened: seconds since 1970 or RFC 3339; not given: when it comes");
    s.param("late", &T::late, "how much later than others a record may come, by time=");
  }
  EventTime(Expr& time, const Duration& late) : time_(time), late_(late) {}

  void check() const;  // in start(): late= without time= is a mistake
  bool from_records() const { return static_cast<bool>(time_); }

  // When x happened; `now` is the answer when there is no time=. Throws Error when x does not say.
  Time of(const Record& x, Time now);
  // Time has come to `time`: moves the watermark, never backwards.
  void seen(Time time);
  Time watermark() const { return watermark_; }
  // Whether a window that ends there is over.
  bool over(Time end) const { return end <= watermark_; }

  // A time as the records say it: seconds or RFC 3339.
  std::string text(Time time) const { return strings_ ? '"' + to_rfc3339(time) + '"' : to_seconds(time); }

  void save(State& state) const;
  void restore(const State& state);

 private:
  Expr& time_;
  const Duration& late_;
  Time watermark_ = Time::min();
  bool strings_ = false;  // whether the last record gave its time as a string
};

// Records in the order of their times: each is held until the watermark has come to it.
class InOrder {
 public:
  void add(Time time, Record x) { held_.emplace(time, std::move(x)); }
  // Takes out, in order, those that no other record can come before any more.
  template <class F>
  void release(Time watermark, F f) {
    while (!held_.empty() && held_.begin()->first <= watermark) {
      const auto first = held_.extract(held_.begin());
      f(first.mapped(), first.key());
    }
  }
  void save(State& state) const;
  template <class Keep>
  void restore(const State& state, Keep keep) {
    std::vector<Time> times;
    state.each_time("waits_until", [&](Time time) { times.push_back(time); });
    std::size_t at = 0;
    state.each("waits", [&](std::string_view text) { held_.emplace(times.at(at++), keep(text)); });
  }

 private:
  std::multimap<Time, Record> held_;  // of equal times, the first to come is the first to go
};

}  // namespace streamz
