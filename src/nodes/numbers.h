// SPDX-License-Identifier: Apache-2.0
// Numbers of records, for stages that calculate: integers of 64 bits stay exact, all others are doubles.
// Tested by tests/folds_test.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace streamz {

__extension__ using Wide = __int128;

struct Number {
  std::int64_t whole = 0;  // the value when it is an integer
  double real = 0;         // the value, rounded when it is an integer beyond 2^53
  bool integer = false;
};

// `json` is the text of a value. Throws Error when it is no number, or beyond what a double can say.
Number read_number(std::string_view json);

void append_number(std::string& out, std::int64_t number);
// The shortest text that reads back as the same double. JSON has no infinity: the largest double, as jq does.
void append_number(std::string& out, double number);
// An integer while it fits 64 bits, else a double.
void append_number(std::string& out, Wide number);

double to_double(Wide number);

}  // namespace streamz
