// SPDX-License-Identifier: Apache-2.0
// jq's words for a failure, as both engines show them. Tested by tests/run_test.cpp and tests/expr_test.cpp.
#pragma once

#include <string>
#include <string_view>

namespace streamz::expr {

// `cannot index number with "b"` for `Cannot index number with string ("b")` (1.8) or `... string "b"` (1.6).
// What a `catch` gets stays jq's.
inline std::string reworded(std::string words) {
  if (!words.starts_with("Cannot ")) return words;
  words[0] = 'c';
  constexpr std::string_view kWith = " with string ";
  if (const auto at = words.find(kWith); words.starts_with("cannot index ") && at != std::string::npos) {
    words.erase(at + 6, kWith.size() - 6);
    if (words[at + 6] == '(' && words.ends_with(')'))
      words = words.substr(0, at + 6) + words.substr(at + 7, words.size() - at - 8);
  }
  return words;
}

}  // namespace streamz::expr
