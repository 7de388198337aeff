// SPDX-License-Identifier: Apache-2.0
// The compiler's state. Private to compiler*.cpp.
#pragma once

#include <map>

#include "compiler.h"

namespace streamz::expr {

class Compiler {
 public:
  Compiler(Code& code, const std::vector<std::string>& declared) : code_(code), declared_(declared) {}
  const Op* compile(const Node& node);
  std::vector<NotNative::Call> not_native;

 private:
  // What a name means. `depth` is the length of the list of bindings: with it for what is bound, around
  // the definition for a function.
  struct Entry {
    enum Kind { variable, closure, function, label } kind;
    std::string name;
    std::size_t arity = 0;
    std::uint32_t depth = 0;
    const Op* body = nullptr;
    std::vector<bool> by_value;
  };
  static constexpr std::size_t kNotCalled = static_cast<std::size_t>(-1);  // the arity of what is no function

  Op& make(Op::Kind kind) {
    Op& op = code_.ops.emplace_back();
    op.kind = kind;
    return op;
  }
  const Op* iterate() {
    Op& op = make(Op::iterate);
    op.kids = {nullptr};
    return &op;
  }
  // compiler_facts.cpp
  const Op* finish(Op& op);
  const Op* constant(Value value);
  const Op* pipe(const Op* left, const Op* right);

  const Op* kid(const Node& node, std::size_t n) {
    return n < node.kids.size() && node.kids[n] != nullptr ? compile(*node.kids[n]) : nullptr;
  }
  const Op* target(const Node& node);
  const Op* part(const Node& node);
  const Op* binary(const Node& node);
  const Op* assign(const Node& node);
  const Op* object(const Node& node);
  const Op* text(const Node& node);

  // compiler_names.cpp
  const Op* bind(const Node& node);
  const Op* define(const Node& node);
  const Op* label(const Node& node);
  const Op* variable(const Node& node);
  // The variables of a bind.
  struct Slots {
    std::vector<std::string> names;
    bool shared = false;
  };
  PatternOp pattern(const Pattern& pattern, Slots& slots);
  void collect_names(const Pattern& pattern, Slots& slots);
  static std::uint32_t slot(const std::string& name, Slots& slots);
  Entry function(const Node& node);

  // compiler_calls.cpp
  const Op* call(const Node& node);
  const Op* call_of(const Entry& entry, const Node& node);
  const Op* special(const Node& node);
  const Op* with_key(const Node& node);
  const Entry* written(const std::string& name, std::size_t arity);
  std::vector<std::string> own_functions() const;

  Code& code_;
  const std::vector<std::string>& declared_;
  std::vector<Entry> scope_;
  std::uint32_t depth_ = 0;
  bool written_here_ = false;  // compiling a function of functions.cpp, which may call private ones
  std::map<std::pair<std::string, std::size_t>, Entry> written_;
};

}  // namespace streamz::expr
