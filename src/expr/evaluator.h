// SPDX-License-Identifier: Apache-2.0
// Runs a compiled program. Each operation hands its results to a sink, one after the other; a sink that
// returns false stops it. So generators, backtracking, `first` and `break` are calls and returns.
//
// What comes last in an operation (the right side of a pipe, a branch, a function's body) is not a call
// but the next round of a loop, so a program that calls itself last does not use up the stack. For that
// a pipe holds one result of its left side back until the next one, or the end, has come.
//
// Tested by tests/jq_manual_test.cpp and tests/expr_differential_test.cpp.
#pragma once

#include <optional>
#include <type_traits>

#include "env.h"
#include "paths.h"
#include "stack.h"

namespace streamz::expr {

// A value and, inside path(), where it is: an array; false for what is nowhere in the input. Outside
// path() it is null.
struct Item {
  Value value;
  Value path;
};

// A function that is called while it is passed: no more than its address.
template <class>
class FunctionRef;
template <class Result, class... Arguments>
class FunctionRef<Result(Arguments...)> {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef>)
      FunctionRef(F&& f)  // NOLINT: a lambda is passed as what it is
      : object_(const_cast<void*>(static_cast<const void*>(&f))), call_([](void* object, Arguments... arguments) {
          return (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<Arguments>(arguments)...);
        }) {}
  Result operator()(Arguments... arguments) const { return call_(object_, std::forward<Arguments>(arguments)...); }

 private:
  void* object_;
  Result (*call_)(void*, Arguments...);
};
using Sink = FunctionRef<bool(Item&&)>;
using ValueSink = FunctionRef<bool(Value)>;

// Hands on to `out`, and knows whether an error comes from there: such a one is not the caller's to catch.
struct HandOn {
  Sink out;
  bool outside = false;
  bool operator()(Item&& item) {
    outside = true;
    const bool more = out(std::move(item));
    outside = false;
    return more;
  }
};

// A `break` that leaves an operation with one result; the evaluator knows the label.
struct Broken {};

class Evaluator {
 public:
  explicit Evaluator(const std::vector<Value>& globals) : globals_(globals) {}

  // Every result of the operation. False: the sink wanted no more, or a `break` is on its way.
  bool each(const Op* op, Item in, EnvRef env, Sink out);
  // The result of one that is `single`. With `take` the input is not needed afterwards.
  Value one(const Op& op, Value& in, const EnvRef& env, bool take);
  // Appends the result of one that is `single` as JSON text; worth it for one that is `written`.
  void write(const Op& op, Value& in, const EnvRef& env, std::string& out);

 private:
  static constexpr std::size_t kMostArguments = 6;

  // Every value of an operation whose path does not matter.
  bool values(const Op* op, const Value& in, const EnvRef& env, ValueSink use);

  Value one_part(const Op& op, Value& in, const EnvRef& env, bool take);
  Value one_container(const Op& op, Value& in, const EnvRef& env, bool take);
  Value one_inner(const Op& op, Value& in, const EnvRef& env, bool take);
  Value collect(const Op& op, Value& in, const EnvRef& env, bool take);

  bool pipe_left(const Op& op, Item& in, const EnvRef& env, Sink out, std::optional<Item>& last);
  bool other(const Op& op, Item& in, const EnvRef& env, Sink out);
  bool attempt(const Op& op, Item& in, const EnvRef& env, Sink out, bool& failed);
  bool alternatives(const Op& op, Item& in, const EnvRef& env, Sink out);
  bool limit(const Op& op, Item& in, const EnvRef& env, Sink out);
  bool bind_single(const Op& op, Value& in, const EnvRef& env, EnvRef& made);
  bool arguments(const Op& op, const Item& in, const EnvRef& env, std::size_t n, EnvRef made, Sink out);
  bool fold(const Op& op, const Item& in, const EnvRef& env, Sink out);
  bool fold_from(const Op& op, const Item& in, Item state, const EnvRef& env, Sink out);

  // What gives a value for each combination of its parts' values.
  bool pathless(const Op& op, Value& in, const EnvRef& env, Sink out);
  bool products(const Op& op, const Value& in, const EnvRef& env, std::size_t left, Value* arguments, Sink out);
  bool objects(const Op& op, const Value& in, const EnvRef& env, std::size_t entry, const Value& made, Sink out);
  bool texts(const Op& op, const Value& in, const EnvRef& env, std::size_t left, const std::string& behind, Sink out);
  bool range(const Op& op, const Value& in, const EnvRef& env, Sink out);

  // `use` for each way to bind the patterns of `op`.
  using Bound = FunctionRef<bool(const EnvRef&, Sink)>;
  bool bind(const Op& op, const Value& value, const Value& in, const EnvRef& env, Sink out, Bound use);
  struct Binding;
  bool destructure(const PatternOp& pattern, const Value& value, Binding& binding, FunctionRef<bool()> use);
  bool destructure_entry(const PatternOp& pattern, const Value& value, std::size_t n, Binding& binding,
                         FunctionRef<bool()> use);

  bool part_of(const Op& op, Item& in, const EnvRef& env, Sink out);
  bool step(const Item& in, Value key, Sink out);
  bool iterate(Item& in, Sink out);
  bool recurse(Item in, Sink out);
  std::vector<Value> all_paths(const Op& op, const Value& in, const EnvRef& env);
  Value assigned(const Op& op, Value in, const Value& value, const EnvRef& env);
  Value updated_with(const Op& op, Value in, const Value& value, const EnvRef& env);
  Value replacement(const Op& op, Value& in, const EnvRef& env);
  Value updated(const Op& op, Value in, const EnvRef& env);
  Value without_paths(const Op& op, const Value& in, const EnvRef& env);
  static void check_path(const Item& in);

  const std::vector<Value>& globals_;
  std::int64_t labels_ = 0;
  std::int64_t breaking_ = 0;  // the label that a `break` is on its way to
};

}  // namespace streamz::expr
