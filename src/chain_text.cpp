// SPDX-License-Identifier: Apache-2.0
// See chain_text.h. Tested by tests/chain_test.cpp.
#include "chain_text.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace streamz {
namespace {

constexpr std::size_t npos = std::string_view::npos;

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

}  // namespace

bool looks_like_file(std::string_view text) {
  static constexpr std::string_view endings[] = {".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".txt",
                                                 ".log",   ".gz",     ".zst",  ".bz2", ".xz"};
  if (text.find_first_of(" \t\n()[]{}|\"'$") != npos) return false;
  const bool rooted =
      text.starts_with('/') || text.starts_with("./") || text.starts_with("../") || text.starts_with("~/");
  return rooted || (!text.empty() && is_letter_or_digit(text[0]) && text.find('/') != npos) ||
         std::any_of(std::begin(endings), std::end(endings), [&](std::string_view end) { return text.ends_with(end); });
}

// Bytes that are not ASCII are none of the grammar's business, so they need not be UTF-8 either.
std::optional<std::string> json_string(std::string_view text) {
  if (text.size() < 2 || text.front() != '"') return std::nullopt;
  if (text.find('\0') != npos) return std::nullopt;  // which ends the input of the parser
  std::string plain(text);
  std::replace_if(
      plain.begin(), plain.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, 'x');
  if (!nlohmann::json::parse(plain, nullptr, false).is_string()) return std::nullopt;
  std::string value;
  for (std::size_t i = 1; i + 1 < text.size();) {
    if (text[i] != '\\') {
      value += text[i++];
      continue;
    }
    const bool code = text[i + 1] == 'u';
    const bool pair = code && (text[i + 2] | 0x20) == 'd' && std::string_view("89abAB").find(text[i + 3]) != npos;
    const std::size_t size = pair ? 12 : code ? 6 : 2;
    value += nlohmann::json::parse("\"" + std::string(text.substr(i, size)) + "\"").get<std::string>();
    i += size;
  }
  return value;
}

std::string json_quote(std::string_view value) {
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') quoted += '\\';
    const bool control = static_cast<unsigned char>(c) < 0x20;
    const std::size_t escape = control ? std::string_view("\b\f\n\r\t").find(c) : npos;
    if (escape != npos) {
      quoted += {'\\', "bfnrt"[escape]};
      continue;
    }
    quoted += control ? fmt::format("\\u{:04x}", static_cast<unsigned>(c)) : std::string(1, c);
  }
  return quoted + '"';
}

std::string shell_quote(std::string_view word) {
  const auto is_plain = [](char c) { return is_letter_or_digit(c) || std::string_view("_-./:=,@%+!").find(c) != npos; };
  // zsh expands a word that begins with "=", and `!` recalls history except alone or in "!=".
  const std::size_t mark = word.find('!');
  const bool history = mark != npos && word != "!" && word.substr(mark, 2) != "!=";
  if (!word.empty() && word[0] != '=' && !history && std::all_of(word.begin(), word.end(), is_plain))
    return std::string(word);
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string shown_in(const Chain& chain, std::string_view value) {
  return chain.words ? shell_quote(value) : std::string(value);
}

std::string place_name(std::string_view text, std::size_t offset) {
  const LineColumn place = line_and_column(text, offset);
  if (text.find('\n') == npos) return fmt::format("column {}", place.column);
  return fmt::format("line {}, column {}", place.line, place.column);
}

std::string replaced(std::string_view text, Span span, std::string_view by) {
  return std::string(text.substr(0, span.begin)) + std::string(by) + std::string(text.substr(span.end));
}

}  // namespace streamz
