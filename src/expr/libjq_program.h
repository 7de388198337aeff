// SPDX-License-Identifier: Apache-2.0
// Programs that the native engine does not take, in libjq. Its module is opened for the first of them.
// libjq's numbers are doubles: a record that it would change is refused, never changed.
// Tested by tests/expr_test.cpp.
#pragma once

#include <memory>
#include <span>

#include "libjq_module.h"
#include "tokens.h"

namespace streamz::detail {

// A variable that is known from outside, with its first value as JSON text.
using Declared = std::vector<std::pair<std::string, std::string>>;

class LibjqProgram {
 public:
  // `body`: where the program begins behind its module directives, which are looked up in `directories`
  // (none: where jq looks). Throws Error with libjq's words for what it does not compile.
  LibjqProgram(std::string_view text, std::size_t body, std::span<const Token> tokens, const Declared& declared,
               const std::vector<std::string>& directories);

  void set(std::string_view variable, std::string_view json_text);
  bool run(std::string_view record, bool sorted, Each each, void* context);

  static std::string version();                // "1.6"
  static std::vector<std::string> builtins();  // "length/0"

 private:
  std::vector<std::string> variables_;  // those that the program may read, in the order of the engine's
  struct Close {
    void operator()(Engine* engine) const;
  };
  std::unique_ptr<Engine, Close> engine_;
};

}  // namespace streamz::detail
