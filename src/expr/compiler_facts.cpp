// SPDX-License-Identifier: Apache-2.0
// What is known of an operation before it runs: how many results it has, whether it is a constant, and whether
// its result is best written as text at once.
#include <algorithm>

#include "compiler_state.h"
#include "evaluator.h"

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

}  // namespace streamz::expr
