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

char sign_of(std::string_view name) {
  if (name == "<=") return 'l';
  if (name == ">=") return 'g';
  if (name == "//=") return '?';
  return name[0];
}

}  // namespace

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
