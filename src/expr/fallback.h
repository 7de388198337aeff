// SPDX-License-Identifier: Apache-2.0
// What becomes of a program with a function that the native engine does not have: libjq may have it; if
// not, the error says what was meant, or which jq it needs. Tested by tests/expr_test.cpp.
#pragma once

#include "compiler.h"
#include "parser.h"

namespace streamz::expr {

// Throws ProgramError E0202 when libjq does not have one of the functions either, and no module can.
void check_fallback(const NotNative& missing, const ForLibjq& for_libjq);

// libjq refuses the program, with these words: a module is not found or wrong (E0201), a function is in no
// module (E0202), or something else in it is newer (E0203).
[[noreturn]] void refuse_fallback(const NotNative& missing, const ForLibjq& for_libjq, const std::string& words,
                                  std::string_view program);

}  // namespace streamz::expr
