// SPDX-License-Identifier: Apache-2.0
// Step 1: text to Chain, and back. Goes in: one argument (text form), several (word form) or a chain
// file. Goes out: stages, arguments bound to parameter names, references; every mistake with its
// place, cause and, where it is a mechanical edit, the corrected chain. Needs the index (names and
// specs), never a plugin's code.
// Tested by tests/chain_test.cpp and tests/chains/*.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "error.h"
#include "expr/expr.h"
#include "index.h"

namespace streamz {

struct Argument {
  std::string param;      // name of the parameter, "-" folded; for positionals filled in from the spec
  std::string value;      // unwrapped; an expression is its program; of a list one part: a list of three is
                          // three arguments
  Span span;              // of the value in Chain::text; of a preset, the stage's name
  Span key_span;          // of KEY, empty for positionals
  std::size_t index = 0;  // of the parameter in the spec; meaningless when the spec is unknown
};

struct Stage {
  std::string name;                 // as typed (or the implicit stage's name)
  Span span;                        // of the name; implicit ends have the place next to which they stand
  const Entry* entry = nullptr;     // null when nobody has the name (reported)
  std::vector<Argument> arguments;  // bound to the spec, presets of a second name included
  // The arguments every stage takes.
  std::string id;        // name=X; empty: not named
  std::string on_error;  // as it was written; empty: the run's policy
  Span on_error_span;
};

// X. or X.PORT
struct Reference {
  std::string id;
  std::string port;  // "" when not given
  Span span;
};

struct Segment {
  std::optional<Reference> from;  // reads X.PORT
  std::vector<Stage> stages;      // empty only in `x. ! y.` and in `x.`, which shows X on standard output
  std::optional<Reference> to;    // feeds X.PORT
};

struct Chain {
  std::string text;    // as shown to the user: what spans point into
  bool words = false;  // came as several arguments: fixes are printed with shell quotes
  std::vector<Segment> segments;

  // Canonical text: parses to the same chain. Keys after the expression; single quotes where needed.
  std::string to_string() const;
};

// Text form: one argument, or a chain file (a "#!" line at its start is skipped).
Chain parse(std::string_view text, const Index& index, Problems& problems);
// Word form: two or more arguments; each is one token.
Chain parse(std::span<const std::string> words, const Index& index, Problems& problems);

// Says why an expression does not compile, in the words of the chain: E0105 where `|` stands for `!`,
// E0201 to E0203 otherwise. For the binder, which is who compiles.
void explain_program_error(const Chain& chain, const Index& index, const Stage& stage, const Argument& argument,
                           const detail::ProgramError& error, Problems& problems);
// Warns of a program for `filter` that lets every record pass: `.a = 1`, or a string where quotes were lost.
void check_condition(const Chain& chain, const Argument& argument, Problems& problems);
// Bytes [begin, end) of an expression as a place in Chain::text; the whole argument where the program
// was put together in a way that no longer tells.
Span place_in_chain(const Chain& chain, const Argument& argument, std::size_t begin, std::size_t end);

}  // namespace streamz
