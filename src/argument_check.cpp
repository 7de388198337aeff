// SPDX-License-Identifier: Apache-2.0
// Whether a word fits a parameter: its types, its words, its range. Goes in: a Param and a word. Goes out:
// the error that binding would throw, and the correction where there is a mechanical one. No stage is
// made, no expression compiled.
// Tested by tests/values_test.cpp.
#include <algorithm>

#include <fmt/format.h>

#include "columns.h"
#include "error.h"
#include "values.h"

namespace streamz {
namespace {

constexpr const char* out_of_range = "E0112";

struct TypeRow {
  const char* label;  // in usage lines
  const char* noun;   // in messages
  const char* unit;   // what a bare number may have meant; "" where it is none
  void (*parse)(std::string_view text);
};
constexpr TypeRow type_rows[] = {
    {"N", "a whole number", "", [](std::string_view text) { parse_integer(text); }},
    {"N", "a number", "", [](std::string_view text) { parse_number(text); }},
    {"true|false", "true or false", "", [](std::string_view text) { parse_boolean(text); }},
    {"TEXT", "a text", "", [](std::string_view) {}},
    {"DUR", "a duration", "s", [](std::string_view text) { parse_duration(text); }},
    {"SIZE", "a size", "MB", [](std::string_view text) { parse_size(text); }},
    {"RATE", "a rate", "/s", [](std::string_view text) { parse_rate(text); }},
    {"PATH", "a path", "", [](std::string_view text) { parse_path(text); }},
    {"JSON", "a JSON value", "", [](std::string_view text) { parse_json(text); }},
    {"EXPR", "a jq program", "", [](std::string_view) {}},
    {"", "", "", [](std::string_view text) { throw Error("`" + printable(text) + "` is none of its words"); }},
    {"[NAME:]EXPR", "a jq program", "", check_named},
    {"FN[:EXPR]", "a function", "", [](std::string_view) {}},
};
const TypeRow& row_of(Type type) { return type_rows[static_cast<std::size_t>(type)]; }

struct Spelling {
  std::string_view typed, meant;
};
// What people write instead of a unit or a truth value; only good for a fix-it.
constexpr Spelling unit_spellings[] = {
    {"sec", "s"},     {"secs", "s"},    {"second", "s"}, {"seconds", "s"}, {"min", "m"},        {"mins", "m"},
    {"minute", "m"},  {"minutes", "m"}, {"hr", "h"},     {"hrs", "h"},     {"hour", "h"},       {"hours", "h"},
    {"day", "d"},     {"days", "d"},    {"week", "w"},   {"weeks", "w"},   {"msec", "ms"},      {"msecs", "ms"},
    {"millis", "ms"}, {"usec", "us"},   {"usecs", "us"}, {"nsec", "ns"},   {"\xc2\xb5s", "us"}, {"nsecs", "ns"},
};
constexpr Spelling truth_spellings[] = {{"on", "true"}, {"off", "false"}, {"1", "true"}, {"0", "false"},
                                        {"y", "yes"},   {"n", "no"},      {"t", "true"}, {"f", "false"}};

bool has(const Param& param, Type type) {
  return std::find(param.types.begin(), param.types.end(), type) != param.types.end();
}

std::string quoted(std::string_view text) { return "`" + printable(text) + "`"; }

void check_range(const Param& param, double value, std::string_view text) {
  const bool small = param.min && value < *param.min;
  if (!small && !(param.max && value > *param.max)) return;
  throw Error(fmt::format("{} must be at {} {}, is {}", param.name, small ? "least" : "most",
                          small ? *param.min : *param.max, printable(text)),
              {}, out_of_range);
}

// Throws when `text` is not of this one type.
void check_type(const Param& param, Type type, std::string_view text) {
  row_of(type).parse(text);
  if (type == Type::integer) check_range(param, static_cast<double>(parse_integer(text)), text);
  if (type == Type::number) check_range(param, parse_number(text), text);
}

[[noreturn]] void throw_not_a_word(const Param& param, std::string_view text) {
  const std::string close = nearest(text, param.one_of);
  const std::string words = fmt::format("{}", fmt::join(param.one_of, ", "));
  throw Error(fmt::format("{} is no value of `{}`", quoted(text), param.name),
              close.empty() ? "use one of: " + words : fmt::format("did you mean `{}`? values: {}", close, words),
              out_of_range);
}

bool is_bare_number(std::string_view text) {
  try {
    parse_number(text);
    return true;
  } catch (const Error&) {
    return false;
  }
}

// "10" where only a unit says what is meant: a rate or a duration, a size or a duration.
void check_unit_given(const Param& param, std::string_view text) {
  if (param.types.size() < 2 || !is_bare_number(text)) return;
  std::string forms, nouns;
  for (const Type type : param.types) {
    const TypeRow& row = row_of(type);
    if (*row.unit == '\0') return;
    forms += fmt::format("{}{}{}", forms.empty() ? "" : " or ", text, row.unit);
    nouns += fmt::format("{}{}", nouns.empty() ? "" : " or ", row.noun);
  }
  throw Error(quoted(text) + " is not " + nouns, fmt::format("{} what? {}", text, forms));
}

void check(const Param& param, std::string_view text) {
  if (has(param, Type::call)) return check_call(param, text);
  if (std::find(param.one_of.begin(), param.one_of.end(), text) != param.one_of.end()) return;
  if (!param.one_of.empty() && param.types.size() == 1) throw_not_a_word(param, text);
  check_unit_given(param, text);
  std::string hint, nouns;
  for (const Type type : param.types) {
    try {
      return check_type(param, type, text);
    } catch (const Error& error) {
      if (param.types.size() == 1 || !error.code.empty()) throw;
      if (!error.hint.empty()) hint = error.hint;
      nouns += nouns.empty() ? "" : " or ";
      nouns += type == Type::enumeration ? fmt::format("{}", fmt::join(param.one_of, ", ")) : row_of(type).noun;
    }
  }
  throw Error(quoted(text) + " is not " + nouns, hint);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

template <std::size_t N>
std::string respelled(const Spelling (&spellings)[N], std::string_view word) {
  for (const Spelling& spelling : spellings) {
    if (spelling.typed == word) return std::string(spelling.meant);
  }
  return std::string(word);
}

}  // namespace

std::optional<Error> check_argument(const Param& param, std::string_view text) {
  try {
    check(param, text);
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  }
}

std::string corrected(const Param& param, std::string_view text) {
  const std::string word = lower(text);
  std::string result = nearest(text, param.one_of);
  if (result.empty() && has(param, Type::boolean)) {
    result = respelled(truth_spellings, word);
  } else if (result.empty() && has(param, Type::duration)) {
    const std::size_t unit = std::min(word.find_first_not_of("0123456789."), word.size());
    result = word.substr(0, unit) + respelled(unit_spellings, std::string_view(word).substr(unit));
  }
  return result.empty() || result == text || check_argument(param, result) ? std::string() : result;
}

std::string type_label(const Param& param) {
  std::string label;
  for (const Type type : param.types) {
    const bool words = type == Type::enumeration || (type == Type::string && !param.one_of.empty());
    label += label.empty() ? "" : "|";
    label += words ? fmt::format("{}", fmt::join(param.one_of, "|")) : row_of(type).label;
  }
  return label + (param.repeats ? "…" : param.list ? ",…" : "");
}

}  // namespace streamz
