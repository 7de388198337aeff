// SPDX-License-Identifier: Apache-2.0
// A moment as seconds since 1970 with what is left of a microsecond cut off, as JSON: for sources that tell
// the time. Header only. Tested by tests/cases/from_periodic.test.
#pragma once

#include <chrono>
#include <string>

#include <fmt/format.h>

#include "../streamz/record.h"

namespace streamz {

inline std::string seconds_text(Time time) {
  const auto microseconds = std::chrono::floor<std::chrono::microseconds>(time).time_since_epoch().count();
  std::string text = std::to_string(microseconds / 1'000'000);
  if (microseconds % 1'000'000 != 0) {
    text += fmt::format(".{:06}", microseconds % 1'000'000);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text;
}

}  // namespace streamz
