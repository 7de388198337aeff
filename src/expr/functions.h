// SPDX-License-Identifier: Apache-2.0
// The functions of the native engine: those of values, in tables by subject, and those that are written
// in jq. Tested by tests/jq_manual_test.cpp.
#pragma once

#include <span>

#include "op.h"

namespace streamz::expr {

struct NativeRow {
  std::string_view name;
  std::size_t arity;
  Native function;
};
const NativeRow* find_native(std::string_view name, std::size_t arity);

// A function in jq: `def NAME(…): …;`, compiled when a program uses it. Null: there is none.
struct WrittenRow {
  std::string_view name;
  std::size_t arity;
  std::string_view text;
};
const WrittenRow* find_written(std::string_view name, std::size_t arity);

// "length/0", of both tables and of what the compiler knows itself.
std::vector<std::string> native_names();
std::vector<std::string> special_names();  // compiler_calls.cpp

std::span<const NativeRow> array_functions();
std::span<const NativeRow> date_functions();
std::span<const NativeRow> math_functions();
std::span<const NativeRow> regex_functions();
std::span<const NativeRow> string_functions();
std::span<const NativeRow> value_functions();

Value split(Value& text, Value& separator);
const Value& environment();  // $ENV

}  // namespace streamz::expr
