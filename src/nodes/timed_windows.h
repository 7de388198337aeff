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

}  // namespace streamz
