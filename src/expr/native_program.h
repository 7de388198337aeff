// SPDX-License-Identifier: Apache-2.0
// A program of the native engine with its variables, and its runs over records.
// Tested by tests/expr_test.cpp.
#pragma once

#include <memory>

#include "compiler.h"
#include "libjq_program.h"
#include "parsed.h"

namespace streamz::expr {

class NativeProgram {
 public:
  // Throws what compile_native() throws.
  NativeProgram(const Node& program, const detail::Declared& declared);
  void set(std::string_view variable, std::string_view json_text);
  bool run(const Record& x, detail::Each each, void* context);
  void key(const Record& x, std::string& out);

 private:
  // A variable's text, which its value is made of.
  struct Given {
    std::string text;
    Parse parse;
  };
  struct Variable {
    std::unique_ptr<Given> current, spare;
  };
  template <class Use>
  bool each_result(const Record& x, Use use);

  Code code_;
  std::vector<Value> globals_;
  std::vector<Variable> given_;
  std::string out_;
};

}  // namespace streamz::expr
