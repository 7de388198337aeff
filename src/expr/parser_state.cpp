// SPDX-License-Identifier: Apache-2.0
#include "parser_state.h"

#include <algorithm>

#include <fmt/format.h>

#include "../error.h"
#include "stack.h"

namespace streamz::expr {

namespace {

constexpr unsigned kDeepestProgram = 1000;

constexpr std::string_view kKeywords[] = {"__loc__", "and", "as",      "break", "catch",  "def",     "elif",
                                          "else",    "end", "foreach", "if",    "import", "include", "label",
                                          "module",  "or",  "reduce",  "then",  "try"};

}  // namespace

bool ParserState::is_keyword(std::string_view name) {
  return std::ranges::find(kKeywords, name) != std::end(kKeywords);
}

bool ParserState::accept(std::string_view symbol) {
  if (kind() != Token::symbol || text() != symbol) return false;
  advance();
  return true;
}

void ParserState::expect(std::string_view symbol) {
  if (!accept(symbol)) unexpected(symbol);
}

void ParserState::expect_word(std::string_view word) {
  if (!is_word(word)) unexpected(word);
  advance();
}

std::string ParserState::variable_name() {
  if (kind() != Token::variable) unexpected("$name");
  const std::size_t begin = place(), end = token_end();
  std::string_view name = text().substr(1);
  name.remove_prefix(std::min(name.find_first_not_of(" \t\r\n"), name.size()));
  advance();
  if (name.empty()) {
    refuse("a name is missing behind `$`",
           kind() == Token::field ? fmt::format("the record is `.`: write `{}`", text()) : "", begin, end);
  }
  return std::string(name);
}

void ParserState::refuse(const std::string& words, std::string hint, std::size_t begin, std::size_t end) {
  throw program_error("E0201", "jq: " + words, std::move(hint), begin, end);
}

void ParserState::too_deep() const {
  const std::size_t begin = at_end() ? tokens_.back().begin : place();
  if (!has_stack_left()) refuse("the program is nested too deep for the stack", "", begin, begin + 1);
  refuse(fmt::format("the program is nested over {} deep", kDeepestProgram),
         "operators in a row count too; `IN(1, 2, …)` takes any number of values", begin, begin + 1);
}

void ParserState::deeper() {
  if (++depth_ > kDeepestProgram || !has_stack_left()) too_deep();
}

void ParserState::adopt(Node& parent, NodePtr kid) {
  if (kid != nullptr) parent.depth = std::max(parent.depth, kid->depth + 1);
  if (parent.depth > kDeepestProgram) too_deep();
  parent.kids.push_back(std::move(kid));
}

NodePtr ParserState::constant(std::size_t begin, Value value) {
  auto node = std::make_unique<Node>();
  node->kind = Node::literal;
  node->begin = node->end = begin;
  node->value = std::move(value);
  return node;
}

NodePtr Parser::whole(ForLibjq& for_libjq) {
  while (is_word("module") || is_word("import") || is_word("include")) module_directive(for_libjq);
  if (at_end()) return make(Node::identity, place(), {});
  NodePtr program = pipe();
  if (!at_end()) unexpected();
  for_libjq.newer = newer_;
  return program;
}

void Parser::module_directive(ForLibjq& for_libjq) {
  const std::size_t begin = place();
  const bool import = is_word("import");
  bool metadata = is_word("module");
  advance();
  if (!metadata) {
    if (kind() != Token::string) refuse("the name of a module is missing", "in double quotes", place(), token_end());
    const NodePtr path = string();
    if (path->kind != Node::literal) refuse("the name of a module must be constant", "", path->begin, path->end);
    for_libjq.used.push_back({std::string(path->value.text()), {begin, path->end}});
  }
  if (import) {
    const bool named = is_word("as");
    if (named) advance();
    if (named && kind() == Token::variable) {
      const std::string name = variable_name();
      for_libjq.variables.push_back(name);
      for_libjq.variables.push_back(name + "::" + name);
    } else if (named && kind() == Token::name) {
      advance();
    } else {
      const std::size_t at = at_end() ? begin : place();
      refuse("a name for the module is missing", "`as NAME`, or `as $NAME` for data", at,
             at_end() ? last_end() : token_end());
    }
  }
  metadata = metadata || text() != ";";
  if (metadata && text() != "{") refuse("a module is described by an object", "`{…}`", place(), token_end());
  if (metadata) object();
  expect(";");
  for_libjq.body = last_end();
}

}  // namespace streamz::expr
