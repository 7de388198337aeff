// SPDX-License-Identifier: Apache-2.0
// What becomes of a program with a function that the native engine does not have: libjq may have it; if
// not, the error says what was meant, or which jq it needs. Tested by tests/expr_test.cpp.
#pragma once

#include "compiler.h"

namespace streamz::expr {

// Throws ProgramError E0202 when libjq does not have the function either.
void check_fallback(const NotNative& missing);

// libjq has the function, but refuses the program: something else in it is newer. E0203.
[[noreturn]] void refuse_fallback(const NotNative& missing, const std::string& words, std::string_view program);

}  // namespace streamz::expr
