// SPDX-License-Identifier: Apache-2.0
// Tree to operations. Goes in: a parsed program. Goes out: its Code, with every name resolved, or what
// stands in the way. Tested by tests/expr_test.cpp.
#pragma once

#include "ast.h"
#include "op.h"
#include "tokens.h"

namespace streamz::expr {

// Functions that the native engine does not have: the other engine may.
struct NotNative {
  struct Call {
    std::string name;  // "get_search_list/0"
    std::size_t begin = 0, end = 0;
    std::vector<std::string> own;  // what the program itself defines up to there
    std::size_t commas = 0;        // in its only argument
  };
  std::vector<Call> calls;  // in the order of the program, at least one
};

// Throws ProgramError for unknown variables, labels and formats; if there are none of these, NotNative. `declared`: the
// variables that are known from outside.
Code compile_native(const Node& program, const std::vector<std::string>& declared);

}  // namespace streamz::expr
