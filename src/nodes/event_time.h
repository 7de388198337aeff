// SPDX-License-Identifier: Apache-2.0
// Event time, for stages with time= and late=: when a record happened, and how far time has come. The
// watermark is the largest time seen, less what late= allows; it comes from the records alone, so that a
// replay gives the same answer. Without time= the clock of the run says both.
// Tested by tests/event_time_test.cpp.
#pragma once

#include <functional>
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
  bool waits() const { return from_records() && late_.count() > 0; }  // for records that are late

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

// Records in the order of their times: with late= each is held until the watermark has come to it.
class InOrder {
 public:
  using Hold = std::function<Record(const Record& x)>;
  using Take = std::function<void(const Record& x, Time at)>;
  using Fail = std::function<void(const Record& x, const char* why)>;

  // `hold` makes the copy of a record that has to wait; `fail` is told of what `take` throws about one that has.
  InOrder(Hold hold, Take take, Fail fail) : hold_(std::move(hold)), take_(std::move(take)), fail_(std::move(fail)) {}

  // Gives x, which happened at `at`, to `take` when no record before it can come any more. False: x came too late.
  bool pass(EventTime& clock, const Record& x, Time at);
  void release(Time until);

  void save(State& state) const;
  void restore(const State& state, const std::function<Record(std::string_view json_text)>& keep);

 private:
  Hold hold_;
  Take take_;
  Fail fail_;
  std::multimap<Time, Record> held_;  // of equal times, the first to come is the first to go
};

}  // namespace streamz
