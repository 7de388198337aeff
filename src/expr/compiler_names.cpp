// SPDX-License-Identifier: Apache-2.0
// Names: what a pattern, a label, a function binds, and what a variable means.
#include <algorithm>

#include <fmt/format.h>

#include "../error.h"
#include "compiler_state.h"

namespace streamz::expr {

// Of a name that stands twice in a pattern, the first in the order of evaluation counts; alternatives share
// their variables.
std::uint32_t Compiler::slot(const std::string& name, Slots& slots) {
  const auto found = std::ranges::find(slots.names, name);
  if (found != slots.names.end() && slots.shared) return static_cast<std::uint32_t>(found - slots.names.begin());
  slots.names.push_back(found == slots.names.end() ? name : std::string());
  return static_cast<std::uint32_t>(slots.names.size() - 1);
}

// As in jq the last element of an array comes first.
PatternOp Compiler::pattern(const Pattern& pattern, Slots& slots) {
  PatternOp made;
  made.kind = static_cast<PatternOp::Kind>(pattern.kind);
  if (pattern.kind == Pattern::variable) made.slot = slot(pattern.name, slots);
  for (std::size_t i = pattern.elements.size(); i > 0; --i) {
    made.elements.push_back(this->pattern(pattern.elements[i - 1], slots));
  }
  for (const Pattern::Entry& entry : pattern.entries) {
    PatternOp::Entry& op = made.entries.emplace_back();
    op.binds = !entry.variable.empty();
    if (op.binds) op.slot = slot(entry.variable, slots);
    op.key = op.binds ? constant(Value(entry.variable)) : compile(*entry.key);
    if (entry.value != nullptr) op.value.push_back(this->pattern(*entry.value, slots));
  }
  return made;
}

void Compiler::collect_names(const Pattern& pattern, Slots& slots) {
  if (pattern.kind == Pattern::variable) slot(pattern.name, slots);
  for (const Pattern& element : pattern.elements) collect_names(element, slots);
  for (const Pattern::Entry& entry : pattern.entries) {
    if (!entry.variable.empty()) slot(entry.variable, slots);
    if (entry.value != nullptr) collect_names(*entry.value, slots);
  }
}

// bind, reduce and foreach: the patterns' variables are known in what comes behind the source (and the
// start). Keys in alternatives see them too, null until they are bound; those of a single pattern do not.
const Op* Compiler::bind(const Node& node) {
  std::vector<const Op*> kids{kid(node, 0)};
  const bool folds = node.kind != Node::bind;
  if (folds) kids.push_back(kid(node, 1));
  Slots slots;
  slots.shared = node.patterns.size() > 1;
  const std::size_t outer = scope_.size();
  const auto enter = [&] {
    for (const std::string& name : slots.names) {
      scope_.push_back({Entry::variable, name, kNotCalled, ++depth_, nullptr, {}});
    }
  };
  if (slots.shared) {
    for (const Pattern& each : node.patterns) collect_names(each, slots);
    enter();
  }
  std::vector<PatternOp> patterns;
  for (const Pattern& each : node.patterns) patterns.push_back(pattern(each, slots));
  if (!slots.shared) enter();
  for (std::size_t i = kids.size(); i < node.kids.size(); ++i) kids.push_back(kid(node, i));
  scope_.resize(outer);
  depth_ -= static_cast<std::uint32_t>(slots.names.size());

  Op& op = make(node.kind == Node::bind ? Op::bind : node.kind == Node::reduce ? Op::reduce : Op::foreach);
  op.kids = std::move(kids);
  op.count = static_cast<std::uint32_t>(slots.names.size());
  op.patterned = patterns.size() > 1 || patterns.front().kind != PatternOp::variable;
  op.patterns = std::move(patterns);
  return finish(op);
}

const Op* Compiler::label(const Node& node) {
  if (node.kind == Node::break_out) {
    const auto found = std::find_if(scope_.rbegin(), scope_.rend(), [&](const Entry& entry) {
      return entry.kind == Entry::label && entry.name == node.name;
    });
    if (found == scope_.rend()) {
      throw program_error("E0202", fmt::format("jq: the label `${}` is not defined", node.name), "`label` defines one",
                          node.begin, node.end);
    }
    Op& op = make(Op::break_out);
    op.hops = depth_ - found->depth;
    return finish(op);
  }
  scope_.push_back({Entry::label, node.name, kNotCalled, ++depth_, nullptr, {}});
  const Op* const body = kid(node, 0);
  scope_.pop_back();
  --depth_;
  Op& op = make(Op::label);
  op.kids = {body};
  return finish(op);
}

const Op* Compiler::variable(const Node& node) {
  const auto bound = std::find_if(scope_.rbegin(), scope_.rend(), [&](const Entry& entry) {
    return entry.kind == Entry::variable && entry.name == node.name;
  });
  if (bound != scope_.rend()) {
    Op& op = make(Op::variable);
    op.hops = depth_ - bound->depth;
    return finish(op);
  }
  if (node.name == "ENV") return finish(make(Op::environment));
  if (std::ranges::find(declared_, node.name) == declared_.end()) {
    std::vector<std::string> candidates{"$ENV", "$__loc__"};
    for (const std::string& name : declared_) candidates.push_back("$" + name);
    for (const Entry& entry : scope_) {
      if (entry.kind == Entry::variable) candidates.push_back("$" + entry.name);
    }
    const std::string near = node.name == "env" ? "$ENV" : nearest("$" + node.name, candidates);
    throw program_error("E0202", fmt::format("jq: `${}` is not defined", node.name),
                        near.empty() ? "" : fmt::format("did you mean `{}`?", near), node.begin, node.end);
  }
  auto& globals = code_.globals;
  const auto found = std::ranges::find(globals, node.name);
  Op& op = make(Op::global);
  op.hops = static_cast<std::uint32_t>(found - globals.begin());
  if (found == globals.end()) globals.push_back(node.name);
  return finish(op);
}

Compiler::Entry Compiler::function(const Node& node) {
  Op& holder = make(Op::pipe);
  Entry entry{Entry::function, node.name, node.parameters.size(), depth_, &holder, {}};
  for (const std::string& parameter : node.parameters) entry.by_value.push_back(parameter[0] == '$');
  const std::size_t outer = scope_.size();
  const std::uint32_t depth = depth_;
  scope_.push_back(entry);
  for (const std::string& parameter : node.parameters) {
    const bool by_value = parameter[0] == '$';
    scope_.push_back(
        {by_value ? Entry::variable : Entry::closure, parameter.substr(by_value ? 1 : 0), 0, ++depth_, nullptr, {}});
  }
  holder.kids = {kid(node, 0)};
  scope_.resize(outer);
  depth_ = depth;
  return entry;
}

const Op* Compiler::define(const Node& node) {
  scope_.push_back(function(node));
  const Op* const rest = kid(node, 1);
  scope_.pop_back();
  return rest;
}

}  // namespace streamz::expr
