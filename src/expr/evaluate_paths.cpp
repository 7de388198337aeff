// SPDX-License-Identifier: Apache-2.0
// Parts of values with their paths, and everything that changes values at paths.
#include "evaluator.h"
#include "functions.h"
#include "operators.h"
#include "parsed.h"
#include "write.h"

namespace streamz::expr {

namespace {

Value longer(const Value& path, Value key) {
  if (path.is_null()) return {};
  Value made = path;
  made.writable_items().push_back(std::move(key));
  return made;
}

// A value that was made, where a part of the input has to be.
bool is_no_path(const Item& in) { return in.path.kind() == Value::no; }

// Of `+=` and its kin.
Value combined(const Op& op, Value old, const Value& value) {
  if (op.sign == '?') return old.is_true() ? old : value;
  return arithmetic(op.sign, std::move(old), value);
}

}  // namespace

void Evaluator::check_path(const Item& in) {
  if (is_no_path(in)) fail("Invalid path expression with result " + shortened(in.value));
}

bool Evaluator::step(const Item& in, Value key, Sink out) {
  if (is_no_path(in)) {
    fail("Invalid path expression near attempt to access element " + shortened(key) + " of " + shortened(in.value));
  }
  Value of = in.value;
  Value found = part(of, key);
  return out(Item{std::move(found), longer(in.path, key.is_string() ? decoded(std::move(key)) : std::move(key))});
}

bool Evaluator::iterate(Item& in, Sink out) {
  if (is_no_path(in)) fail("Invalid path expression near attempt to iterate through " + shortened(in.value));
  Value& of = in.value;
  std::int64_t n = 0;
  if (of.kind() == Value::array_slice) {
    return of.document().each_element(of.place(), [&](Value item) {
      return out(Item{std::move(item), longer(in.path, Value(n++))});
    });
  }
  if (of.is_array()) {
    const Value kept = of;  // the sink may change its own copy only
    for (const Value& item : const_cast<Value&>(kept).items()) {
      if (!out(Item{item, longer(in.path, Value(n++))})) return false;
    }
    return true;
  }
  if (!of.is_object()) fail("Cannot iterate over " + described(of));
  Value kept = of;
  for (const ObjectBody::Field& field : kept.fields().fields) {
    if (!out(Item{field.value, longer(in.path, field.key)})) return false;
  }
  return true;
}

bool Evaluator::recurse(Item in, Sink out) {
  check_stack_for_call();
  if (!out(Item(in))) return false;
  if (!in.value.is_array() && !in.value.is_object()) return true;
  const auto below = [&](Item&& item) { return recurse(std::move(item), out); };
  return iterate(in, below);
}

// `.a`, `.[k]`, `.[a:b]` and `.[]`: for each key, each target.
bool Evaluator::part_of(const Op& op, Item& in, const EnvRef& env, Sink out) {
  const auto at = [&](const auto& use) {
    if (op.kids[0] == nullptr) return use(Item(in));
    const auto found = [&](Item&& target) { return use(std::move(target)); };
    return each(op.kids[0], in, env, found);
  };
  if (op.kind == Op::iterate) return at([&](Item target) { return iterate(target, out); });
  if (op.kind == Op::field) return at([&](const Item& target) { return step(target, op.constant, out); });
  if (op.kind == Op::index) {
    return values(op.kids[1], in.value, env,
                  [&](const Value& key) { return at([&](const Item& target) { return step(target, key, out); }); });
  }
  const auto bound = [&](const Op* end, const auto& use) {
    return end == nullptr ? use(Value()) : values(end, in.value, env, use);
  };
  return bound(op.kids[1], [&](const Value& from) {
    return bound(op.kids[2], [&](const Value& to) {
      return at([&](const Item& target) { return step(target, slice_key(from, to), out); });
    });
  });
}

// All of them before anything changes, so that what is changed has one owner and need not be copied.
std::vector<Value> Evaluator::all_paths(const Op& op, const Value& in, const EnvRef& env) {
  if (op.constant.is_array() && op.kind != Op::paths_gone) return {op.constant};  // del: its errors are the path's
  std::vector<Value> all;
  const auto found = [&](Item&& item) {
    check_path(item);
    all.push_back(std::move(item.path));
    return true;
  };
  if (!each(op.kids[0], Item{in, Value::make_array()}, env, found)) throw Broken{};
  return all;
}

Value Evaluator::assigned(const Op& op, Value in, const Value& value, const EnvRef& env) {
  for (Value& path : all_paths(op, in, env)) {
    in = set_path(std::move(in), path.items(), 0, value);
  }
  return in;
}

Value Evaluator::updated_with(const Op& op, Value in, const Value& value, const EnvRef& env) {
  for (Value& path : all_paths(op, in, env)) {
    Value fresh = combined(op, get_path(in, path.items()), value);
    in = set_path(std::move(in), path.items(), 0, std::move(fresh));
  }
  return in;
}

// What comes to stand at the constant path of one that is `written`.
Value Evaluator::replacement(const Op& op, Value& in, const EnvRef& env) {
  const std::vector<Value>& path = const_cast<Value&>(op.constant).items();
  if (op.kind == Op::update) {
    Value old = get_path(in, path);
    return one(*op.kids[1], old, env, true);
  }
  Value value = one(*op.kids[1], in, env, false);
  return op.kind == Op::assign ? value : combined(op, get_path(in, path), value);
}

// A path whose update gives nothing is deleted, after all others were updated.
Value Evaluator::updated(const Op& op, Value in, const EnvRef& env) {
  std::vector<Value> gone;
  for (Value& path : all_paths(op, in, env)) {
    Value fresh;
    bool found = true;
    Value old = get_path(in, path.items());
    if (op.kids[1]->single) {
      fresh = one(*op.kids[1], old, env, true);
    } else {
      found = false;
      const auto first = [&](Item&& item) {
        fresh = std::move(item.value);
        found = true;
        return false;
      };
      if (!each(op.kids[1], Item{std::move(old), {}}, env, first) && !found) throw Broken{};
    }
    if (found) {
      in = set_path(std::move(in), path.items(), 0, std::move(fresh));
    } else {
      gone.push_back(path);
    }
  }
  return gone.empty() ? in : delete_paths(std::move(in), Value::make_array(std::move(gone)));
}

Value Evaluator::without_paths(const Op& op, const Value& in, const EnvRef& env) {
  return delete_paths(in, Value::make_array(all_paths(op, in, env)));
}

}  // namespace streamz::expr
