// SPDX-License-Identifier: Apache-2.0
#include "compiler.h"

#include <algorithm>

#include <fmt/format.h>

#include "../error.h"
#include "compiler_state.h"
#include "evaluator.h"
#include "operators.h"
#include "stack.h"
#include "write.h"

namespace streamz::expr {

namespace {

// The path of `.a.b`, which is the same in every value; null for others.
Value plain_path(const Op& op) {
  if (op.kind == Op::identity) return Value::make_array();
  Value path;
  if (op.kind == Op::field) {
    path = op.kids[0] == nullptr ? Value::make_array() : plain_path(*op.kids[0]);
    if (!path.is_null()) path.writable_items().push_back(op.constant);
  } else if (op.kind == Op::pipe) {
    path = plain_path(*op.kids[0]);
    Value rest = plain_path(*op.kids[1]);
    if (path.is_null() || rest.is_null()) return {};
    for (const Value& key : rest.items()) path.writable_items().push_back(key);
  }
  return path;
}

char sign_of(std::string_view name) {
  if (name == "<=") return 'l';
  if (name == ">=") return 'g';
  if (name == "//=") return '?';
  return name[0];
}

// Gives exactly one result whenever its parts do.
bool keeps_single(Op::Kind kind) {
  constexpr Op::Kind kinds[] = {Op::identity, Op::literal,     Op::field,      Op::index,      Op::slice,
                                Op::pipe,     Op::negate,      Op::arithmetic, Op::comparison, Op::both,
                                Op::either,   Op::alternative, Op::condition,  Op::variable,   Op::global,
                                Op::object,   Op::interpolate, Op::apply,      Op::get_path,   Op::environment};
  return std::ranges::find(kinds, kind) != std::end(kinds);
}

bool is_single(const Op& op) {
  const auto single = [](const Op* kid) { return kid == nullptr || kid->single; };
  switch (op.kind) {
    case Op::array:
    case Op::update:
    case Op::paths_gone:
    case Op::is_empty:
      return true;
    case Op::assign:
    case Op::update_with:
    case Op::reduce:
      return op.kids[1]->single;
    case Op::attempt:
      return op.kids[0]->single && op.kids[1] != nullptr && op.kids[1]->single;
    case Op::bind:
      return !op.patterned && std::ranges::all_of(op.kids, single);
    default:
      return keeps_single(op.kind) && std::ranges::all_of(op.kids, single);
  }
}

bool is_written(const Op& op) {
  const auto written = [](const Op* kid) { return kid != nullptr && kid->written; };
  const bool at_one_field = op.constant.is_array() && !const_cast<Value&>(op.constant).items().empty();
  switch (op.kind) {
    case Op::object:
      return op.distinct;
    case Op::array:
      return op.kids[0] != nullptr && op.kids[0]->single;
    case Op::pipe:
    case Op::bind:
      return op.kids[1]->written;
    case Op::condition:
      return written(op.kids[1]) || written(op.kids[2]);
    case Op::assign:
    case Op::update_with:
    case Op::paths_gone:
      return at_one_field;
    case Op::update:
      return at_one_field && op.kids[1]->single;
    default:
      return false;
  }
}

bool is_constant(const Op& op) {
  const auto literal = [](const Op* kid) {
    return kid == nullptr || kid->kind == Op::literal ||
           (kid->kind == Op::comma &&
            std::ranges::all_of(kid->kids, [](const Op* k) { return k->kind == Op::literal; }));
  };
  const bool foldable =
      op.kind == Op::array || op.kind == Op::object || op.kind == Op::negate || op.kind == Op::interpolate;
  return foldable && op.single && std::ranges::all_of(op.kids, literal);
}

}  // namespace

const Op* Compiler::finish(Op& op) {
  if (op.kind == Op::assign || op.kind == Op::update || op.kind == Op::update_with || op.kind == Op::paths_gone) {
    op.constant = plain_path(*op.kids[0]);
  }
  op.single = is_single(op);
  op.written = op.single && is_written(op);
  if (!is_constant(op)) return &op;
  try {
    const std::vector<Value> none;
    Value null;
    op.constant = Evaluator(none).one(op, null, EnvRef(), false);
    op.kind = Op::literal;
    op.kids.clear();
  } catch (const Failure&) {  // it will fail when it runs
  }
  return &op;
}

const Op* Compiler::constant(Value value) {
  Op& op = make(Op::literal);
  op.constant = std::move(value);
  return finish(op);
}

const Op* Compiler::pipe(const Op* left, const Op* right) {
  Op& op = make(Op::pipe);
  op.kids = {left, right};
  return finish(op);
}

const Op* Compiler::compile(const Node& node) {
  if (!has_stack_left()) {
    throw program_error("E0201", "jq: the program is nested too deep for the stack", "", node.begin, node.end);
  }
  const auto simple = [&](Op::Kind kind) {
    Op& op = make(kind);
    for (std::size_t i = 0; i < node.kids.size(); ++i) op.kids.push_back(kid(node, i));
    return finish(op);
  };
  switch (node.kind) {
    case Node::identity:
      return simple(Op::identity);
    case Node::recurse:
      return simple(Op::recurse);
    case Node::literal:
      return constant(node.value);
    case Node::index:
    case Node::slice:
    case Node::iterate:
      return part(node);
    case Node::pipe: {
      const Op* right = kid(node, node.kids.size() - 1);
      for (std::size_t i = node.kids.size() - 1; i > 0; --i) right = pipe(kid(node, i - 1), right);
      return right;
    }
    case Node::comma:
      return simple(Op::comma);
    case Node::negate:
      return simple(Op::negate);
    case Node::condition:
      return simple(Op::condition);
    case Node::attempt:
      return simple(Op::attempt);
    case Node::binary:
      return binary(node);
    case Node::assign:
      return assign(node);
    case Node::bind:
    case Node::reduce:
    case Node::foreach:
      return bind(node);
    case Node::object:
      return object(node);
    case Node::text:
    case Node::format:
      return text(node);
    case Node::define:
      return define(node);
    case Node::label:
    case Node::break_out:
      return label(node);
    case Node::call:
      return call(node);
    case Node::variable:
      return variable(node);
    case Node::array: {
      Op& op = make(Op::array);
      op.kids = {kid(node, 0)};
      return finish(op);
    }
  }
  return nullptr;
}

// Null for `.`, which is what most stand on.
const Op* Compiler::target(const Node& node) {
  return node.kids[0]->kind == Node::identity ? nullptr : compile(*node.kids[0]);
}

const Op* Compiler::part(const Node& node) {
  if (node.kind == Node::iterate) {
    Op& op = make(Op::iterate);
    op.kids = {target(node)};
    return finish(op);
  }
  const Op* const of = target(node);
  const Op* const key = kid(node, 1);
  const bool named = node.kind == Node::index && key->kind == Op::literal && key->constant.is_string();
  Op& op = make(named ? Op::field : node.kind == Node::index ? Op::index : Op::slice);
  op.kids = {of};
  if (named) {
    op.constant = decoded(key->constant);
    op.text = op.constant.text();
  } else {
    op.kids.push_back(key);
    if (node.kind == Node::slice) op.kids.push_back(kid(node, 2));
  }
  return finish(op);
}

const Op* Compiler::binary(const Node& node) {
  Op::Kind kind = Op::comparison;
  if (node.name == "and") kind = Op::both;
  if (node.name == "or") kind = Op::either;
  if (node.name == "//") kind = Op::alternative;
  if (node.name.size() == 1 && std::string_view("+-*/%").find(node.name[0]) != std::string_view::npos) {
    kind = Op::arithmetic;
  }
  const Op* const left = kid(node, 0);
  const Op* const right = kid(node, 1);
  Op& op = make(kind);
  op.sign = sign_of(node.name);
  op.kids = {left, right};
  return finish(op);
}

const Op* Compiler::assign(const Node& node) {
  const Op* const paths = kid(node, 0);
  const Op* const value = kid(node, 1);
  Op& op = make(node.name == "=" ? Op::assign : node.name == "|=" ? Op::update : Op::update_with);
  op.sign = sign_of(node.name);
  op.kids = {paths, value};
  return finish(op);
}

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

const Op* Compiler::object(const Node& node) {
  std::vector<const Op*> kids;
  for (std::size_t i = 0; i < node.kids.size(); ++i) kids.push_back(kid(node, i));
  bool distinct = true;
  for (std::size_t i = 0; i < kids.size(); i += 2) {
    if (kids[i]->kind != Op::literal || !kids[i]->constant.is_string()) {
      distinct = false;
      break;
    }
    for (std::size_t j = 0; j < i; j += 2) distinct = distinct && !equal(kids[j]->constant, kids[i]->constant);
    Op& key = make(Op::literal);
    key.constant = kids[i]->constant;
    append_tojson(key.text, key.constant);
    key.text += ':';
    kids[i] = finish(key);
  }
  Op& op = make(Op::object);
  op.kids = std::move(kids);
  op.distinct = distinct && !op.kids.empty();
  return finish(op);
}

const Op* Compiler::text(const Node& node) {
  const bool alone = node.kind == Node::format;
  std::string (*format)(Value&) = nullptr;
  if (!node.name.empty()) {
    format = find_format(node.name);
    if (format == nullptr) {
      const std::string near = nearest(node.name, format_names());
      throw program_error("E0202", fmt::format("jq: there is no format `{}`", node.name),
                          near.empty() ? fmt::format("there are: {}", fmt::join(format_names(), " "))
                                       : fmt::format("did you mean `{}`?", near),
                          node.begin, node.begin + node.name.size());
    }
  }
  std::vector<const Op*> kids;
  for (std::size_t i = 0; i < node.kids.size(); ++i) kids.push_back(kid(node, i));
  if (alone) kids.push_back(finish(make(Op::identity)));
  // A literal inside `\(…)` is formatted too; the pieces of the string itself are not.
  for (std::size_t i = 1; i < kids.size() && !alone; i += 2) {
    if (kids[i]->kind == Op::literal) kids[i] = pipe(kids[i], finish(make(Op::identity)));
  }
  Op& op = make(Op::interpolate);
  op.format = format;
  op.kids = std::move(kids);
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

Code compile_native(const Node& program, const std::vector<std::string>& declared) {
  Code code;
  Compiler compiler(code, declared);
  code.root = compiler.compile(program);
  if (!compiler.not_native.empty()) {
    std::ranges::sort(compiler.not_native, {}, &NotNative::Call::begin);
    throw NotNative{std::move(compiler.not_native)};
  }
  return code;
}

}  // namespace streamz::expr
