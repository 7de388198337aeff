// SPDX-License-Identifier: Apache-2.0
// The border between the program and the module that links libjq: one table of functions.
// Tested by tests/expr_test.cpp.
#pragma once

#include <span>
#include <string>

#include "../streamz/stage.h"

namespace streamz::detail {

struct Engine;  // one jq_state with its compiled program

// Called with each thing libjq has to say about a program that does not compile.
using Complain = void (*)(void* context, std::string_view words);

struct LibjqModule {
  // Null when the program does not compile. With `variables`, the program is run on the array of its
  // input and the variables' values, which are null until set. `directories`: of modules.
  Engine* (*open)(const char* program, std::size_t variables, std::span<const std::string> directories,
                  Complain complain, void* context);
  void (*close)(Engine*);
  // Throws Error when `json` is not one JSON value that libjq can hold.
  void (*set)(Engine*, std::size_t variable, std::string_view json);
  // Gives each result as JSON text, with the keys of objects sorted when `sorted`. False: `each` did not
  // want more. Throws Error when the program or the parsing of the input fails.
  bool (*run)(Engine*, std::string_view input, bool sorted, Each each, void* context);
  const char* (*version)();  // "1.6"
};

}  // namespace streamz::detail

// The one symbol of the module.
extern "C" __attribute__((visibility("default"))) const streamz::detail::LibjqModule streamz_jq_module;
