// SPDX-License-Identifier: Apache-2.0
// jq's arithmetic on any values, and the formats of strings. Tested by tests/jq_manual_test.cpp.
#pragma once

#include "value.h"

namespace streamz::expr {

Value arithmetic(char sign, Value a, Value b);  // + - * / %
bool holds(char sign, Value& a, Value& b);      // = ! < > l (<=) g (>=)
Value negate(Value v);

// A value as text in a string: as it is, or as tojson gives it.
std::string tostring(Value v);
// What a format makes of a value; null where there is no such format.
using Format = std::string (*)(Value& v);
Format find_format(std::string_view name);
std::string to_base64(std::string_view bytes);
std::vector<std::string> format_names();

}  // namespace streamz::expr
