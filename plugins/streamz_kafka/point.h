// SPDX-License-Identifier: Apache-2.0
// What from= and until= say. Tested by from_kafka.test and tests/e2e/kafka.sh.
#pragma once

#include <cstdint>
#include <string>

// Where a partition begins for which nothing is stored, or where it ends: an offset, or what stands for one.
struct Point {
  enum class Kind { none, beginning, end, offset, time } kind = Kind::none;
  std::int64_t value = 0;  // an offset, or ms since 1970

  // beginning, end, an offset, RFC 3339 or a duration before now. Throws Error.
  static Point parse(const std::string& text);
};
