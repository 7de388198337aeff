// SPDX-License-Identifier: Apache-2.0
// Tree to operations. Goes in: a parsed program. Goes out: its Code, with every name resolved, or what
// stands in the way. Tested by tests/expr_test.cpp.
#pragma once

#include "ast.h"
#include "op.h"
#include "tokens.h"

namespace streamz::expr {

// A function that the native engine does not have: the other engine may.
struct NotNative {
  std::string name;  // "input_line_number/0"
  std::size_t begin = 0, end = 0;
  std::vector<std::string> own;  // what the program itself defines up to there
};

// Throws ProgramError for unknown variables, labels and formats, and NotNative. `declared`: the variables
// that are known from outside.
Code compile_native(const Node& program, const std::vector<std::string>& declared);

}  // namespace streamz::expr
