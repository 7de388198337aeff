// SPDX-License-Identifier: Apache-2.0
// Programs as parameters of a stage. Include <streamz/plugin.h>, not this.
#pragma once

#include "stage.h"

namespace streamz {

// A jq program as a parameter. Bound and compiled before start(); each stage has its own.
class Expr {
 public:
  Expr() = default;
  Expr(Expr&&) = default;
  Expr& operator=(Expr&&) = default;
  // Compiles; throws Error with code E0201 to E0203.
  explicit Expr(std::string_view program) : program_(detail::host->compile(program)) {}

  explicit operator bool() const { return program_ != nullptr; }  // was it given?

  // jq's truth of the first result: false for false, null and no result. Throws Error when it fails.
  bool test(const Record& x) {
    bool truth = false;
    run(x, [&](JsonText r) {
      truth = r.text != "false" && r.text != "null";
      return false;
    });
    return truth;
  }
  // Calls f(JsonText) for each result in order, until it returns false. Returns false when f did.
  template <class F>
  bool each(const Record& x, F f) {
    return run(x, std::move(f));
  }
  // Canonical text of the result, the same for equal values (1 and 1.0, objects in any key order).
  // Several results are joined, so that `.a, .b` makes a key of two.
  std::string key(const Record& x) {
    std::string text;
    detail::host->key(program_.get(), x, text);
    return text;
  }
  // The same into a string that is used again.
  void key(const Record& x, std::string& into) { detail::host->key(program_.get(), x, into); }
  // Gives $variable (named without the dollar) a value for the next calls. JSON text.
  void set(std::string_view variable, std::string_view json_text) {
    detail::host->set(program_.get(), variable, json_text);
  }

 private:
  template <class F>
  bool run(const Record& x, F f) {
    return detail::host->run(
        program_.get(), x, [](void* context, JsonText result) { return (*static_cast<F*>(context))(result); }, &f);
  }
  struct Free {
    void operator()(detail::Program* program) const { detail::host->free_program(program); }
  };
  std::unique_ptr<detail::Program, Free> program_;
};

}  // namespace streamz
