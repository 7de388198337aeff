// SPDX-License-Identifier: Apache-2.0
#include "parser.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "../error.h"
#include "numbers.h"
#include "parser_state.h"

namespace streamz::expr {

namespace {

struct Operator {
  std::string_view text;
  int level;
  enum Side { left, right, none } side;
  Node::Kind kind;
};
// From loose to tight; `|` and `,` have rules of their own.
constexpr Operator kOperators[] = {{"//", 3, Operator::right, Node::binary}, {"=", 4, Operator::none, Node::assign},
                                   {"|=", 4, Operator::none, Node::assign},  {"+=", 4, Operator::none, Node::assign},
                                   {"-=", 4, Operator::none, Node::assign},  {"*=", 4, Operator::none, Node::assign},
                                   {"/=", 4, Operator::none, Node::assign},  {"%=", 4, Operator::none, Node::assign},
                                   {"//=", 4, Operator::none, Node::assign}, {"or", 5, Operator::left, Node::binary},
                                   {"and", 6, Operator::left, Node::binary}, {"==", 7, Operator::none, Node::binary},
                                   {"!=", 7, Operator::none, Node::binary},  {"<", 7, Operator::none, Node::binary},
                                   {"<=", 7, Operator::none, Node::binary},  {">", 7, Operator::none, Node::binary},
                                   {">=", 7, Operator::none, Node::binary},  {"+", 8, Operator::left, Node::binary},
                                   {"-", 8, Operator::left, Node::binary},   {"*", 9, Operator::left, Node::binary},
                                   {"/", 9, Operator::left, Node::binary},   {"%", 9, Operator::left, Node::binary}};

constexpr std::size_t kLongestPipe = 5000;  // each part runs inside the one before it

const Operator* operator_at(const ParserState& state) {
  const auto* const found = std::ranges::find(kOperators, state.text(), &Operator::text);
  return found == std::end(kOperators) ? nullptr : found;
}

}  // namespace

// Query: pipes, and what takes the rest of them as its body.
NodePtr Parser::pipe() {
  const Deeper deeper(*this);
  const std::size_t begin = place();
  std::vector<NodePtr> parts;
  do {
    if (parts.size() == kLongestPipe)
      refuse(fmt::format("a pipe of over {} parts", kLongestPipe), "", place(), token_end());
    parts.push_back(list());
  } while (accept("|"));
  if (parts.size() == 1) return std::move(parts.front());
  return make(Node::pipe, begin, {}, std::move(parts));
}

NodePtr Parser::list() {
  const std::size_t begin = place();
  std::vector<NodePtr> parts;
  do {
    parts.push_back(bound());
  } while (accept(","));
  if (parts.size() == 1) return std::move(parts.front());
  return make(Node::comma, begin, {}, std::move(parts));
}

NodePtr Parser::bound() {
  const std::size_t begin = place();
  NodePtr source = binary(kLoosest);
  if (!is_word("as")) return source;
  note_newer(begin);
  advance();
  auto made = make(Node::bind, begin, {}, std::move(source));
  made->patterns = patterns();
  expect("|");
  adopt(*made, pipe());
  return made;
}

// Before 1.8 jq took a term alone before `as`: `1 + 2 as $x | …` was `1 + (2 as $x | …)`.
void Parser::note_newer(std::size_t begin) {
  if (!is_term_ && newer_.empty()) newer_ = {begin, last_end()};
}

// Exp: operators, of `loosest` and tighter ones.
NodePtr Parser::binary(int loosest) {
  NodePtr left = prefix();
  int not_again = 0;  // the level of an operator that does not associate
  while (true) {
    const Operator* const op = operator_at(*this);
    if (op == nullptr || op->level < loosest) return left;
    if (op->level == not_again) {
      refuse(fmt::format("unexpected `{}`", text()), "such operators stand alone: put one side in brackets", place(),
             token_end());
    }
    const std::size_t at = place(), at_end = token_end();
    advance();
    const Deeper deeper(*this);
    NodePtr right = binary(op->side == Operator::right ? op->level : op->level + 1);
    left = make(op->kind, at, std::string(op->text), std::move(left), std::move(right));
    left->end = at_end;
    not_again = op->side == Operator::none ? op->level : 0;
    is_term_ = false;
  }
}

// What may stand on either side of an operator.
NodePtr Parser::prefix() {
  const std::size_t begin = place();
  if (accept("-")) {
    const Deeper deeper(*this);
    NodePtr negated = make(Node::negate, begin, {}, prefix());
    is_term_ = false;
    return negated;
  }
  if (is_word("def")) return define();
  if (is_word("label")) {
    advance();
    std::string name = variable_name();
    expect("|");
    return make(Node::label, begin, std::move(name), pipe());
  }
  if (!is_word("try")) return postfix();
  advance();
  NodePtr body = attempted();
  NodePtr handler;
  if (is_word("catch")) {
    advance();
    handler = attempted();
  }
  return questions(make(Node::attempt, begin, {}, std::move(body), std::move(handler)));
}

// `try` binds tighter than `?` and all operators.
NodePtr Parser::attempted() {
  const Deeper deeper(*this);
  const std::size_t begin = place();
  if (is_word("try") || is_word("def") || is_word("label")) return prefix();
  if (accept("-")) return make(Node::negate, begin, {}, attempted());
  NodePtr term = postfix();
  return term;
}

NodePtr Parser::questions(NodePtr node) {
  const std::size_t begin = node->begin;
  while (accept("?")) node = make(Node::attempt, begin, {}, std::move(node), nullptr);
  return node;
}

NodePtr Parser::define() {
  const std::size_t begin = place();
  advance();
  auto made = make(Node::define, begin, {});
  if (kind() != Token::name || is_keyword(text())) {
    if (at_end()) unexpected();
    refuse("a name is missing behind `def`", "as in: def half: . / 2; half", place(), token_end());
  }
  made->name = text();
  advance();
  if (accept("(")) {
    do {
      if (kind() == Token::variable) {
        made->parameters.push_back("$" + variable_name());
      } else {
        if (kind() != Token::name) {
          if (at_end()) unexpected();
          refuse("the name of a parameter is missing", "`f` or `$x`", place(), token_end());
        }
        made->parameters.emplace_back(text());
        advance();
      }
    } while (accept(";"));
    expect(")");
  }
  expect(":");
  adopt(*made, pipe());
  expect(";");
  adopt(*made, at_end() ? make(Node::identity, place(), {}) : pipe());  // only definitions: `.`
  return made;
}

// ---- terms

NodePtr Parser::postfix() {
  const std::size_t begin = place();
  NodePtr node = primary();
  while (true) {
    if (kind() == Token::field) {
      node = field(std::move(node), begin);
    } else if (text() == "." && (next_text() == "[" || next_kind() == Token::string)) {
      advance();
      if (text() == "[") continue;
      NodePtr key = string();
      node = make(Node::index, begin, {}, std::move(node), std::move(key));
    } else if (text() == "[") {
      node = brackets(std::move(node), begin);
    } else if (accept("?")) {
      node = make(Node::attempt, begin, {}, std::move(node), nullptr);
    } else {
      is_term_ = true;
      return node;
    }
  }
}

NodePtr Parser::field(NodePtr target, std::size_t begin) {
  NodePtr key = constant(place() + 1, Value(text().substr(1)));
  advance();
  return make(Node::index, begin, {}, std::move(target), std::move(key));
}

NodePtr Parser::brackets(NodePtr target, std::size_t begin) {
  expect("[");
  if (accept("]")) return make(Node::iterate, begin, {}, std::move(target));
  if (accept(":")) {
    NodePtr to = pipe();
    expect("]");
    return make(Node::slice, begin, {}, std::move(target), nullptr, std::move(to));
  }
  NodePtr from = pipe();
  if (accept("]")) return make(Node::index, begin, {}, std::move(target), std::move(from));
  if (text() != ":") expect("]");
  advance();
  NodePtr to = text() == "]" ? nullptr : pipe();
  expect("]");
  return make(Node::slice, begin, {}, std::move(target), std::move(from), std::move(to));
}

NodePtr Parser::primary() {
  const std::size_t begin = place();
  switch (kind()) {
    case Token::field:
      return field(make(Node::identity, begin, {}), begin);
    case Token::number: {
      std::optional<Value> value = parse_number(text());
      if (!value) refuse(fmt::format("`{}` is not a number", printable(text(), 40)), "", begin, token_end());
      NodePtr made = constant(begin, std::move(*value));
      advance();
      return made;
    }
    case Token::string:
      return string();
    case Token::format: {
      if (next_kind() == Token::string) return string();
      std::string name(text());
      advance();
      return make(Node::format, begin, std::move(name));
    }
    case Token::variable:
      return variable();
    case Token::name:
      return word();
    case Token::symbol:
      break;
  }
  if (accept("..")) return make(Node::recurse, begin, {});
  if (text() == ".") {
    advance();
    NodePtr made = make(Node::identity, begin, {});
    if (kind() != Token::string) return made;
    NodePtr key = string();
    return make(Node::index, begin, {}, std::move(made), std::move(key));
  }
  if (accept("(")) {
    NodePtr inner = pipe();
    expect(")");
    return inner;
  }
  if (accept("[")) {
    if (accept("]")) return make(Node::array, begin, {});
    NodePtr inner = pipe();
    expect("]");
    return make(Node::array, begin, {}, std::move(inner));
  }
  if (text() == "{") return object();
  unexpected();
}

NodePtr Parser::variable() {
  const std::size_t begin = place();
  std::string name = variable_name();
  if (name == "__loc__") {
    const auto line = 1 + std::count(program_.begin(), program_.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
    Value location = Value::make_object();
    location.writable_fields().at(Value(std::string("file"))) = Value(std::string("<top-level>"));
    location.writable_fields().at(Value(std::string("line"))) = Value(static_cast<std::int64_t>(line));
    return constant(begin, std::move(location));
  }
  return make(Node::variable, begin, std::move(name));
}

NodePtr Parser::word() {
  const std::size_t begin = place();
  const std::string_view name = text();
  if (name == "if") return condition();
  if (name == "reduce" || name == "foreach") return fold();
  if (name == "break") {
    advance();
    const std::size_t end = last_end();
    NodePtr made = make(Node::break_out, begin, variable_name());
    made->end = end;
    return made;
  }
  if (is_keyword(name)) unexpected();
  if (next_text() != "(" && (name == "null" || name == "true" || name == "false")) {
    NodePtr made = constant(begin, name == "null" ? Value() : Value(name == "true"));
    advance();
    return made;
  }
  NodePtr made = make(Node::call, begin, std::string(name));
  made->end = token_end();
  advance();
  if (accept("(")) {
    if (text() == ")") {
      refuse(fmt::format("`{}()` has no arguments", name), fmt::format("put one in, or write `{}`", name), begin,
             token_end());
    }
    do {
      adopt(*made, pipe());
    } while (accept(";"));
    expect(")");
  }
  return made;
}

NodePtr Parser::condition() {
  const std::size_t begin = place();
  advance();  // `if` or `elif`
  NodePtr asked = pipe();
  expect_word("then");
  NodePtr then = pipe();
  NodePtr otherwise;
  if (is_word("elif")) {
    const Deeper deeper(*this);
    otherwise = condition();
  } else {
    if (is_word("else")) {
      advance();
      otherwise = pipe();
    }
    expect_word("end");
  }
  return make(Node::condition, begin, {}, std::move(asked), std::move(then), std::move(otherwise));
}

NodePtr Parser::fold() {
  const Deeper deeper(*this);
  const std::size_t begin = place();
  const bool reducing = text() == "reduce";
  advance();
  auto made = make(reducing ? Node::reduce : Node::foreach, begin, {});
  adopt(*made, binary(kLoosest));
  if (is_word("as")) note_newer(begin);
  expect_word("as");
  made->patterns = patterns();
  expect("(");
  adopt(*made, pipe());
  expect(";");
  adopt(*made, pipe());
  if (!reducing) adopt(*made, accept(";") ? pipe() : nullptr);
  expect(")");
  return made;
}

NodePtr parse_program(std::string_view program, const std::vector<Token>& tokens, ForLibjq& for_libjq) {
  Parser parser(program, tokens);
  return parser.whole(for_libjq);
}

}  // namespace streamz::expr
