// SPDX-License-Identifier: Apache-2.0
// The loop of the evaluator, and the operations that choose or repeat others.
#include <optional>

#include "evaluator.h"
#include "operators.h"
#include "write.h"

namespace streamz::expr {

// One result of the left side is held back, so that the last is the loop's next round.
bool Evaluator::pipe_left(const Op& op, Item& in, const EnvRef& env, Sink out, std::optional<Item>& last) {
  const Op* const right = op.kids[1];
  const auto hold = [&](Item&& item) {
    if (last) {
      Item before = std::move(*last);
      last.reset();
      if (!each(right, std::move(before), env, out)) return false;
    }
    last = std::move(item);
    return true;
  };
  // What came before an error or a `break` has still to be seen.
  const auto let_go = [&] {
    if (!last) return true;
    Item before = std::move(*last);
    last.reset();
    const std::int64_t label = std::exchange(breaking_, 0);
    if (!each(right, std::move(before), env, out)) return false;
    breaking_ = label;
    return true;
  };
  bool more = false;
  try {
    more = each(op.kids[0], std::move(in), env, hold);
  } catch (const Failure&) {
    if (let_go()) throw;
    return false;
  } catch (const Broken&) {
    if (let_go()) throw;
    return false;
  }
  if (!more) let_go();
  return more;
}

bool Evaluator::each(const Op* op, Item in, EnvRef env, Sink out) {
  check_stack_for_call();
  while (true) {
    if (op->single && in.path.is_null()) return out(Item{one(*op, in.value, env, true), {}});
    switch (op->kind) {
      case Op::identity:
        return out(std::move(in));
      case Op::pipe: {
        std::optional<Item> last;
        if (op->kids[0]->single && in.path.is_null()) {
          in.value = one(*op->kids[0], in.value, env, true);
        } else {
          if (!pipe_left(*op, in, env, out, last)) return false;
          if (!last) return true;
          in = std::move(*last);
        }
        op = op->kids[1];
        continue;
      }
      case Op::comma:
        if (op->kids.empty()) return true;
        for (std::size_t i = 0; i + 1 < op->kids.size(); ++i) {
          if (!each(op->kids[i], in, env, out)) return false;
        }
        op = op->kids.back();
        continue;
      case Op::condition: {
        const Op* const asked = op->kids[0];
        const auto branch = [&](bool truth) { return truth ? op->kids[1] : op->kids[2]; };
        if (!asked->single) {
          return values(asked, in.value, env, [&](const Value& truth) {
            const Op* const taken = branch(truth.is_true());
            return taken == nullptr ? out(Item(in)) : each(taken, in, env, out);
          });
        }
        op = branch(one(*asked, in.value, env, false).is_true());
        if (op == nullptr) return out(std::move(in));
        continue;
      }
      case Op::bind:
        if (!op->patterned && op->kids[0]->single) {
          env = Env::bind(env, one(*op->kids[0], in.value, env, false));
          op = op->kids[1];
          continue;
        }
        return values(op->kids[0], in.value, env, [&](const Value& value) {
          return bind(*op, value, in.value, env, out,
                      [&](const EnvRef& bound, Sink pass) { return each(op->kids[1], in, bound, pass); });
        });
      case Op::call: {
        EnvRef made(env.get() == nullptr ? nullptr : env->at(op->hops));
        if (!op->patterned) {  // all of its parameters are closures
          for (const Op* argument : op->kids) made = Env::bind(std::move(made), argument, env);
        } else if (!bind_single(*op, in.value, env, made)) {
          return arguments(*op, in, env, 0, std::move(made), out);
        }
        env = std::move(made);
        op = op->body->kids[0];
        continue;
      }
      case Op::parameter: {
        Env* const bound = env->at(op->hops);
        op = bound->closure;
        env = EnvRef(bound->closure_env);
        continue;
      }
      case Op::label: {
        const std::int64_t label = ++labels_;
        const EnvRef bound = Env::bind(env, Value(label));
        bool more = false;
        try {
          more = each(op->kids[0], std::move(in), bound, out);
        } catch (const Broken&) {
          if (breaking_ != label) throw;
        }
        if (more || breaking_ != label) return more;
        breaking_ = 0;
        return true;
      }
      case Op::break_out:
        breaking_ = env->at(op->hops)->value.as_integer();
        return false;
      case Op::attempt: {
        bool failed = false;
        const bool more = attempt(*op, in, env, out, failed);
        if (!failed) return more;
        op = op->kids[1];
        if (op == nullptr) return true;
        continue;
      }
      default:
        return other(*op, in, env, out);
    }
  }
}

bool Evaluator::other(const Op& op, Item& in, const EnvRef& env, Sink out) {
  switch (op.kind) {
    case Op::field:
    case Op::index:
    case Op::slice:
    case Op::iterate:
      return part_of(op, in, env, out);
    case Op::recurse:
      return recurse(std::move(in), out);
    case Op::alternative:
      return alternatives(op, in, env, out);
    case Op::reduce:
    case Op::foreach:
      return fold(op, in, env, out);
    case Op::limit:
      return limit(op, in, env, out);
    case Op::first: {
      bool found = false, wanted = true;
      const auto take = [&](Item&& item) {
        found = true;
        wanted = out(std::move(item));
        return false;
      };
      const bool more = each(op.kids[0], std::move(in), env, take);
      return found ? wanted : more;
    }
    case Op::last: {
      std::optional<Item> last;
      const auto take = [&](Item&& item) { return last = std::move(item), true; };
      if (!each(op.kids[0], std::move(in), env, take)) return false;
      return !last || out(std::move(*last));
    }
    case Op::get_path:
      return values(op.kids[0], in.value, env, [&](Value path) {
        check_path(in);
        Value found = get_path(in.value, path_of(path));
        if (in.path.is_null()) return out(Item{std::move(found), {}});
        return out(Item{std::move(found), arithmetic('+', in.path, path)});
      });
    case Op::literal:
      // null | path(null): the value is where it was.
      if (op.constant.kind() == in.value.kind() && op.constant.kind() <= Value::yes) return out(std::move(in));
      break;
    default:
      break;
  }
  if (in.path.is_null()) return pathless(op, in.value, env, out);
  const auto lost = [&](Item&& item) { return out(Item{std::move(item.value), Value(false)}); };
  if (op.single) return lost(Item{one(op, in.value, env, true), {}});
  return pathless(op, in.value, env, lost);
}

// An error of what comes behind is not ours to catch.
bool Evaluator::attempt(const Op& op, Item& in, const EnvRef& env, Sink out, bool& failed) {
  const Op& body = *op.kids[0];
  // `.a?` and `.[]?` are not worth an exception.
  const bool plain = (body.kind == Op::field || body.kind == Op::iterate) && body.kids[0] == nullptr;
  if (plain && op.kids[1] == nullptr) {
    const bool fits = body.kind == Op::field ? in.value.is_object() || in.value.is_null()
                                             : in.value.is_object() || in.value.is_array();
    if (!fits) return true;
  }
  HandOn pass{out};
  try {
    return each(&body, in, env, pass);
  } catch (Failure& failure) {
    if (pass.outside) throw;
    failed = true;
    in.value = std::move(failure.value);
    if (!in.path.is_null()) in.path = Value(false);
    return true;
  }
}

bool Evaluator::alternatives(const Op& op, Item& in, const EnvRef& env, Sink out) {
  bool found = false;
  const auto pass = [&](Item&& item) {
    if (!item.value.is_true()) return true;
    found = true;
    return out(std::move(item));
  };
  if (!each(op.kids[0], in, env, pass)) return false;
  return found || each(op.kids[1], std::move(in), env, out);
}

bool Evaluator::limit(const Op& op, Item& in, const EnvRef& env, Sink out) {
  return values(op.kids[0], in.value, env, [&](const Value& count) {
    if (!count.is_number()) fail("Invalid arguments to limit: " + described(count) + " is not a number");
    double left = count.as_double();
    if (left < 0) fail("limit doesn't support negative count");
    if (left == 0) return true;
    bool reached = false, wanted = true;
    const auto take = [&](Item&& item) {
      reached = --left <= 0;
      wanted = out(std::move(item));
      return wanted && !reached;
    };
    const bool more = each(op.kids[1], in, env, take);
    return reached ? wanted : more;
  });
}

// ---- calls with `$x` parameters

bool Evaluator::bind_single(const Op& op, Value& in, const EnvRef& env, EnvRef& made) {
  for (std::size_t i = 0; i < op.kids.size(); ++i) {
    if (op.by_value[i] && !op.kids[i]->single) return false;
  }
  for (std::size_t i = 0; i < op.kids.size(); ++i) {
    made = op.by_value[i] ? Env::bind(std::move(made), one(*op.kids[i], in, env, false))
                          : Env::bind(std::move(made), op.kids[i], env);
  }
  return true;
}

bool Evaluator::arguments(const Op& op, const Item& in, const EnvRef& env, std::size_t n, EnvRef made, Sink out) {
  if (n == op.kids.size()) return each(op.body->kids[0], in, std::move(made), out);
  if (!op.by_value[n]) return arguments(op, in, env, n + 1, Env::bind(std::move(made), op.kids[n], env), out);
  return values(op.kids[n], in.value, env,
                [&](const Value& value) { return arguments(op, in, env, n + 1, Env::bind(made, value), out); });
}

}  // namespace streamz::expr
