// SPDX-License-Identifier: Apache-2.0
// Names of files: their parts, those that match a pattern, and how they stand in a saved state.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <streamz/record.h>
#include <streamz/text.h>

bool is_pattern(const std::string& path);                      // * ? [abc], and no file is called so
std::vector<std::string> matches(const std::string& pattern);  // sorted

std::string directory_of(const std::string& path);  // "." when it names none
std::string base_of(const std::string& path);
std::string in_directory(const std::string& directory, const std::string& name);

// A name in a state, which is JSON: any bytes as ASCII, in quotes.
std::string escaped(const std::string& name);
std::string unescaped(std::string_view text);

// An element of a saved array. Throws Error when it is no such number.
template <class Number>
Number number_at(std::string_view list, long index) {
  const std::string_view text = streamz::text::element(list, index).value_or("");
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  throw streamz::Error("its saved state holds no list of files");
}
