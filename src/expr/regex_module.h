// SPDX-License-Identifier: Apache-2.0
// The border between the program and the module that links Oniguruma: one table of functions.
// Tested by tests/jq_manual_test.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace streamz::expr {

struct Regex;  // a compiled pattern

struct RegexFlags {
  bool ignore_case = false;  // i
  bool extended = false;     // x: blanks and comments in the pattern
  bool single_line = false;  // s: `^` is the beginning of the text, `$` its end
  bool dot_all = false;      // with `s`, p: `.` matches a newline
  bool not_empty = false;    // n: no empty matches
  bool longest = false;      // l
};

// Bytes; -1: the group took no part.
struct Group {
  std::int64_t begin = -1, end = -1;
};

struct RegexModule {
  // Null with `error` set when the pattern is none.
  Regex* (*compile)(std::string_view pattern, const RegexFlags& flags, std::string& error);
  void (*free)(Regex*);
  // The first match at or after `from`; group 0 is the whole of it. Throws std::bad_alloc.
  bool (*search)(const Regex*, std::string_view text, std::size_t from, std::vector<Group>& groups);
  // The names of the groups from 1 on; "" for those without.
  std::vector<std::string> (*names)(const Regex*);
};

}  // namespace streamz::expr

// The one symbol of the module.
extern "C" __attribute__((visibility("default"))) const streamz::expr::RegexModule streamz_regex_module;
