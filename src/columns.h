// SPDX-License-Identifier: Apache-2.0
// The words of Named and Call parameters: NAME:EXPR and FN:EXPR. Goes in: one word of a chain. Goes out: its
// parts, or the fact that is wrong with it. Compiles nothing.
// Tested by tests/values_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "streamz/spec.h"

namespace streamz {

// Where the expression begins in `text`, behind NAME: or FN:.
std::size_t expression_begin(Type type, std::string_view text);

// What the result of an expression is called when nobody says: the last step of its path, or its text.
std::string column_name(std::string_view program);

// "sum:.x", or "\"total\"=sum:.x" as a free key hands it over.
Call parse_call(std::string_view text);
Named parse_named(std::string_view text);

// Throws when `text` is no call of one of the functions of `param`.
void check_call(const Param& param, std::string_view text);
void check_named(std::string_view text);

// Whether a word has the form of a call of one of these functions: for who gives it to another parameter.
bool is_call(const Param& param, std::string_view text);

// What set() of a free parameter takes: the key and the value.
std::string with_key(std::string_view key, std::string_view value);

}  // namespace streamz
