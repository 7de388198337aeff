// SPDX-License-Identifier: Apache-2.0
// Code points of text that is known to be UTF-8. Tested by tests/jq_manual_test.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace streamz::expr {

inline void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  if (code < 0x800) {
    out += static_cast<char>(0xC0U | code >> 6);
  } else {
    if (code < 0x10000) {
      out += static_cast<char>(0xE0U | code >> 12);
    } else {
      out += static_cast<char>(0xF0U | code >> 18);
      out += static_cast<char>(0x80U | (code >> 12 & 0x3FU));
    }
    out += static_cast<char>(0x80U | (code >> 6 & 0x3FU));
  }
  out += static_cast<char>(0x80U | (code & 0x3FU));
}

inline bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

inline std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += begins_character(c) ? 1 : 0;
  return count;
}

// The byte at which character `n` begins, or the end.
inline std::size_t byte_of_character(std::string_view text, std::size_t n) {
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    if (begins_character(text[i]) && n-- == 0) break;
  }
  return i;
}

// The code point at `at`, which moves on.
inline std::uint32_t next_character(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  std::uint32_t code = first < 0xC0 ? first : first < 0xE0 ? first & 0x1FU : first < 0xF0 ? first & 0xFU : first & 7U;
  while (at < text.size() && !begins_character(text[at])) {
    code = code << 6 | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  }
  return code;
}

// The text with U+FFFD for what is not UTF-8.
inline std::string valid_utf8(std::string text) {
  std::string made;
  std::size_t i = 0;
  while (i < text.size()) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t size = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
    std::size_t end = i + 1;
    while (end < text.size() && end < i + size && !begins_character(text[end])) ++end;
    std::size_t at = i;
    const std::uint32_t code = size == end - i ? next_character(std::string_view(text).substr(0, end), at) : 0xFFFD;
    const bool valid = size == end - i && (size < 3 || code >= (size == 3 ? 0x800U : 0x10000U)) && code <= 0x10FFFF &&
                       (code < 0xD800 || code > 0xDFFF);
    append_utf8(made, valid ? code : 0xFFFD);
    i = end;
  }
  return made;
}

}  // namespace streamz::expr
