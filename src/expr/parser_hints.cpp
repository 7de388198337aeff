// SPDX-License-Identifier: Apache-2.0
// What the parser says of a token that cannot stand where it does: what is missing there, or what a habit
// from another language is called in jq. Tested by tests/program_error_test.cpp.
#include <algorithm>

#include <fmt/format.h>

#include "../error.h"
#include "parser_state.h"

namespace streamz::expr {

namespace {

struct Habit {
  std::string_view text, hint;
};

// Operators of other languages, as they stand in the text; longer ones first.
constexpr Habit kOperators[] = {{"===", "jq writes `==`"},
                                {"!==", "jq writes `!=`"},
                                {"&&", "jq writes `and`"},
                                {"||", "jq writes `or`"},
                                {"=>", "jq writes `>=`, and has no arrow functions"},
                                {"=<", "jq writes `<=`"},
                                {"<>", "jq writes `!=`"},
                                {"=~", "jq writes `| test(\"…\")`"},
                                {"~=", "jq writes `| test(\"…\")`"},
                                {"!~", "jq writes `| test(\"…\") | not`"},
                                {"->", "a field of a field is `.a.b`"},
                                {".?", "`?` stands behind the name: `.a?`"},
                                {"**", "jq writes `pow(.a; 2)`"},
                                {"++", "jq writes `+ 1`"},
                                {"<<", "jq has no operators on bits"},
                                {">>", "jq has no operators on bits"},
                                {"&", "jq writes `and`"},
                                {"!", "jq negates with `| not`"},
                                {"`", "jq strings use double quotes"}};

// Words that are operators elsewhere, behind a value.
constexpr Habit kWords[] = {{"is", "jq writes `==`"},
                            {"in", "jq writes `| IN(1, 2)`, or `| has(\"a\")` for a key"},
                            {"not", "jq negates with `| not`"},
                            {"eq", "jq writes `==`"},
                            {"ne", "jq writes `!=`"},
                            {"lt", "jq writes `<`"},
                            {"gt", "jq writes `>`"},
                            {"mod", "jq writes `%`"},
                            {"like", "jq writes `| test(\"…\")`"},
                            {"matches", "jq writes `| test(\"…\")`"}};

constexpr Habit kExpected[] = {{"end", "an `if` ends with `end`"},
                               {"then", "`then` is missing: if … then … else … end"},
                               {"as", "`as $name` is missing"},
                               {"$name", "a name with its dollar is missing: `$name`"}};

std::string_view hint_of(std::span<const Habit> habits, std::string_view text) {
  const auto found = std::ranges::find(habits, text, &Habit::text);
  return found == habits.end() ? std::string_view() : found->hint;
}

std::string expectation(std::string_view expected) {
  if (expected.empty()) return "a value is missing";
  const std::string_view known = hint_of(kExpected, expected);
  return known.empty() ? fmt::format("expected `{}`", expected) : std::string(known);
}

bool is_foreign(char c) { return static_cast<unsigned char>(c) >= 0x80; }

}  // namespace

bool ParserState::is_behind_value() const {
  if (at_ == 0) return false;
  const Token& before = tokens_[at_ - 1];
  if (before.kind == Token::symbol)
    return std::string_view(")]}?.").find(program_[before.end - 1]) != std::string::npos;
  const std::string_view word = before.text(program_);
  return word != "$" && (word == "end" || !(before.kind == Token::name && is_keyword(word)));
}

void ParserState::refuse_end(std::string_view expected) const {
  const Token& last = tokens_.back();
  const bool between = expected.empty() || !is_behind_value();
  refuse(between ? fmt::format("the program ends after `{}`", printable(last.text(program_), 40))
                 : std::string("the program ends too early"),
         expectation(between && expected != "$name" ? "" : expected), last.begin, last.end);
}

// An operator of another language that reaches over the token.
void ParserState::refuse_habit() const {
  const Token& token = tokens_[at_];
  for (const Habit& habit : kOperators) {
    const std::size_t first = token.begin < habit.text.size() - 1 ? 0 : token.begin - habit.text.size() + 1;
    const std::size_t at = program_.find(habit.text, first);
    if (at > token.begin) continue;
    refuse(fmt::format("unexpected `{}`", habit.text), std::string(habit.hint), at, at + habit.text.size());
  }
}

// A value, or a bracket, right behind a value.
std::string ParserState::hint_behind_value() const {
  const Token& token = tokens_[at_];
  const Token& before = tokens_[at_ - 1];
  const bool touching = before.end == token.begin;
  const std::string_view last = before.text(program_);
  if (touching && before.kind == Token::number && token.kind == Token::name) {
    refuse(fmt::format("`{}{}` is not a number", last, text()), "digits, a point, and an exponent as in 1e6",
           before.begin, token.end);
  }
  if (text() == "(" && before.kind == Token::field) {
    return fmt::format("a field takes no arguments; the function: `| {}(…)`", last.substr(1));
  }
  if (touching && token.kind == Token::number && text()[0] == '.') {
    return fmt::format("an element is `[{}]`", text().substr(1));
  }
  const std::string_view after_dot = text() == "." ? next_text() : last == "." ? text() : std::string_view();
  if (!after_dot.empty() && is_foreign(after_dot[0])) return "such a name is written `.[\"…\"]`";
  if (text() == "." && touching) return "a name is missing behind the dot";
  if (text() == ".." && touching) return "one dot too many: `.a.b`, or `.a | ..` for all below it";
  if (last == ".." && token.kind == Token::name) return fmt::format("write `.. | .{}?`", text());
  const auto asks = [&](const Token& each) { return each.text(program_) == "?"; };
  const bool ternary =
      text() == ":" && std::any_of(tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(at_), asks);
  if (last == "?" || ternary) return "jq writes `if … then … else … end`";
  if (token.kind == Token::name && !hint_of(kWords, text()).empty()) return std::string(hint_of(kWords, text()));
  if ((token.kind == Token::symbol && text() != "..") || is_keyword(text())) return {};
  return token.bracket == '[' || token.bracket == '{' ? "a comma or an operator is missing before it"
                                                      : "an operator is missing before it";
}

void ParserState::unexpected(std::string_view expected) const {
  if (at_end()) refuse_end(expected);
  refuse_habit();
  const Token& token = tokens_[at_];
  std::string hint;
  if (!hint_of(kExpected, expected).empty()) {
    hint = hint_of(kExpected, expected);
  } else if (is_behind_value()) {
    hint = hint_behind_value();
    constexpr std::string_view operator_missing = "an operator";
    if (!expected.empty() && hint.starts_with(operator_missing)) {
      hint.insert(operator_missing.size(), fmt::format(" or `{}`", expected));
    }
  } else if (text() == "?") {
    hint = "`?` stands behind a path; to choose: `.[] | select(…)`";
  } else if (is_foreign(text()[0])) {
    hint = "such letters stand in double quotes only";
  }
  if (hint.empty() && !expected.empty()) hint = expectation(expected);
  if (hint.empty() && !is_behind_value()) hint = "a value is missing before it";
  refuse(fmt::format("unexpected `{}`", printable(text(), 40)), std::move(hint), token.begin, token.end);
}

}  // namespace streamz::expr
