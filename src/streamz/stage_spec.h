// SPDX-License-Identifier: Apache-2.0
// What a stage says about itself, once: summary, parameters, ports, examples. Help, man page,
// completion, argument checks, manifest and JSON catalogue are printed from it; the examples run as
// tests. Include <streamz/plugin.h>, not this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "expr.h"

namespace streamz {

enum class Kind : std::uint32_t { source, node, sink };

// Parameter types. A member's C++ type decides; `list<T>` is std::vector<T>, `T or U` is
// std::variant<T, U>, "not given" is std::optional<T>. The words a user writes for each are in
// `streamz help syntax`.
enum class Type : std::uint32_t {
  integer,      // long: 1000, 1_000_000, 1e6, 64K
  number,       // double
  boolean,      // bool: true false yes no
  string,       // std::string
  duration,     // Duration: 10s 500ms 1m30s; always more than zero
  size,         // Size: 64K 64KB 64KiB
  rate,         // Rate: 10/s 600/m
  path,         // Path: a leading ~/ is expanded; "-" is standard input or output
  json,         // Json: any JSON value
  expr,         // Expr: a jq program
  enumeration,  // an enum; its words are given by one_of(), in the order of the enumerators
  named,        // Named: EXPR or NAME:EXPR
  call          // Call: FN or FN:EXPR; the functions are given by one_of()
};

struct Size {
  std::uint64_t bytes = 0;
};
struct Rate {
  double per_second = 0;
};
struct Path {
  std::string name;
};
struct Json {
  std::string text;
};
// An expression and what its result is called: the last step of its path, unless NAME: says otherwise.
struct Named {
  std::string name;
  Expr expr;
};
// A function of what an expression gives, and what the result is called: of a parameter with free(), where
// the user writes NAME=FN or NAME=FN:EXPR. A word of one_of() that ends in NN stands for that function with
// a number from 0 to 100 in place of NN: `pNN` for p50, p99.9. Without EXPR `of` is false.
struct Call {
  std::string name;
  std::string function;
  Expr of;
};
template <class T>
using list = std::vector<T>;

// One parameter, as data.
struct Param {
  std::string name;
  std::string doc;
  std::vector<Type> types;          // more than one: the first that fits
  std::string value;                // the default as text; empty: none
  std::vector<std::string> one_of;  // the closed list of words
  std::optional<double> min, max;
  bool positional = false;  // may be given without its name, in the order of declaration
  bool required = false;
  bool repeats = false;  // may be given more than once
  bool list = false;     // parts at commas outside brackets
  bool free = false;     // takes every key that names no parameter: its own name only stands for those

  bool operator==(const Param&) const = default;
};

struct Example {
  std::string chain;  // $NAME stands for the stage's name
  std::string in;     // JSON values parted by blanks
  std::string out;

  bool operator==(const Example&) const = default;
};

// One stage, as data: what a manifest's "stages" holds for a plugin that is not loaded.
struct StageSpec {
  std::string summary;
  std::string details;  // paragraphs, for help and the manual
  std::vector<Param> params;
  std::vector<std::string> inputs{""};   // names of the input ports; "" is the one without a name
  std::vector<std::string> outputs{""};  // names of the output ports; port 0 is the main one
  bool any_inputs = false;               // takes further inputs: X.0 X.1 ...
  std::vector<Example> examples;
  std::string state;           // what it holds and its bound ("at most N records"); empty: nothing
  bool stateless = false;      // each record is handled alone: may run in parallel
  bool blocks = false;         // waits inside a foreign library: gets a thread of its own
  bool queued = false;         // takes its input from a queue on a thread of its own, so that it can hold it back
  bool in_step = false;        // pairs its inputs: one far ahead of the others is held back
  bool uneven = false;         // gives more or fewer records than it takes (not said of `map`-like stages)
  bool effects = false;        // does something besides emitting: goes on when nobody reads its output
  bool acknowledges = false;   // a source: hears when its records are done with, so that none is lost
  std::string endless;         // a source without an end of its own: "always", or when its PARAM=VALUE
  std::string ends;            // the parameter that, when given, lets the stage end the input before its end
  bool untracked = false;      // never hears what became of a record: behind such a source it needs ack=write
  bool replayable = false;     // a source: save() and restore() lead to the same records once more
  std::string exactly_once;    // a source, when its PARAM=VALUE: commits together with the sinks behind it
  bool transactional = false;  // a sink: takes part in that
  bool reads_lines = false;    // a source: all that it brings in comes from LineReader; may be looked at elsewhere
  bool writes_lines = false;   // a sink: update() is LineWriter::write(), and may be given many records as one

  bool operator==(const StageSpec&) const = default;
};

}  // namespace streamz
