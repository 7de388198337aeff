// SPDX-License-Identifier: Apache-2.0
// A compiled program: operations that the evaluator walks. Names are resolved; nothing is looked up when
// it runs. Made by the compiler, read by the evaluator.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "value.h"

namespace streamz::expr {

struct Op;

// A function of values: gets its input and its arguments, each evaluated, and may use them up.
using Native = Value (*)(Value& input, Value* arguments);

struct PatternOp {
  enum Kind { variable, array, object } kind = variable;
  std::uint32_t slot = 0;  // which of the bind's variables
  struct Entry {
    bool binds = false;  // `$x` or `$x: …` as the key
    std::uint32_t slot = 0;
    const Op* key = nullptr;
    std::vector<PatternOp> value;  // none or one
  };
  std::vector<PatternOp> elements;  // the last one first
  std::vector<Entry> entries;
};

struct Op {
  enum Kind : std::uint8_t {
    identity,
    recurse,      // `..`
    literal,      // constant
    field,        // constant: the key; kids: target or null
    index,        // kids: target or null, key
    slice,        // kids: target or null, from, to; the last two may be null
    iterate,      // kids: target or null
    pipe,         // kids: left, right
    comma,        // kids
    negate,       // kids: operand
    arithmetic,   // sign: + - * / %; kids: left, right
    comparison,   // sign: = ! < > l g; kids: left, right
    both,         // `and`
    either,       // `or`
    alternative,  // kids: left, right
    assign,       // `=`; kids: paths, value
    update,       // `|=`; kids: paths, update
    update_with,  // `+=` and its kin: kids: paths, value, operation on [old, value]
    bind,         // kids: source, body; patterns, count: variables in all
    reduce,       // kids: source, start, update; patterns
    foreach,      // kids: source, start, update, extract or null; patterns
    condition,    // kids: condition, then, else or null
    attempt,      // kids: body, handler or null
    label,        // kids: body
    break_out,    // hops: to the label
    call,         // body of a function; hops: from here to where it was defined; kids: arguments
    parameter,    // hops: to the closure
    variable,     // hops
    global,       // hops: which
    object,       // kids: key, value, …
    array,        // kids: content or null
    interpolate,  // kids: parts; format: null for @text
    apply,        // native; kids: arguments
    path,         // kids: body
    paths_gone,   // del: kids: paths
    get_path,     // kids: path
    range,        // kids: from, to, by or null
    limit,        // kids: count, body
    first,        // kids: body
    last,         // kids: body
    is_empty,     // kids: body
    environment   // `$ENV`
  };
  Kind kind = identity;
  bool single = false;    // gives exactly one result or fails; never stops, is no path
  bool written = false;   // single, and write() makes its text without making its value
  bool distinct = false;  // of object: its keys are constants, and no two are the same
  bool patterned = true;  // of bind, reduce, foreach: false for a plain `$x`
  char sign = 0;
  std::uint32_t hops = 0;
  std::uint32_t count = 0;
  std::vector<const Op*> kids;
  Value constant;    // of what changes paths: the path, when it is one of fields such as `.a.b`
  std::string text;  // of an object's key: as JSON, with the colon
  Native native = nullptr;
  std::string (*format)(Value&) = nullptr;
  const Op* body = nullptr;
  std::vector<PatternOp> patterns;
  std::vector<bool> by_value;  // of a call: which parameters are `$x`
};

// A compiled program and what it stands on.
struct Code {
  std::deque<Op> ops;
  const Op* root = nullptr;
  std::vector<std::string> globals;  // the declared variables that it reads
};

}  // namespace streamz::expr
