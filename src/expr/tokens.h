// SPDX-License-Identifier: Apache-2.0
// The words of a jq program. Goes in: its text. Goes out: tokens with their places, for better errors
// than libjq's and for what it cannot be asked: which variables a program reads. Knows no grammar beyond
// strings, comments and brackets. Tested by tests/expr_test.cpp.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "expr.h"

namespace streamz::detail {

struct Token {
  // name: a function or a keyword; field: `.name`; variable: `$name`; format: `@name`; string: a piece of
  // one between its quotes and its `\(...)`; symbol: everything else.
  enum Kind { name, field, variable, format, number, string, symbol };
  Kind kind = symbol;
  std::size_t begin = 0, end = 0;
  char bracket = '\0';  // the innermost one that is open there

  std::string_view text(std::string_view program) const { return program.substr(begin, end - begin); }
};

// Throws ProgramError for a string or bracket that is not closed, a bracket that closes none, a single
// quote and a NUL.
std::vector<Token> tokens_of(std::string_view program);

ProgramError program_error(std::string code, const std::string& text, std::string hint, std::size_t begin,
                           std::size_t end);

}  // namespace streamz::detail

namespace streamz::expr {
using detail::program_error;
using detail::Token;
using detail::tokens_of;
}  // namespace streamz::expr
