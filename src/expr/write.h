// SPDX-License-Identifier: Apache-2.0
// Values as JSON text. Tested by tests/jq_manual_test.cpp.
#pragma once

#include "value.h"

namespace streamz::expr {

// Slices as they were written, without the blanks between parts.
void append_json(std::string& out, const Value& value);
// The same text for equal values: keys sorted, the last of equal keys alone, numbers and strings in one form.
void append_canonical(std::string& out, const Value& value);
// As tojson gives it: numbers and strings in one form, keys in their order.
void append_tojson(std::string& out, const Value& value);

void append_quoted(std::string& out, std::string_view text);

// For error messages: `number (1)`, cut as jq cuts it.
std::string described(const Value& value);
std::string shortened(const Value& value);  // `1`

}  // namespace streamz::expr
