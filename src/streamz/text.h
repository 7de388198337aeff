// SPDX-License-Identifier: Apache-2.0
// Parts of a JSON text as text, for stages that take values apart and must not touch what is inside:
// 1.0, 1e2, key order and numbers of 20 digits stay as they came in. The text has to be one valid JSON
// value, as Record::raw() is. Every part is a view into it.
// Tested by tests/text_test.cpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace streamz::text {

namespace detail {

inline std::size_t skip_blanks(std::string_view json, std::size_t at) {
  while (at < json.size() && (json[at] == ' ' || json[at] == '\t' || json[at] == '\n' || json[at] == '\r')) ++at;
  return at;
}

// `at` is an opening quote; gives the place behind the closing one.
inline std::size_t skip_string(std::string_view json, std::size_t at) {
  for (++at; at < json.size(); ++at) {
    const void* const quote = std::memchr(json.data() + at, '"', json.size() - at);
    if (quote == nullptr) return json.size();
    const auto found = static_cast<std::size_t>(static_cast<const char*>(quote) - json.data());
    std::size_t backslashes = 0;
    while (found - backslashes > at && json[found - backslashes - 1] == '\\') ++backslashes;
    at = found;
    if (backslashes % 2 == 0) return at + 1;
  }
  return json.size();
}

inline std::size_t skip_container(std::string_view json, std::size_t at) {
  for (std::size_t depth = 0; at < json.size();) {
    const char c = json[at];
    if (c == '"') {
      at = skip_string(json, at);
      continue;
    }
    ++at;
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && --depth == 0) break;
  }
  return at;
}

// `at` is the first character of a value; gives the place behind its last.
inline std::size_t skip_value(std::string_view json, std::size_t at) {
  if (json[at] == '"') return skip_string(json, at);
  if (json[at] == '[' || json[at] == '{') return skip_container(json, at);
  const std::size_t end = json.find_first_of(",]} \t\r\n", at);
  return end == std::string_view::npos ? json.size() : end;
}

inline char first(std::string_view json) {
  const std::size_t at = skip_blanks(json, 0);
  return at < json.size() ? json[at] : '\0';
}

inline void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      out += static_cast<char>(0xE0 | code >> 12);
    } else {
      out += static_cast<char>(0xF0 | code >> 18);
      out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    }
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
  }
  out += static_cast<char>(0x80 | (code & 0x3F));
}

inline std::uint32_t four_digits(std::string_view hex) {
  std::uint32_t code = 0;
  for (const char c : hex.substr(0, 4))
    code = code << 4 | static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
  return code;
}

// `rest` begins behind "\u"; appends the character and takes its digits off, the second half of a
// surrogate pair included. Half a pair alone is valid JSON; it becomes U+FFFD.
inline void append_escaped_code(std::string& out, std::string_view& rest) {
  std::uint32_t code = four_digits(rest);
  rest.remove_prefix(4);
  if (code >= 0xD800 && code < 0xDC00 && rest.starts_with("\\u")) {
    const std::uint32_t low = four_digits(rest.substr(2));
    if (low >= 0xDC00 && low < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      rest.remove_prefix(6);
    }
  }
  append_utf8(out, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
}

}  // namespace detail

inline bool is_array(std::string_view json) { return detail::first(json) == '['; }
inline bool is_object(std::string_view json) { return detail::first(json) == '{'; }

// "an array", "a number", …: for messages.
inline const char* kind_of(std::string_view json) {
  switch (detail::first(json)) {
    case '[':
      return "an array";
    case '{':
      return "an object";
    case '"':
      return "a string";
    case 'n':
      return "null";
    case 't':
    case 'f':
      return "a boolean";
    default:
      return "a number";
  }
}

// Calls f(element) for each element of an array, in order, until it returns false.
template <class F>
void each_element(std::string_view array, F f) {
  std::size_t at = detail::skip_blanks(array, detail::skip_blanks(array, 0) + 1);
  while (at < array.size() && array[at] != ']') {
    const std::size_t end = detail::skip_value(array, at);
    if (!f(array.substr(at, end - at))) return;
    at = detail::skip_blanks(array, end);
    if (at < array.size() && array[at] == ',') at = detail::skip_blanks(array, at + 1);
  }
}

