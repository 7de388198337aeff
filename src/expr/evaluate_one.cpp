// SPDX-License-Identifier: Apache-2.0
// Operations that give exactly one value: plain functions of their input, without sinks.
#include "evaluator.h"
#include "functions.h"
#include "operators.h"
#include "paths.h"
#include "splice.h"
#include "write.h"

namespace streamz::expr {

Value Evaluator::one(const Op& op, Value& in, const EnvRef& env, bool take) {
  switch (op.kind) {
    case Op::identity:
      return take ? std::move(in) : in;
    case Op::literal:
      return op.constant;
    case Op::variable:
      return env->at(op.hops)->value;
    case Op::global:
      return globals_[op.hops];
    case Op::environment:
      return environment();
    case Op::field:
    case Op::index:
    case Op::slice:
      return one_part(op, in, env, take);
    case Op::pipe: {
      Value left = one(*op.kids[0], in, env, take);
      return one(*op.kids[1], left, env, true);
    }
    case Op::negate:
      return negate(one(*op.kids[0], in, env, take));
    case Op::arithmetic: {
      Value right = one(*op.kids[1], in, env, false);
      return arithmetic(op.sign, one(*op.kids[0], in, env, take), std::move(right));
    }
    case Op::comparison: {
      Value right = one(*op.kids[1], in, env, false);
      Value left = one(*op.kids[0], in, env, take);
      return Value(holds(op.sign, left, right));
    }
    case Op::both:
      return Value(one(*op.kids[0], in, env, false).is_true() && one(*op.kids[1], in, env, take).is_true());
    case Op::either:
      return Value(one(*op.kids[0], in, env, false).is_true() || one(*op.kids[1], in, env, take).is_true());
    case Op::condition: {
      const bool truth = one(*op.kids[0], in, env, false).is_true();
      if (!truth && op.kids[2] == nullptr) return take ? std::move(in) : in;
      return one(*op.kids[truth ? 1 : 2], in, env, take);
    }
    case Op::apply: {
      Value arguments[kMostArguments];
      for (std::size_t i = op.kids.size(); i > 0; --i) arguments[i - 1] = one(*op.kids[i - 1], in, env, false);
      if (take) return op.native(in, arguments);
      Value copy = in;
      return op.native(copy, arguments);
    }
    case Op::bind: {
      const EnvRef bound = Env::bind(env, one(*op.kids[0], in, env, false));
      return one(*op.kids[1], in, bound, take);
    }
    default:
      return one_container(op, in, env, take);
  }
}

Value Evaluator::one_part(const Op& op, Value& in, const EnvRef& env, bool take) {
  const Op* const target = op.kids[0];
  if (op.kind == Op::field) {
    if (target == nullptr) return field(in, op.text);
    Value of = one(*target, in, env, take);
    return field(of, op.text);
  }
  Value key, to;
  if (op.kids[1] != nullptr) key = one(*op.kids[1], in, env, false);
  if (op.kind == Op::slice && op.kids[2] != nullptr) to = one(*op.kids[2], in, env, false);
  Value of = target == nullptr ? in : one(*target, in, env, take);
  return op.kind == Op::slice ? slice(of, key, to) : part(of, key);
}

Value Evaluator::one_container(const Op& op, Value& in, const EnvRef& env, bool take) {
  switch (op.kind) {
    case Op::object: {
      Value made = Value::make_object();
      for (std::size_t i = 0; i < op.kids.size(); i += 2) {
        Value key = one(*op.kids[i], in, env, false);
        Value value = one(*op.kids[i + 1], in, env, false);
        made.deepen(value.depth());
        made.writable_fields().at(object_key(std::move(key))) = std::move(value);
      }
      return made;
    }
    case Op::array:
      return collect(op, in, env, take);
    case Op::interpolate: {
      std::string made;
      for (const Op* part : op.kids) {
        Value value = one(*part, in, env, false);
        made += part->kind == Op::literal || op.format == nullptr ? tostring(std::move(value)) : op.format(value);
      }
      return Value(std::move(made));
    }
    case Op::alternative: {
      Value left = one(*op.kids[0], in, env, false);
      return left.is_true() ? left : one(*op.kids[1], in, env, take);
    }
    case Op::attempt: {
      Value failure;
      try {
        return one(*op.kids[0], in, env, false);
      } catch (Failure& failed) {
        failure = std::move(failed.value);
      }
      return one(*op.kids[1], failure, env, true);
    }
    default:
      return one_inner(op, in, env, take);
  }
}

// Those that run others inside, as often as there are values or paths.
Value Evaluator::one_inner(const Op& op, Value& in, const EnvRef& env, bool take) {
  switch (op.kind) {
    case Op::reduce: {
      Value result;
      const auto last = [&](Item&& item) { return result = std::move(item.value), true; };
      if (!fold(op, Item{take ? std::move(in) : in, {}}, env, last)) throw Broken{};
      return result;
    }
    case Op::is_empty: {
      bool empty = true;
      const auto found = [&](Item&&) { return empty = false; };
      if (!each(op.kids[0], Item{in, {}}, env, found) && empty) throw Broken{};
      return Value(empty);
    }
    case Op::get_path: {
      Value path = one(*op.kids[0], in, env, false);
      return get_path(in, path_of(path));
    }
    case Op::assign: {
      Value value = one(*op.kids[1], in, env, false);
      return assigned(op, take ? std::move(in) : in, value, env);
    }
    case Op::update_with: {
      Value value = one(*op.kids[1], in, env, false);
      return updated_with(op, take ? std::move(in) : in, value, env);
    }
    case Op::update:
      return updated(op, take ? std::move(in) : in, env);
    default:  // paths_gone
      return without_paths(op, take ? std::move(in) : in, env);
  }
}

Value Evaluator::collect(const Op& op, Value& in, const EnvRef& env, bool take) {
  std::vector<Value> items;
  if (op.kids[0] != nullptr) {
    if (op.kids[0]->single) {
      items.push_back(one(*op.kids[0], in, env, take));
    } else {
      const auto add = [&](Item&& item) {
        items.push_back(std::move(item.value));
        return true;
      };
      if (!each(op.kids[0], Item{take ? std::move(in) : in, {}}, env, add)) throw Broken{};
    }
  }
  return Value::make_array(std::move(items));
}

void Evaluator::write(const Op& op, Value& in, const EnvRef& env, std::string& out) {
  switch (op.kind) {
    case Op::object: {
      if (!op.distinct) break;
      const char* before = "{";
      for (std::size_t i = 0; i < op.kids.size(); i += 2) {
        out += before;
        out += op.kids[i]->text;
        write(*op.kids[i + 1], in, env, out);
        before = ",";
      }
      out += '}';
      return;
    }
    case Op::array:
      if (op.kids[0] == nullptr || !op.kids[0]->single) break;
      out += '[';
      write(*op.kids[0], in, env, out);
      out += ']';
      return;
    case Op::pipe: {
      Value left = one(*op.kids[0], in, env, false);
      return write(*op.kids[1], left, env, out);
    }
    case Op::condition: {
      const Op* const taken = op.kids[one(*op.kids[0], in, env, false).is_true() ? 1 : 2];
      return taken == nullptr ? append_json(out, in) : write(*taken, in, env, out);
    }
    case Op::bind:
      return write(*op.kids[1], in, Env::bind(env, one(*op.kids[0], in, env, false)), out);
    case Op::assign:
    case Op::update:
    case Op::update_with: {
      if (!op.written) break;
      const Value fresh = replacement(op, in, env);
      const std::vector<Value>& path = const_cast<Value&>(op.constant).items();
      if (in.kind() == Value::object_slice && splice(out, in, path, &fresh)) return;
      return append_json(out, set_path(in, path, 0, fresh));
    }
    case Op::paths_gone: {
      if (!op.written || in.kind() != Value::object_slice) break;
      if (splice(out, in, const_cast<Value&>(op.constant).items(), nullptr)) return;
      break;
    }
    default:
      break;
  }
  append_json(out, one(op, in, env, false));
}

}  // namespace streamz::expr
