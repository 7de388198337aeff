// SPDX-License-Identifier: Apache-2.0
// Numbers: text to value and back, and arithmetic in which integers stay exact to 64 bits and become
// doubles where they would overflow. Tested by tests/jq_manual_test.cpp.
#pragma once

#include <optional>

#include "value.h"

namespace streamz::expr {

// `text` is a JSON number. An integer of 64 bits stays one; everything else is a double.
Value number_from(std::string_view text);
// jq's tonumber: a JSON number and nothing else.
std::optional<Value> parse_number(std::string_view text);

// As jq prints it: 17 digits at most, 1e+20, null for nan, the largest double for infinity.
void append_number(std::string& out, double number);

int compare_numbers(const Value& a, const Value& b);

Value add_numbers(const Value& a, const Value& b);
Value subtract_numbers(const Value& a, const Value& b);
Value multiply_numbers(const Value& a, const Value& b);
Value divide_numbers(const Value& a, const Value& b);  // b is not 0
Value negated(const Value& a);

// A double as an integer where it is one of 64 bits: what floor and its kin give.
Value whole(double number);
// As C's conversion, but bounded; nan is 0.
std::int64_t to_integer(const Value& number);

}  // namespace streamz::expr
