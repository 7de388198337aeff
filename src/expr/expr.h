// SPDX-License-Identifier: Apache-2.0
// Expressions: jq programs over records. Goes in: a program's text, then records. Goes out: results as
// JSON text. The native engine takes the programs that it can (parser, compiler, evaluator); what needs a
// function that it does not have goes to libjq, in a module that is opened for the first such program.
// Tested by tests/expr_test.cpp.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../streamz/stage.h"

namespace streamz::detail {

// The functions behind detail::Host::compile, free_program, run, set, key.
//
// compile throws ProgramError: E0112 empty, E0201 syntax, E0202 unknown function or variable, E0203 newer
// than the engine. Error::hint is the label for the caret ("did you mean `length`?") or empty. A program
// may read `$state` and the declared variables; each is null until set. set() of a variable that the
// program does not read does nothing. key() replaces `out`.
Program* compile(std::string_view program);
void free_program(Program* program);
bool run(Program* program, const Record& x, Each each, void* context);
void set(Program* program, std::string_view variable, std::string_view json_text);
void key(Program* program, const Record& x, std::string& out);

// Makes $NAME known to all programs compiled from now on: names without the dollar, and their first
// values as JSON text. Before any thread compiles.
void declare_variables(const std::vector<std::pair<std::string, std::string>>& names_and_values);

// Where programs compiled from now on look for the modules that they import; none: where jq does.
void set_module_directories(std::vector<std::string> directories);

// Why a program does not compile, with the bytes of it that are to blame.
struct ProgramError : Error {
  using Error::Error;
  std::size_t begin = 0, end = 0;
};

// The engine that runs it, for `streamz explain`: "native", "libjq 1.6 (for get_search_list/0)".
std::string_view engine(const Program* program);

// Both engines with the language they speak, for `streamz version`: "1.8 (native), libjq 1.6".
std::string engines();

}  // namespace streamz::detail
