// SPDX-License-Identifier: Apache-2.0
// The parts of the grammar that stand for data: strings, objects and patterns.
#include <algorithm>

#include <fmt/format.h>

#include "../error.h"
#include "parser_state.h"

namespace streamz::expr {

namespace {

bool is_hex(char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

// The place of an escape that JSON does not have, or npos.
std::size_t bad_escape(std::string_view piece) {
  for (std::size_t i = piece.find('\\'); i < piece.size(); i = piece.find('\\', i + 2)) {
    if (i + 1 == piece.size()) return i;
    const char c = piece[i + 1];
    if (std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos) continue;
    const std::string_view digits = piece.substr(i + 2, 4);
    if (c != 'u' || digits.size() < 4 || !std::ranges::all_of(digits, is_hex)) return i;
  }
  return std::string_view::npos;
}

}  // namespace

// Its tokens are pieces of text, parted by `\(` … `)`. With the format that stands before it, if any.
NodePtr Parser::string() {
  const std::size_t begin = place();
  std::string format;
  if (kind() == Token::format) {
    format = text();
    advance();
  }
  NodePtr made = make(Node::text, begin, std::move(format));
  while (true) {
    std::string_view piece = text();
    const std::size_t piece_begin = place(), piece_end = token_end();
    advance();
    const bool goes_on = text() == "\\(" && place() == piece_end;
    if (made->kids.empty()) piece.remove_prefix(1);
    if (!goes_on) piece.remove_suffix(1);
    if (const std::size_t bad = bad_escape(piece); bad != std::string_view::npos) {
      const std::size_t at = piece_begin + bad + (made->kids.empty() ? 1 : 0);
      const char c = at + 1 < piece_end ? program_[at + 1] : '\0';
      const bool of_regex =
          c != '\0' && std::string_view("dDwWsSBhHGAzZ.+*?()[]{}^$|-").find(c) != std::string_view::npos;
      refuse("invalid escape",
             of_regex ? fmt::format("in a regular expression it is doubled: `\\\\{}`", c)
                      : "there are: \\n \\t \\r \\b \\f \\\" \\\\ \\/ \\uXXXX and \\(…)",
             at, std::min(at + 2, piece_end));
    }
    adopt(*made, constant(piece_begin, Value(unescaped(piece))));
    if (!goes_on) break;
    advance();
    adopt(*made, pipe());
    expect(")");
  }
  made->end = last_end();
  if (made->kids.size() > 1) return made;
  NodePtr plain = std::move(made->kids.front());
  plain->begin = begin;
  plain->end = made->end;
  return plain;
}

NodePtr Parser::object() {
  NodePtr made = make(Node::object, place(), {});
  expect("{");
  while (text() != "}") {
    object_entry(*made);
    if (text() != "}") expect(",");
  }
  advance();
  made->end = last_end();
  return made;
}

// A constant in brackets, from `(` at `begin` to `)` at `end`.
void Parser::check_key(const Node& key, std::size_t begin, std::size_t end) const {
  if (key.kind != Node::literal || key.value.is_string()) return;
  std::string words = "cannot use " + std::string(name_of(key.value.type()));
  if (!key.value.is_null()) words += fmt::format(" ({})", program_.substr(begin + 1, end - begin - 1));
  refuse(words + " as object key", "keys are strings", begin, end + 1);
}

void Parser::refuse_key() const {
  if (at_end()) unexpected("}");
  std::string hint = "a key is missing before it";
  if (kind() == Token::field) hint = fmt::format("a key has no dot: `{}`", text().substr(1));
  if (kind() == Token::number) hint = fmt::format("keys are strings: `\"{}\"`", text());
  refuse(fmt::format("unexpected `{}`", printable(text(), 40)), std::move(hint), place(), token_end());
}

void Parser::object_entry(Node& object) {
  const std::size_t begin = place(), first = mark();
  if (kind() == Token::variable) {
    NodePtr bound = variable();
    if (accept(":")) {
      adopt(object, std::move(bound));
      return adopt(object, object_value());
    }
    const bool location = bound->kind == Node::literal;
    adopt(object, constant(begin, location ? Value(std::string("__loc__")) : Value(bound->name)));
    return adopt(object, std::move(bound));
  }
  NodePtr key;
  if (kind() == Token::name) {
    key = constant(begin, Value(text()));
    key->end = token_end();
    advance();
  } else if (kind() == Token::string || (kind() == Token::format && next_kind() == Token::string)) {
    key = string();
  } else {
    if (text() != "(") refuse_key();
    advance();
    key = pipe();
    check_key(*key, begin, place());
    expect(")");
    expect(":");
    adopt(object, std::move(key));
    return adopt(object, object_value());
  }
  if (accept(":")) {
    adopt(object, std::move(key));
    return adopt(object, object_value());
  }
  if (text() != "," && text() != "}") {
    if (at_end()) unexpected("}");
    const bool value = kind() != Token::symbol || text() == "=";
    refuse(fmt::format("unexpected `{}`", printable(text(), 40)), value ? "`:` stands between a key and its value" : "",
           place(), token_end());
  }
  // `{a}`, `{"a b"}`: the field of that name.
  const std::size_t behind = mark();
  NodePtr same;
  if (key->kind == Node::literal) {
    same = constant(begin, key->value);
  } else {
    go_back(first);
    same = string();
    go_back(behind);
  }
  adopt(object, std::move(key));
  adopt(object, make(Node::index, begin, {}, make(Node::identity, begin, {}), std::move(same)));
}

// Pipes of operators' results; anything looser needs brackets.
NodePtr Parser::object_value() {
  const Deeper deeper(*this);
  const std::size_t begin = place();
  std::vector<NodePtr> parts;
  do {
    parts.push_back(binary(kLoosest));
  } while (accept("|"));
  if (text() != "," && text() != "}") {
    if (is_word("as") || (kind() == Token::symbol && !at_end())) {
      refuse(fmt::format("unexpected `{}`", text()), "put the value in brackets: `(…)`", place(), token_end());
    }
    unexpected();
  }
  if (parts.size() == 1) return std::move(parts.front());
  return make(Node::pipe, begin, {}, std::move(parts));
}

std::vector<Pattern> Parser::patterns() {
  std::vector<Pattern> found;
  do {
    found.push_back(pattern());
  } while (accept("?//"));
  return found;
}

Pattern Parser::pattern() {
  const Deeper deeper(*this);
  Pattern made;
  if (kind() == Token::variable) {
    made.name = variable_name();
    return made;
  }
  if (accept("[")) {
    made.kind = Pattern::array;
    do {
      made.elements.push_back(pattern());
    } while (accept(","));
    expect("]");
    return made;
  }
  if (text() != "{") {
    if (at_end()) unexpected("$name");
    refuse(fmt::format("unexpected `{}`", printable(text(), 40)),
           kind() == Token::name ? fmt::format("did you mean `${}`?", text()) : "`$name`, `[…]` or `{…}` behind `as`",
           place(), token_end());
  }
  advance();
  made.kind = Pattern::object;
  do {
    made.entries.push_back(pattern_entry());
  } while (accept(","));
  expect("}");
  return made;
}

Pattern::Entry Parser::pattern_entry() {
  Pattern::Entry made;
  if (kind() == Token::variable) {
    made.variable = variable_name();
    if (accept(":")) made.value = std::make_unique<Pattern>(pattern());
    return made;
  }
  if (kind() == Token::name) {
    made.key = constant(place(), Value(text()));
    advance();
    if (text() == "}" || text() == ",") {
      const std::string_view name = made.key->value.text();
      refuse("a variable is missing", fmt::format("`${}`, or `{}: $x`", name, name), place() - 1, place());
    }
  } else if (kind() == Token::string) {
    made.key = string();
  } else {
    const std::size_t begin = place();
    expect("(");
    made.key = pipe();
    check_key(*made.key, begin, place());
    expect(")");
  }
  expect(":");
  made.value = std::make_unique<Pattern>(pattern());
  return made;
}

}  // namespace streamz::expr
