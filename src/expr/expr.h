// SPDX-License-Identifier: Apache-2.0
// Expressions: jq programs over records. Goes in: a program's text, then records. Goes out: results as
// JSON text. The engine is libjq, in a module of its own that is opened when the first program is
// compiled, so a chain without expressions never pays for it.
// Tested by tests/expr_test.cpp.
#pragma once

#include <string>
#include <string_view>

#include "../streamz/stage.h"

namespace streamz::detail {

// The functions behind detail::Host::compile, free_program, run, set, key.
//
// compile throws Error: E0201 syntax, E0202 unknown function or variable, E0203 newer than the engine.
// Error::hint is the label for the caret ("did you mean `length`?"). Variables set() later are declared
// by the program's own use of `$name`: any free $variable compiles, and is null until set.
Program* compile(std::string_view program);
void free_program(Program* program);
bool run(Program* program, const Record& x, Each each, void* context);
void set(Program* program, std::string_view variable, std::string_view json_text);
void key(Program* program, const Record& x, std::string& out);

// Why a program does not compile, with the bytes of it that are to blame.
struct ProgramError : Error {
  using Error::Error;
  std::size_t begin = 0, end = 0;
};

// The engine that runs it, for `streamz explain`: "libjq 1.6".
std::string_view engine(const Program* program);

}  // namespace streamz::detail
