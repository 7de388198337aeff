// SPDX-License-Identifier: Apache-2.0
// Operations whose parts give several values: one result for each combination, in jq's order. And what
// binds variables.
#include <cmath>

#include "../streamz/record.h"
#include "evaluator.h"
#include "numbers.h"
#include "operators.h"
#include "paths.h"
#include "write.h"

namespace streamz::expr {

bool Evaluator::values(const Op* op, const Value& in, const EnvRef& env, ValueSink use) {
  Value copy = in;
  if (op->single) return use(one(*op, copy, env, true));
  const auto pass = [&](Item&& item) { return use(std::move(item.value)); };
  return each(op, Item{std::move(copy), {}}, env, pass);
}

bool Evaluator::pathless(const Op& op, Value& in, const EnvRef& env, Sink out) {
  const auto give = [&](Value value) { return out(Item{std::move(value), {}}); };
  switch (op.kind) {
    case Op::object:
      return objects(op, in, env, 0, Value::make_object(), out);
    case Op::interpolate:
      return texts(op, in, env, op.kids.size(), {}, out);
    case Op::range:
      return range(op, in, env, out);
    case Op::both:
    case Op::either:
      return values(op.kids[0], in, env, [&](const Value& left) {
        if (left.is_true() == (op.kind == Op::either)) return give(Value(left.is_true()));
        return values(op.kids[1], in, env, [&](const Value& right) { return give(Value(right.is_true())); });
      });
    case Op::path: {
      const auto found = [&](Item&& item) {
        check_path(item);
        return give(std::move(item.path));
      };
      return each(op.kids[0], Item{std::move(in), Value::make_array()}, env, found);
    }
    case Op::assign:
      return values(op.kids[1], in, env, [&](const Value& value) { return give(assigned(op, in, value, env)); });
    case Op::update_with:
      return values(op.kids[1], in, env, [&](const Value& value) { return give(updated_with(op, in, value, env)); });
    default: {
      Value arguments[kMostArguments];
      return products(op, in, env, op.kids.size(), arguments, out);
    }
  }
}

// Operators and functions: the last argument changes slowest.
bool Evaluator::products(const Op& op, const Value& in, const EnvRef& env, std::size_t left, Value* arguments,
                         Sink out) {
  if (left > 0) {
    return values(op.kids[left - 1], in, env, [&](Value value) {
      arguments[left - 1] = std::move(value);
      return products(op, in, env, left - 1, arguments, out);
    });
  }
  // The arguments are needed again for the next combination.
  Value copies[kMostArguments];
  for (std::size_t i = 0; i < op.kids.size(); ++i) copies[i] = arguments[i];
  switch (op.kind) {
    case Op::negate:
      return out(Item{negate(copies[0]), {}});
    case Op::arithmetic:
      return out(Item{arithmetic(op.sign, std::move(copies[0]), std::move(copies[1])), {}});
    case Op::comparison:
      return out(Item{Value(holds(op.sign, copies[0], copies[1])), {}});
    default: {
      Value copy = in;
      return out(Item{op.native(copy, copies), {}});
    }
  }
}

bool Evaluator::objects(const Op& op, const Value& in, const EnvRef& env, std::size_t entry, const Value& made,
                        Sink out) {
  if (entry == op.kids.size()) return out(Item{made, {}});
  return values(op.kids[entry], in, env, [&](const Value& key) {
    return values(op.kids[entry + 1], in, env, [&](const Value& value) {
      Value more = made;
      more.writable_fields().at(object_key(key)) = value;
      more.deepen(value.depth());
      return objects(op, in, env, entry + 2, more, out);
    });
  });
}

bool Evaluator::texts(const Op& op, const Value& in, const EnvRef& env, std::size_t left, const std::string& behind,
                      Sink out) {
  if (left == 0) return out(Item{Value(behind), {}});
  const Op* const part = op.kids[left - 1];
  return values(part, in, env, [&](Value value) {
    const bool plain = part->kind == Op::literal || op.format == nullptr;
    return texts(op, in, env, left - 1, (plain ? tostring(value) : op.format(value)) + behind, out);
  });
}

bool Evaluator::range(const Op& op, const Value& in, const EnvRef& env, Sink out) {
  const auto count = [&](Value from, Value to, Value by) {
    if (!from.is_number() || !to.is_number() || !by.is_number()) fail("Range bounds must be numeric");
    from.settle();
    to.settle();
    by.settle();
    const bool up = by.as_double() > 0;
    if (by.as_double() == 0) {  // no end, if there is a beginning
      while (compare_numbers(from, to) < 0) {
        if (!out(Item{from, {}})) return false;
      }
    }
    for (; up ? compare_numbers(from, to) < 0 : compare_numbers(from, to) > 0; from = add_numbers(from, by)) {
      if (!out(Item{from, {}})) return false;
    }
    return true;
  };
  return values(op.kids[0], in, env, [&](const Value& from) {
    return values(op.kids[1], in, env, [&](const Value& to) {
      if (op.kids[2] == nullptr) return count(from, to, Value(std::int64_t{1}));
      return values(op.kids[2], in, env, [&](const Value& by) { return count(from, to, by); });
    });
  });
}

// ---- reduce and foreach

bool Evaluator::fold(const Op& op, const Item& in, const EnvRef& env, Sink out) {
  const Op* const start = op.kids[1];
  if (start->single && in.path.is_null()) {
    Value copy = in.value;
    return fold_from(op, in, Item{one(*start, copy, env, true), {}}, env, out);
  }
  const auto from = [&](Item&& state) { return fold_from(op, in, std::move(state), env, out); };
  return each(start, in, env, from);
}

bool Evaluator::fold_from(const Op& op, const Item& in, Item state, const EnvRef& env, Sink out) {
  const Op* const update = op.kids[2];
  const bool reducing = op.kind == Op::reduce;
  const auto extract = [&](Item&& item, const EnvRef& bound, Sink give) {
    state = item;
    if (op.kids[3] == nullptr) return give(std::move(item));
    return each(op.kids[3], std::move(item), bound, give);
  };
  const auto turn = [&](const EnvRef& bound, Sink give) {
    if (update->single && state.path.is_null()) {
      state.value = one(*update, state.value, bound, true);
      return reducing || extract(Item(state), bound, give);
    }
    Item before = std::exchange(state, Item{});  // null, if the update gives nothing
    const auto next = [&](Item&& item) {
      if (!reducing) return extract(std::move(item), bound, give);
      state = std::move(item);
      return true;
    };
    return each(update, std::move(before), bound, next);
  };
  const bool more =
      values(op.kids[0], in.value, env, [&](const Value& value) { return bind(op, value, in.value, env, out, turn); });
  return more && (!reducing || out(std::move(state)));
}

// ---- patterns

struct Evaluator::Binding {
  const Value& in;
  const EnvRef& env;
  bool alternatives;  // whose keys see the variables
  std::vector<Value> slots;

