// SPDX-License-Identifier: Apache-2.0
// What was thrown, in words; plugins throw what they like. Tested by tests/loader_test.cpp and tests/plugins/bad.
#pragma once

#include <string>

#include "streamz/record.h"

namespace streamz {

// The exception that is being handled: an Error itself, another's text, otherwise "threw int".
Error thrown_error();
// Its text alone.
std::string thrown_text();

// "f(int)" of "_Z1fi"; a text that is no mangled name as it is.
std::string demangled(const std::string& symbol);

}  // namespace streamz
