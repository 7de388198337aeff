// SPDX-License-Identifier: Apache-2.0
// Whether a text is JSON, by the index of it that simdjson's first stage made. That stage has seen to UTF-8,
// to control characters inside strings and to strings that do not end; here is what is left: the grammar,
// numbers, words and escapes. Unlike simdjson's second stage it copies nothing, and takes what RFC 8259 does.
// Tested by tests/grammar_test.cpp.
#pragma once

#include <cstdint>
#include <string_view>

namespace streamz::expr {

// Brackets of both kinds at once: they differ in one bit.
inline bool opens(char c) { return (c | 0x20) == '{'; }

// How many entries of the index the value has that begins at the first; 0: it is none, or nests very deeply. `index`
// has `entries` places in the text, and behind them one more. Escapes are not looked at. `closes` gets, at the place of
// each opening bracket, that of the one which closes it.
std::uint32_t entries_of_value(const char* text, const std::uint32_t* index, std::uint32_t entries,
                               std::uint32_t* closes);

// Escapes, and whatever else begins with a backslash, all over the text.
bool has_good_escapes(std::string_view text);

}  // namespace streamz::expr
