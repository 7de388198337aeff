// SPDX-License-Identifier: Apache-2.0
// jq's string formats: what @csv, @uri and the others make of a value. Declared in operators.h.
#include <algorithm>
#include <span>

#include "operators.h"
#include "utf8.h"
#include "write.h"

namespace streamz::expr {

namespace {

std::string text(Value& v) { return tostring(std::move(v)); }
std::string json(Value& v) {
  std::string text;
  append_tojson(text, v);
  return text;
}

// NUL becomes `\0` in each format, as in jq.
std::string replace(const std::string& text, std::string_view letters, std::span<const std::string_view> by) {
  std::string made;
  for (const char c : text) {
    const std::size_t at = letters.find(c);
    if (at != std::string_view::npos) {
      made += by[at];
    } else if (c == '\0') {
      made += "\\0";
    } else {
      made += c;
    }
  }
  return made;
}

// A row: `quote` for strings, others as they are.
std::string row(Value& v, const char* name, char separator, std::string (*quote)(const std::string&)) {
  if (!v.is_array()) fail(described(v) + " cannot be " + name + "-formatted, only an array can be");
  std::string made;
  bool first = true;
  for (Value item : v.items()) {
    if (!first) made += separator;
    first = false;
    if (item.is_string()) {
      made += quote(item.take_text());
    } else if (item.is_number() || item.is_boolean()) {
      made += json(item);
    } else if (!item.is_null()) {
      fail(described(item) + " is not valid in a " + name + " row");
    }
  }
  return made;
}

std::string csv(Value& v) {
  return row(v, "csv", ',', [](const std::string& text) {
    constexpr std::string_view doubled[] = {"\"\""};
    return '"' + replace(text, "\"", doubled) + '"';
  });
}

std::string tsv(Value& v) {
  return row(v, "tsv", '\t', [](const std::string& text) {
    constexpr std::string_view escaped[] = {"\\t", "\\n", "\\r", "\\\\"};
    return replace(text, "\t\n\r\\", escaped);
  });
}

std::string html(Value& v) {
  constexpr std::string_view entities[] = {"&lt;", "&gt;", "&amp;", "&apos;", "&quot;"};
  return replace(tostring(std::move(v)), "<>&'\"", entities);
}

std::string uri(Value& v) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string made;
  for (const char c : tostring(std::move(v))) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       std::string_view("-_.~").find(c) != std::string_view::npos;
    const auto byte = static_cast<unsigned char>(c);
    plain ? made += c : ((made += '%') += kHex[byte >> 4]) += kHex[byte & 0xFU];
  }
  return made;
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string urid(Value& v) {
  const std::string text = tostring(v);
  std::string made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      made += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex(text[i + 1]) : -1, low = i + 2 < text.size() ? hex(text[i + 2]) : -1;
    if (high < 0 || low < 0) fail(described(v) + " is not a valid uri encoding");
    made += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (valid_utf8(made) != made) fail(described(v) + " is not a valid uri encoding");
  return made;
}

std::string shell_word(Value& v) {
  if (v.is_array() || v.is_object()) fail(described(v) + " can not be escaped for shell");
  if (!v.is_string()) return json(v);
  constexpr std::string_view quote[] = {"'\\''"};
  return "'" + replace(v.take_text(), "'", quote) + "'";
}
std::string sh(Value& v) {
  if (!v.is_array()) return shell_word(v);
  std::string made;
  for (Value item : v.items()) {
    if (!made.empty()) made += ' ';
    made += shell_word(item);
  }
  return made;
}

constexpr std::string_view k64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view k32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

std::string encode(std::string_view text, std::string_view digits, unsigned bits, std::size_t group) {
  std::string made;
  std::uint32_t held = 0;
  unsigned count = 0;
  for (const char c : text) {
    held = held << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= bits; count -= bits) made += digits[held >> (count - bits) & ((1U << bits) - 1)];
  }
  if (count > 0) made += digits[held << (bits - count) & ((1U << bits) - 1)];
  while (made.size() % group != 0) made += '=';
  return made;
}

std::string decode(const Value& v, std::string_view digits, unsigned bits, const char* name) {
  const std::string text = tostring(v);
  std::string made;
  std::uint32_t held = 0;
  unsigned count = 0;
  std::size_t used = 0;
  for (const char c : text) {
    if (c == '=') break;
    const std::size_t digit = digits.find(c);
    if (digit == std::string_view::npos) fail(described(v) + " is not valid " + name + " data");
    ++used;
    held = held << bits | static_cast<std::uint32_t>(digit);
    count += bits;
    if (count < 8) continue;
    count -= 8;
    made += static_cast<char>(held >> count & 0xFFU);
  }
  if (bits == 6 && used % 4 == 1) fail(described(v) + " trailing base64 byte found");
  return valid_utf8(std::move(made));
}

std::string base64(Value& v) { return encode(tostring(std::move(v)), k64, 6, 4); }
std::string base64d(Value& v) { return decode(v, k64, 6, "base64"); }
std::string base32(Value& v) { return encode(tostring(std::move(v)), k32, 5, 8); }
std::string base32d(Value& v) { return decode(v, k32, 5, "base32"); }

struct FormatRow {
  std::string_view name;
  Format format;
};
constexpr FormatRow kFormats[] = {{"@text", text},       {"@json", json},     {"@csv", csv},
                                  {"@tsv", tsv},         {"@html", html},     {"@uri", uri},
                                  {"@urid", urid},       {"@sh", sh},         {"@base64", base64},
                                  {"@base64d", base64d}, {"@base32", base32}, {"@base32d", base32d}};

}  // namespace

std::string to_base64(std::string_view bytes) { return encode(bytes, k64, 6, 4); }

Format find_format(std::string_view name) {
  const auto* const found = std::ranges::find(kFormats, name, &FormatRow::name);
  return found == std::end(kFormats) ? nullptr : found->format;
}

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const FormatRow& row : kFormats) names.emplace_back(row.name);
  return names;
}

}  // namespace streamz::expr
