// SPDX-License-Identifier: Apache-2.0
// The grammar of jq 1.8. Goes in: a program. Goes out: its tree, or a ProgramError E0201 with the place
// that is to blame. Tested by tests/expr_test.cpp.
#pragma once

#include "ast.h"
#include "tokens.h"

namespace streamz::expr {

NodePtr parse_program(std::string_view program, const std::vector<Token>& tokens);

// Whether the program begins with `import`, `include` or `module`.
bool uses_modules(std::string_view program, const std::vector<Token>& tokens);

}  // namespace streamz::expr
