// SPDX-License-Identifier: Apache-2.0
#include "libjq_program.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "../module.h"

namespace streamz::detail {

namespace {

const LibjqModule& libjq() {
  static const auto* const module = static_cast<const LibjqModule*>(module_symbol("jq", "streamz_jq_module"));
  return *module;
}

// Those whose name stands somewhere in the program. One that the program binds itself may be among them;
// its own binding wins.
std::vector<std::string> used_variables(std::string_view program, std::span<const Token> tokens,
                                        const Declared& declared) {
  std::vector<std::string> used;
  for (const auto& [name, value] : declared) {
    const bool found = std::ranges::any_of(tokens, [&, &name = name](const Token& token) {
      const std::string_view text = token.text(program);
      return token.kind == Token::variable &&
             text.substr(std::min(text.find_first_not_of("$ \t\r\n"), text.size())) == name;
    });
    if (found) used.push_back(name);
  }
  return used;
}

// A format is looked up only when it runs; the first one that libjq 1.6 does not have, or "".
std::string_view newer_format(std::string_view program, std::span<const Token> tokens) {
  constexpr std::string_view known[] = {"@text", "@json", "@csv",    "@tsv",    "@html",
                                        "@uri",  "@sh",   "@base64", "@base64d"};
  for (const Token& token : tokens) {
    const std::string_view text = token.text(program);
    if (token.kind == Token::format && std::ranges::find(known, text) == std::end(known)) return text;
  }
  return {};
}

// Variables are bound to the elements behind the input in an array, so that giving them other values
// needs no compiling. The program ends with a line of its own, for a comment at its end.
std::string prefix_for(const std::vector<std::string>& variables) {
  if (variables.empty()) return {};
  std::string prefix = ". as [$streamz_input";
  for (const std::string& variable : variables) prefix += ", $" + variable;
  return prefix + "] | $streamz_input | (";
}

// Whether libjq, whose numbers are doubles, prints the integer as it was written.
bool keeps_integer(std::string_view literal) {
  double value = 0;
  std::from_chars(literal.data(), literal.data() + literal.size(), value);
  if (!std::isfinite(value)) return false;
  char shortest[40];
  const auto end = std::to_chars(shortest, shortest + sizeof shortest, value, std::chars_format::scientific).ptr;
  std::string printed(shortest, static_cast<std::size_t>(end - shortest));
  printed.erase(printed.find('e'));
  std::erase(printed, '.');
  literal = literal.substr(0, literal.find_last_not_of('0') + 1);
  printed.erase(printed.find_last_not_of('0') + 1);
  return printed == literal;
}

// The first number that libjq would change: an integer of more digits than a double has, or a number
// beyond all doubles. Other fractions are rounded by every JSON tool.
std::string_view damaged_number(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\' ? 1 : 0;
      continue;
    }
    if (!is_digit(text[i])) continue;
    const std::size_t begin = i > 0 && text[i - 1] == '-' ? i - 1 : i;
    bool integer = true;
    while (i < text.size() &&
           (is_digit(text[i]) || std::string_view(".eE+-").find(text[i]) != std::string_view::npos)) {
      integer = integer && is_digit(text[i]);
      ++i;
    }
    const std::string_view literal = text.substr(begin, i - begin);
    --i;
    if (integer) {
      if (literal.size() > 15 && !keeps_integer(literal)) return literal;
    } else {
      double value = 0;
      const auto read = std::from_chars(literal.data(), literal.data() + literal.size(), value);
      if (read.ec == std::errc::result_out_of_range) return literal;
    }
  }
  return {};
}

void refuse_damage(std::string_view text) {
  const std::string_view number = damaged_number(text);
  if (number.empty()) return;
  std::string shown(number.substr(0, 40));
  if (shown.size() < number.size()) shown += "...";
  throw Error(fmt::format("holds {}, which libjq {} would round", shown, libjq().version()));
}

// "jq: error: WORDS at <top-level>, line N:" and the line.
std::string words_of(std::string_view complaint) {
  constexpr std::string_view kPrefix = "jq: error: ";
  if (complaint.starts_with(kPrefix)) complaint.remove_prefix(kPrefix.size());
  complaint = complaint.substr(0, complaint.find('\n'));
  complaint = complaint.substr(0, complaint.find(" at <top-level>"));
  std::string words(complaint);
  if (const auto guess = words.find(" (Unix shell quoting issues?)"); guess != std::string::npos)
    words.erase(guess, 29);
  if (words.ends_with(':')) words.pop_back();
  return words;
}

}  // namespace

LibjqProgram::LibjqProgram(std::string_view text, std::size_t body, std::span<const Token> tokens,
                           const Declared& declared, const std::vector<std::string>& directories)
    : variables_(used_variables(text, tokens, declared)) {
  const std::string_view format = newer_format(text, tokens);
  if (!format.empty() && version() < "1.7") throw Error(fmt::format("{} is not defined", format));
  std::string compiled(text);
  if (const std::string prefix = prefix_for(variables_); !prefix.empty()) compiled.insert(body, prefix) += "\n)";
  std::string said;
  const auto hear = [](void* context, std::string_view words) {
    auto& first = *static_cast<std::string*>(context);
    if (first.empty()) first = words_of(words);
  };
  engine_.reset(libjq().open(compiled.c_str(), variables_.size(), directories, hear, &said));
  if (engine_ == nullptr) throw Error(said.empty() ? "the program does not compile" : said);
  for (const auto& [name, value] : declared) {
    try {
      set(name, value);
    } catch (const Error& error) {
      throw Error(fmt::format("${} {}", name, error.what()));
    }
  }
}

void LibjqProgram::Close::operator()(Engine* engine) const { libjq().close(engine); }

void LibjqProgram::set(std::string_view variable, std::string_view json_text) {
  const auto found = std::ranges::find(variables_, variable);
  if (found == variables_.end()) return;  // the program does not read it
  refuse_damage(json_text);
  libjq().set(engine_.get(), static_cast<std::size_t>(found - variables_.begin()), json_text);
}

bool LibjqProgram::run(std::string_view record, bool sorted, Each each, void* context) {
  refuse_damage(record);
  return libjq().run(engine_.get(), record, sorted, each, context);
}

std::string LibjqProgram::version() { return libjq().version(); }

std::vector<std::string> LibjqProgram::builtins() {
  std::vector<std::string> names;
  Engine* const engine = libjq().open(
      "builtins[]", 0, {}, [](void*, std::string_view) {}, nullptr);
  if (engine == nullptr) return names;
  const auto add = [](void* context, JsonText name) {
    static_cast<std::vector<std::string>*>(context)->emplace_back(name.text.substr(1, name.text.size() - 2));
    return true;
  };
  libjq().run(engine, "null", false, add, &names);
  libjq().close(engine);
  return names;
}

}  // namespace streamz::detail
