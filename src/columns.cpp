// SPDX-License-Identifier: Apache-2.0
#include "columns.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "chain_text.h"
#include "error.h"
#include "expr/expr.h"

namespace streamz {
namespace {

constexpr std::size_t npos = std::string_view::npos;

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::size_t name_length(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_name_byte) - text.begin());
}

// The length of a string at the front of `text`, quotes included; 0: there is none.
std::size_t string_length(std::string_view text) {
  if (!text.starts_with('"')) return 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return 0;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  return first == npos ? std::string_view() : text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

// One step of a path, taken off `rest`: .name .["name"] [3]. Its name, or nothing when it is none.
std::optional<std::string> take_step(std::string_view& rest) {
  std::string_view text = rest;
  if (text.starts_with('.')) text.remove_prefix(1);
  std::optional<std::string> name;
  std::size_t length = 0;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == npos) return std::nullopt;
    const std::string_view inside = text.substr(1, end - 1);
    name = json_string(inside);
    if (!name && !inside.empty() && inside.find_first_not_of("0123456789") == npos) name = inside;
    length = end + 1;
  } else if (rest.starts_with('.')) {
    length = string_length(text);
    name = length > 0 ? json_string(text.substr(0, length)) : std::nullopt;
    if (length == 0 && (length = name_length(text)) > 0) name = text.substr(0, length);
  }
  if (!name) return std::nullopt;
  rest = text.substr(length);
  if (rest.starts_with('?')) rest.remove_prefix(1);
  return name;
}

// p99 and p99.9 for pNN.
bool fits(std::string_view word, std::string_view function) {
  if (!word.ends_with("NN")) return word == function;
  const std::string_view stem = word.substr(0, word.size() - 2);
  if (!function.starts_with(stem)) return false;
  double number = -1;
  const std::string_view digits = function.substr(stem.size());
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size() && number >= 0 && number <= 100;
}

bool is_function(const Param& param, std::string_view function) {
  return std::any_of(param.one_of.begin(), param.one_of.end(), [&](const auto& word) { return fits(word, function); });
}

// Compiles the rest of `text`; the place of a mistake is one in `text`.
Expr compile_from(std::string_view text, std::size_t begin) {
  try {
    return Expr(text.substr(begin));
  } catch (detail::ProgramError& error) {
    if (error.end > 0) {
      error.begin += begin;
      error.end += begin;
    }
    throw;
  }
}

void refuse_empty(std::string_view program) {
  if (trimmed(program).empty()) throw Error("empty expression", "write `.` for the record itself", "E0112");
}

}  // namespace

std::size_t expression_begin(Type type, std::string_view text) {
  std::size_t end = name_length(text);
  if (type == Type::named && end == 0) end = string_length(text);
  if (type == Type::call) end = std::min(text.find(':'), text.size());
  const bool colon = end > 0 && end < text.size() && text[end] == ':' && !text.substr(end).starts_with("::");
  return colon ? end + 1 : 0;
}

std::string column_name(std::string_view program) {
  std::string_view rest = trimmed(program);
  const std::string text(rest);
  if (rest == ".") return "value";
  std::optional<std::string> last;
  while (!rest.empty()) {
    const std::optional<std::string> step = take_step(rest);
    if (!step) {
      const bool bracket = text.front() == '(' && text.find(')') == text.size() - 1;
      return bracket ? text.substr(1, text.size() - 2) : text;
    }
    last = step;
  }
  return last.value_or(text);
}

Named parse_named(std::string_view text) {
  const std::size_t begin = expression_begin(Type::named, text);
  if (begin == 0) return {column_name(text), compile_from(text, 0)};
  const std::string_view name = text.substr(0, begin - 1);
  return {json_string(name).value_or(std::string(name)), compile_from(text, begin)};
}

Call parse_call(std::string_view text) {
  Call call;
  const std::size_t key = string_length(text);
  if (key > 0 && text.substr(key).starts_with('=')) {
    call.name = json_string(text.substr(0, key)).value_or("");
    text.remove_prefix(key + 1);
  }
  const std::size_t begin = expression_begin(Type::call, text);
  call.function = begin == 0 ? text : text.substr(0, begin - 1);
  if (begin > 0) call.of = compile_from(text, begin);
  return call;
}

void check_named(std::string_view text) { refuse_empty(text.substr(expression_begin(Type::named, text))); }

void check_call(const Param& param, std::string_view text) {
  const std::size_t begin = expression_begin(Type::call, text);
  const std::string_view function = begin == 0 ? text : text.substr(0, begin - 1);
  if (!is_function(param, function)) {
    const std::string close = nearest(function, param.one_of);
    const std::string words = fmt::format("{}", fmt::join(param.one_of, ", "));
    throw Error(fmt::format("`{}` is no function", printable(function)),
                close.empty() || close == function ? "use one of: " + words
                                                   : fmt::format("did you mean `{}`? functions: {}", close, words),
                "E0112");
  }
  if (begin > 0) refuse_empty(text.substr(begin));
}

bool is_call(const Param& param, std::string_view text) {
  const std::size_t begin = expression_begin(Type::call, text);
  return begin > 0 && is_function(param, text.substr(0, begin - 1));
}

std::string with_key(std::string_view key, std::string_view value) {
  return json_quote(key) + "=" + std::string(value);
}

}  // namespace streamz