  EnvRef bound() const {
    EnvRef made = env;
    for (const Value& slot : slots) made = Env::bind(std::move(made), slot);
    return made;
  }
};

// Of a body that fails the next alternative is tried; an error of what comes behind it is not ours to catch.
bool Evaluator::bind(const Op& op, const Value& value, const Value& in, const EnvRef& env, Sink out, Bound use) {
  if (!op.patterned) return use(Env::bind(env, value), out);
  HandOn pass{out};
  for (std::size_t i = 0; i < op.patterns.size(); ++i) {
    Binding binding{in, env, op.patterns.size() > 1, std::vector<Value>(op.count)};
    const auto bound = [&] { return use(binding.bound(), pass); };
    try {
      return destructure(op.patterns[i], value, binding, bound);
    } catch (const Failure&) {
      if (pass.outside || i + 1 == op.patterns.size()) throw;
    }
  }
  return true;
}

bool Evaluator::destructure(const PatternOp& pattern, const Value& value, Binding& binding, FunctionRef<bool()> use) {
  if (pattern.kind == PatternOp::variable) {
    binding.slots[pattern.slot] = value;
    return use();
  }
  return destructure_entry(pattern, value, 0, binding, use);
}

bool Evaluator::destructure_entry(const PatternOp& pattern, const Value& value, std::size_t n, Binding& binding,
                                  FunctionRef<bool()> use) {
  const auto next = [&] { return destructure_entry(pattern, value, n + 1, binding, use); };
  Value of = value;
  if (pattern.kind == PatternOp::array) {
    if (n == pattern.elements.size()) return use();
    Value key(static_cast<std::int64_t>(pattern.elements.size() - 1 - n));
    return destructure(pattern.elements[n], part(of, key), binding, next);
  }
  if (n == pattern.entries.size()) return use();
  const PatternOp::Entry& entry = pattern.entries[n];
  return values(entry.key, binding.in, binding.alternatives ? binding.bound() : binding.env, [&](Value key) {
    if (!key.is_string()) fail("Cannot index " + std::string(name_of(of.type())) + " with " + described(key));
    const Value found = part(of, key);
    if (entry.binds) binding.slots[entry.slot] = found;
    return entry.value.empty() ? next() : destructure(entry.value.front(), found, binding, next);
  });
}

}  // namespace streamz::expr
