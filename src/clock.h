// SPDX-License-Identifier: Apache-2.0
// Time, and waiting for it. Goes in: nothing. Goes out: a Time that never goes backwards: the wall
// clock at the start plus monotonic time, or a virtual one that moves only when every segment waits.
// Tested by tests/run_test.cpp.
#pragma once

#include <atomic>
#include <chrono>

#include "streamz/record.h"

namespace streamz {

class Clock {
 public:
  enum class Kind { wall, virtual_time };
  explicit Clock(Kind kind = Kind::wall) : kind_(kind) {
    // Virtual time starts at 1970: a replay gives the same output each time.
    if (kind == Kind::wall) offset_ = std::chrono::system_clock::now().time_since_epoch() - monotonic();
  }
  bool is_virtual() const { return kind_ == Kind::virtual_time; }
  Time now() const {
    return is_virtual() ? Time(Duration(virtual_now_.load(std::memory_order_acquire))) : Time(offset_ + monotonic());
  }
  // Virtual time only; never backwards. Called by the waiting room of the run, or by a test.
  void advance_to(Time time) {
    const auto to = time.time_since_epoch().count();
    if (to > virtual_now_.load()) virtual_now_.store(to, std::memory_order_release);
  }

 private:
  static Duration monotonic() { return std::chrono::steady_clock::now().time_since_epoch(); }
  Kind kind_;
  Duration offset_{};
  std::atomic<std::int64_t> virtual_now_{0};
};

}  // namespace streamz
