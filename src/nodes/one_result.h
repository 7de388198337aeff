// SPDX-License-Identifier: Apache-2.0
// The value of an expression that has to give one; the record itself when there is no expression.
#pragma once

#include <string>

#include "../streamz/spec.h"

namespace streamz {

// `what` is how the user knows the expression: "by=". Throws Error when there is none, or more than one.
inline void one_result(Expr& expr, const Record& x, const char* what, std::string& out) {
  if (!expr) {
    out = x.raw();
    return;
  }
  int results = 0;
  expr.each(x, [&](JsonText result) {
    out = result.text;
    return ++results < 2;
  });
  if (results == 1) return;
  throw Error(std::string(what) + (results == 0 ? " gives nothing" : " gives more than one result"));
}

}  // namespace streamz
