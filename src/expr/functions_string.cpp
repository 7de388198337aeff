// SPDX-License-Identifier: Apache-2.0
// Functions of strings. Lengths and places count code points.
#include <algorithm>
#include <cmath>

#include "functions.h"
#include "numbers.h"
#include "utf8.h"
#include "write.h"

namespace streamz::expr {

namespace {

Value starts_with(Value& in, Value* arguments) {
  if (!in.is_string() || !arguments[0].is_string()) fail("startswith() requires string inputs");
  return Value(in.text().starts_with(arguments[0].text()));
}
Value ends_with(Value& in, Value* arguments) {
  if (!in.is_string() || !arguments[0].is_string()) fail("endswith() requires string inputs");
  return Value(in.text().ends_with(arguments[0].text()));
}

Value without_prefix(Value& in, Value* arguments) {
  if (!starts_with(in, arguments).is_true()) return in;
  return Value(in.text().substr(arguments[0].text().size()));
}
Value without_suffix(Value& in, Value* arguments) {
  if (!ends_with(in, arguments).is_true()) return in;
  return Value(in.text().substr(0, in.text().size() - arguments[0].text().size()));
}

// As Unicode has it.
bool is_blank(std::uint32_t c) {
  constexpr std::uint32_t blanks[] = {0x20, 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000};
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x2000 && c <= 0x200A) || std::ranges::find(blanks, c) != std::end(blanks);
}

Value trimmed(Value& in, bool left, bool right) {
  if (!in.is_string()) fail("trim input must be a string");
  const std::string_view text = in.text();
  std::size_t begin = 0, end = text.size();
  for (std::size_t at = begin; left && at < text.size(); begin = at) {
    if (!is_blank(next_character(text, at))) break;
  }
  while (right && end > begin) {
    std::size_t last = end - 1;
    while (last > begin && !begins_character(text[last])) --last;
    std::size_t at = last;
    if (!is_blank(next_character(text, at))) break;
    end = last;
  }
  return Value(text.substr(begin, end - begin));
}
Value trim(Value& in, Value* /*unused*/) { return trimmed(in, true, true); }
Value ltrim(Value& in, Value* /*unused*/) { return trimmed(in, true, false); }
Value rtrim(Value& in, Value* /*unused*/) { return trimmed(in, false, true); }

Value split_at(Value& in, Value* arguments) {
  if (!in.is_string() || !arguments[0].is_string()) fail("split input and separator must be strings");
  return split(in, arguments[0]);
}

Value explode(Value& in, Value* /*unused*/) {
  if (!in.is_string()) fail(described(in) + " cannot be exploded");
  const std::string_view text = in.text();
  std::vector<Value> points;
  for (std::size_t at = 0; at < text.size();) points.emplace_back(std::int64_t{next_character(text, at)});
  return Value::make_array(std::move(points));
}

Value implode(Value& in, Value* /*unused*/) {
  if (!in.is_array()) fail("implode input must be an array");
  std::string text;
  for (const Value& item : in.items()) {
    if (!item.is_number() || std::isnan(item.as_double())) {
      fail(described(item) + " can't be imploded, unicode codepoint needs to be numeric");
    }
    Value point = item;
    point.settle();
    const std::int64_t code = to_integer(point);
    const bool valid = code >= 0 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
    append_utf8(text, valid ? static_cast<std::uint32_t>(code) : 0xFFFD);
  }
  return Value(std::move(text));
}

Value in_case(Value& in, const char* name, char first, char last) {
  if (!in.is_string()) fail(std::string(name) + " input must be a string");
  std::string& text = in.writable_text();
  for (char& c : text) {
    if (c >= first && c <= last) c = static_cast<char>(c ^ 0x20);
  }
  return std::move(in);
}
Value downcase(Value& in, Value* /*unused*/) { return in_case(in, "ascii_downcase", 'A', 'Z'); }
Value upcase(Value& in, Value* /*unused*/) { return in_case(in, "ascii_upcase", 'a', 'z'); }

Value byte_length(Value& in, Value* /*unused*/) {
  if (!in.is_string()) fail(described(in) + " only strings have UTF-8 byte length");
  return Value(static_cast<std::int64_t>(in.text().size()));
}

// Places of `arguments[0]`, which may overlap.
Value places(Value& in, Value* arguments) {
  const std::string_view text = in.text(), wanted = arguments[0].text();
  std::vector<Value> found;
  std::size_t counted = 0, characters = 0;
  for (std::size_t at = wanted.empty() ? std::string_view::npos : text.find(wanted); at != std::string_view::npos;
       at = text.find(wanted, at + 1)) {
    characters += count_characters(text.substr(counted, at - counted));
    counted = at;
    found.emplace_back(static_cast<std::int64_t>(characters));
  }
  return Value::make_array(std::move(found));
}

constexpr NativeRow kRows[] = {{"startswith", 1, starts_with},
                               {"endswith", 1, ends_with},
                               {"ltrimstr", 1, without_prefix},
                               {"rtrimstr", 1, without_suffix},
                               {"trim", 0, trim},
                               {"ltrim", 0, ltrim},
                               {"rtrim", 0, rtrim},
                               {"split", 1, split_at},
                               {"explode", 0, explode},
                               {"implode", 0, implode},
                               {"ascii_downcase", 0, downcase},
                               {"ascii_upcase", 0, upcase},
                               {"utf8bytelength", 0, byte_length},
                               {"_strindices", 1, places}};

}  // namespace

std::span<const NativeRow> string_functions() { return kRows; }

Value split(Value& text, Value& separator) {
  const std::string_view whole = text.text(), by = separator.text();
  std::vector<Value> parts;
  if (whole.empty()) return Value::make_array();
  if (by.empty()) {
    for (std::size_t at = 0; at < whole.size();) {
      const std::size_t begin = at;
      next_character(whole, at);
      parts.emplace_back(whole.substr(begin, at - begin));
    }
    return Value::make_array(std::move(parts));
  }
  std::size_t begin = 0;
  for (std::size_t at = whole.find(by); at != std::string_view::npos; at = whole.find(by, begin)) {
    parts.emplace_back(whole.substr(begin, at - begin));
    begin = at + by.size();
  }
  parts.emplace_back(whole.substr(begin));
  return Value::make_array(std::move(parts));
}

}  // namespace streamz::expr
