// SPDX-License-Identifier: Apache-2.0
// A jq program as a tree, with the place of each part. Made by the parser, read by the compiler.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "value.h"

namespace streamz::expr {

struct Node;
using NodePtr = std::unique_ptr<Node>;

// What stands behind `as`: `$x`, `[$a, $b]`, `{a: $x, $y, (.k): [$z]}`.
struct Pattern {
  enum Kind { variable, array, object };
  struct Entry {
    std::string variable;  // `{$x}`, `{$x: …}`: bound to the field's value
    NodePtr key;           // null when `variable` gives it
    std::unique_ptr<Pattern> value;
  };
  Kind kind = variable;
  std::string name;
  std::vector<Pattern> elements;
  std::vector<Entry> entries;
};

struct Node {
  enum Kind {
    identity,
    recurse,    // `..`
    literal,    // value
    text,       // a string: kids are its parts; name is its format, or ""
    format,     // `@name` alone
    index,      // kids: target, key
    slice,      // kids: target, from, to; the last two may be null
    iterate,    // kids: target
    pipe,       // kids
    comma,      // kids
    negate,     // kids: operand
    binary,     // name: `+`, `==`, `and`, `//`, …; kids: left, right
    assign,     // name: `=`, `|=`, `+=`, …; kids: paths, value
    bind,       // kids: source, body; patterns
    reduce,     // kids: source, start, update; patterns
    foreach,    // kids: source, start, update, extract or null; patterns
    condition,  // kids: condition, then, else or null
    attempt,    // kids: body, handler or null: `try` and `?`
    label,      // name; kids: body
    break_out,  // name
    define,     // name, parameters; kids: body, rest
    call,       // name; kids: arguments
    variable,   // name, without the dollar
    object,     // kids: key, value, key, value, …
    array       // kids: content or none
  };
  Kind kind = identity;
  std::size_t begin = 0, end = 0;  // of what a message points at
  unsigned depth = 1;
  std::string name;
  Value value;
  std::vector<NodePtr> kids;
  std::vector<Pattern> patterns;
  std::vector<std::string> parameters;  // `$x` with its dollar
};

}  // namespace streamz::expr