// Calls f(key, value) for each field of an object, in order. The key is still a JSON string.
template <class F>
void each_field(std::string_view object, F f) {
  std::size_t at = detail::skip_blanks(object, detail::skip_blanks(object, 0) + 1);
  while (at < object.size() && object[at] != '}') {
    const std::size_t key_end = detail::skip_string(object, at);
    const std::size_t colon = detail::skip_blanks(object, key_end);
    const std::size_t value = detail::skip_blanks(object, colon + 1);
    const std::size_t end = detail::skip_value(object, value);
    f(object.substr(at, key_end - at), object.substr(value, end - value));
    at = detail::skip_blanks(object, end);
    if (at < object.size() && object[at] == ',') at = detail::skip_blanks(object, at + 1);
  }
}

// What a JSON string says.
inline std::string decoded(std::string_view json_string) {
  std::string out;
  std::string_view rest = json_string.substr(1, json_string.size() - 2);
  while (!rest.empty()) {
    const std::size_t plain = std::min(rest.find('\\'), rest.size());
    out.append(rest.substr(0, plain));
    rest.remove_prefix(plain);
    if (rest.empty()) break;
    const char c = rest[1];
    rest.remove_prefix(2);
    if (c == 'u') {
      detail::append_escaped_code(out, rest);
    } else {
      out += c == 'b' ? '\b' : c == 'f' ? '\f' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
    }
  }
  return out;
}

// `bytes` as a JSON string.
inline std::string quoted(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : bytes) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += digits[c >> 4];
      out += digits[c & 15];
    } else {
      out += c;
    }
  }
  return out += '"';
}

// Whether `bytes` are a number as JSON writes them: no sign but -, no zero before it, no bare point.
inline bool is_number(std::string_view bytes) {
  std::size_t at = bytes.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const std::size_t begin = at;
    while (at < bytes.size() && bytes[at] >= '0' && bytes[at] <= '9') ++at;
    return at - begin;
  };
  const bool zero = at < bytes.size() && bytes[at] == '0';
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (at < bytes.size() && bytes[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < bytes.size() && (bytes[at] | 32) == 'e') {
    ++at;
    if (at < bytes.size() && (bytes[at] == '+' || bytes[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == bytes.size();
}

// A piece of text without types, as of a table, as JSON: a number where it reads as one, else a string.
inline std::string number_or_string(std::string_view bytes) {
  return is_number(bytes) ? std::string(bytes) : quoted(bytes);
}

// The value of a field. Of a key that is there twice the last counts. Nothing for what is no object.
inline std::optional<std::string_view> field(std::string_view json, std::string_view name) {
  std::optional<std::string_view> found;
  if (!is_object(json)) return found;
  each_field(json, [&](std::string_view key, std::string_view value) {
    const std::string_view inside = key.substr(1, key.size() - 2);
    const bool same = inside.find('\\') == std::string_view::npos ? inside == name : decoded(key) == name;
    if (same) found = value;
  });
  return found;
}

inline std::size_t count_elements(std::string_view array) {
  std::size_t count = 0;
  each_element(array, [&](std::string_view) { return ++count, true; });
  return count;
}

// The element at an index; a negative one counts from the end. Nothing for what is no array.
inline std::optional<std::string_view> element(std::string_view json, long index) {
  std::optional<std::string_view> found;
  if (!is_array(json)) return found;
  if (index < 0) index += static_cast<long>(count_elements(json));
  if (index < 0) return found;
  each_element(json, [&](std::string_view value) {
    if (index-- == 0) found = value;
    return !found;
  });
  return found;
}

// The object with another value for a field, which stands at its end when it is new.
inline std::string with_field(std::string_view object, std::string_view name, std::string_view value) {
  std::string out = "{";
  bool found = false;
  const auto add = [&](std::string_view key, std::string_view text) {
    if (out.size() > 1) out += ',';
    out += key;
    out += ':';
    out += text;
  };
  each_field(object, [&](std::string_view key, std::string_view old) {
    const bool same = decoded(key) == name;
    if (!same || !found) add(key, same ? value : old);
    found |= same;
  });
  if (!found) add(quoted(name), value);
  return out += '}';
}

// Without the blanks around it.
inline std::string_view trimmed(std::string_view json) {
  const std::size_t first = json.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? json : json.substr(first, json.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace streamz::text
