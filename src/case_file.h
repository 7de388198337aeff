// SPDX-License-Identifier: Apache-2.0
// A case file: its text to cases. Goes in: what streamz-plugin(7) describes. Goes out: chains with their marked
// lines. Header of case_file.cpp; cases.cpp runs them. Tested by tests/cases and their readers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace streamz {

// One marked line of a case.
struct Step {
  enum Kind { input, raw, expect, pass_time, error, make_file, expect_file } kind;
  std::string port;  // of input and expect
  std::string text;
  std::string name;  // of a file
  int line = 0;
};

struct Case {
  std::string chain;
  std::vector<Step> steps;
  int line = 0;
};

std::vector<Case> parse_cases(std::string_view text);

// JSON values parted by blanks outside brackets and strings.
std::vector<std::string> split_values(std::string_view text);

// What \n \t \r \0 \\ \xHH stand for.
std::string unescaped(std::string_view text);

}  // namespace streamz
