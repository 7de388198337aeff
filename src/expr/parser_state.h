// SPDX-License-Identifier: Apache-2.0
// The parser's state: where it stands among the tokens, and how it complains. Private to parser.cpp,
// parser_data.cpp (strings, objects and patterns), parser_hints.cpp and parser_state.cpp.
#pragma once

#include "parser.h"

namespace streamz::expr {

class ParserState {
 public:
  ParserState(std::string_view program, const std::vector<Token>& tokens) : program_(program), tokens_(tokens) {}

  bool at_end() const { return at_ == tokens_.size(); }
  std::string_view text() const { return at_end() ? std::string_view() : tokens_[at_].text(program_); }
  Token::Kind kind() const { return at_end() ? Token::symbol : tokens_[at_].kind; }

 protected:
  std::string_view next_text() const {
    return at_ + 1 < tokens_.size() ? tokens_[at_ + 1].text(program_) : std::string_view();
  }
  Token::Kind next_kind() const { return at_ + 1 < tokens_.size() ? tokens_[at_ + 1].kind : Token::symbol; }
  std::size_t place() const { return at_end() ? program_.size() : tokens_[at_].begin; }
  std::size_t token_end() const { return at_end() ? program_.size() : tokens_[at_].end; }
  std::size_t last_end() const { return at_ == 0 ? 0 : tokens_[at_ - 1].end; }
  void advance() { ++at_; }
  std::size_t mark() const { return at_; }
  void go_back(std::size_t mark) { at_ = mark; }

  bool is_word(std::string_view word) const { return kind() == Token::name && text() == word; }
  bool accept(std::string_view symbol);
  void expect(std::string_view symbol);
  void expect_word(std::string_view word);
  static bool is_keyword(std::string_view name);
  std::string variable_name();  // `$x`, without the dollar

  // `expected`: the only thing that could stand here, if there is one.
  [[noreturn]] void unexpected(std::string_view expected = {}) const;
  // parser_hints.cpp
  bool is_behind_value() const;
  [[noreturn]] void refuse_end(std::string_view expected) const;
  void refuse_habit() const;
  std::string hint_behind_value() const;
  [[noreturn]] static void refuse(const std::string& words, std::string hint, std::size_t begin, std::size_t end);

  template <class... Kids>
  NodePtr make(Node::Kind kind, std::size_t begin, std::string name, Kids... kids) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->begin = begin;
    node->name = std::move(name);
    (add(*node, std::move(kids)), ...);
    node->end = last_end();
    return node;
  }
  void adopt(Node& parent, NodePtr kid);
  static NodePtr constant(std::size_t begin, Value value);

  // Counts the nesting: what is too deep would overflow the stack, here or when it runs.
  struct Deeper {
    explicit Deeper(ParserState& state) : state_(state) { state.deeper(); }
    ~Deeper() { --state_.depth_; }
    ParserState& state_;
  };

  std::string_view program_;

 private:
  void add(Node& parent, NodePtr kid) { adopt(parent, std::move(kid)); }
  void add(Node& parent, std::vector<NodePtr> kids) {
    for (NodePtr& kid : kids) adopt(parent, std::move(kid));
  }
  void deeper();
  void too_deep() const;

  const std::vector<Token>& tokens_;
  std::size_t at_ = 0;
  unsigned depth_ = 0;
};

class Parser : public ParserState {
 public:
  using ParserState::ParserState;
  NodePtr whole(ForLibjq& for_libjq);

 private:
  static constexpr int kLoosest = 3;  // the level of the loosest operator

  void module_directive(ForLibjq& for_libjq);
  NodePtr pipe();
  NodePtr list();
  NodePtr bound();
  void note_newer(std::size_t begin);
  NodePtr binary(int loosest);
  NodePtr prefix();
  NodePtr attempted();
  NodePtr questions(NodePtr node);
  NodePtr define();
  NodePtr postfix();
  NodePtr field(NodePtr target, std::size_t begin);
  NodePtr brackets(NodePtr target, std::size_t begin);
  NodePtr primary();
  NodePtr variable();
  NodePtr word();
  NodePtr condition();
  NodePtr fold();

  // parser_data.cpp
  NodePtr string();
  NodePtr object();
  [[noreturn]] void refuse_key() const;
  void check_key(const Node& key, std::size_t begin, std::size_t end) const;
  void object_entry(Node& object);
  NodePtr object_value();
  std::vector<Pattern> patterns();
  Pattern pattern();
  Pattern::Entry pattern_entry();

  bool is_term_ = false;  // whether what was read last stands without operators
  Place newer_;
};

}  // namespace streamz::expr
