// SPDX-License-Identifier: Apache-2.0
// The grammar of jq 1.8. Goes in: a program. Goes out: its tree, or a ProgramError E0201 with the place
// that is to blame. Tested by tests/expr_test.cpp.
#pragma once

#include "ast.h"
#include "tokens.h"

namespace streamz::expr {

struct Place {
  std::size_t begin = 0, end = 0;
  bool empty() const { return end == 0; }
};

// What the other engine has to know of a program: what it says of modules before it begins (`module`,
// `import`, `include`), and what jq 1.6 would read otherwise.
struct ForLibjq {
  struct Use {
    std::string path;
    Place place;
  };
  std::vector<Use> used;
  Place newer;
  std::vector<std::string> variables;  // of data: `import "a" as $a;` brings `$a` and `$a::a`
  std::size_t body = 0;                // where the program itself begins; 0: it has no modules
};

NodePtr parse_program(std::string_view program, const std::vector<Token>& tokens, ForLibjq& for_libjq);

}  // namespace streamz::expr
