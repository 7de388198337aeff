// SPDX-License-Identifier: Apache-2.0
// Windows of one length, side by side, each with what was put into it: for timed_window and
// timed_window_unique. By the clock of the run they are counted from its start, in event time from 1970.
// Tested by tests/cases/timed_window.test.
#pragma once

#include <map>
#include <optional>

#include "../streamz/text.h"
#include "event_time.h"

namespace streamz {

template <class Held>
class TimedWindows {
 public:
  explicit TimedWindows(const Duration& length) : length_(length) {}

  // Windows are counted from here, and the first of them is open without a record.
  void begin(Time origin) {
    origin_ = origin;
    next_ = origin;
  }

  Time end_of(Time time) const { return start_of(time) + length_; }
  Held& at(Time time) {
    const Time start = start_of(time);
    if (!next_ || start < *next_) next_ = start;
    return open_[start];
  }

  // Gives the windows that end at `time` or before; those without records as null.
  template <class Give>
  void come_to(Time time, bool empty_ones, Give give) {
    while (next_ && *next_ + length_ <= time) {
      const bool has_records = !open_.empty() && open_.begin()->first == *next_;
      if (!has_records && !empty_ones) {
        next_ = open_.empty() ? start_of(time) : std::min(start_of(time), open_.begin()->first);
        continue;
      }
      give(has_records ? &open_.begin()->second : nullptr);
      if (has_records) open_.erase(open_.begin());
      *next_ += length_;
    }
  }
  template <class Give>
  void finish(bool empty_ones, Give give) {
    if (!open_.empty()) come_to(open_.rbegin()->first + length_, empty_ones, give);
  }
  bool none() const { return open_.empty(); }
  Time next() const { return next_ ? *next_ + length_ : Time::max(); }

  // `list_of` makes one JSON text of a window; put(window, text) puts one record back.
  template <class ListOf>
  void save(State& state, ListOf list_of) const {
    if (next_) state.add("next", *next_);
    state.add("origin", origin_);
    for (const auto& [start, held] : open_) {
      state.add("start", start);
      state.add("held", list_of(held));
    }
  }
  template <class Put>
  void restore(const State& state, Put put) {
    open_.clear();
    next_.reset();
    state.each_time("next", [&](Time next) { next_ = next; });
    origin_ = state.time("origin");
    std::vector<Time> starts;
    state.each_time("start", [&](Time start) { starts.push_back(start); });
    std::size_t at = 0;
    state.each("held", [&](std::string_view list) {
      Held& held = open_[starts.at(at++)];
      text::each_element(list, [&](std::string_view one) {
        put(held, one);
        return true;
      });
    });
  }

 private:
  const Duration& length_;
  Time origin_{};
  std::optional<Time> next_;  // the start of the first window that is not over
  std::map<Time, Held> open_;

  Time start_of(Time time) const { return origin_ + (window_start(Time(time - origin_), length_).time_since_epoch()); }
};

// A stage that collects records in such windows. The stage itself says what goes into one and what comes out.
template <class Held>
class TimedWindowStage : public Stream {
 public:
  Duration interval{};
  bool empty = true;
  Expr time;
  Duration late{};

  // The stage's own parameters are declared between these two.
  template <class T>
  static void describe_interval(Spec<T>& s) {
    s.param("interval", &T::interval, "the length of a window").positional().required();
  }
  template <class T>
  static void describe_rest(Spec<T>& s) {
    s.param("empty", &T::empty, "emit [] for an interval without records");
    EventTime::describe(s);
    s.outputs({"late"});
    s.uneven();
  }
  static constexpr const char* kDetails =
      "The intervals are counted from the start of the run, or, with time=, from 1970. At the end of input what is "
      "open "
      "goes out if there is something in it.\n\nWith time= a window closes when a record comes that is later than its "
      "end by more than late=; a record whose window has closed goes to port `late`.";

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
    put(windows_.at(at), x);
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
    windows_.save(state, [this](const Held& held) { return State::list_of(records(held)); });
  }
  void restore(const State& state) override {
    event_time_.restore(state);
    windows_.restore(state, [this](Held& held, std::string_view text) { put(held, keep(text)); });
    unschedule();
    tick();
  }

 protected:
  virtual void put(Held& window, const Record& x) = 0;
  virtual std::vector<Record> records(const Held& window) const = 0;

 private:
  EventTime event_time_{time, late};
  TimedWindows<Held> windows_{interval};

  void tick() {
    if (!time) schedule(windows_.next());
  }
  void come_to(Time now) {
    windows_.come_to(now, empty, [this](const Held* held) { give(held); });
  }
  void give(const Held* held) { emit_list(held == nullptr ? std::vector<Record>() : records(*held)); }
};

}  // namespace streamz
