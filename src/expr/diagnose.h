// SPDX-License-Identifier: Apache-2.0
// Why a jq program is refused, in plain words and with its place. Goes in: the program, its tokens and
// what libjq says. Goes out: a ProgramError. Tested by tests/expr_test.cpp.
#pragma once

#include <optional>
#include <span>

#include "tokens.h"

namespace streamz::detail {

struct EngineFacts {
  std::string version;                // "1.6"
  std::vector<std::string> builtins;  // "length/0"
  std::vector<std::string> variables;
};

// One complaint of libjq about a program.
struct Complaint {
  std::string words;              // "lenght/0 is not defined"
  std::optional<std::size_t> at;  // where in the text that was compiled
};
// "jq: error: WORDS at <top-level>, line N:" and that line, followed by as many blanks as there are bytes
// before the place in it.
Complaint read_complaint(std::string_view libjq_text, std::string_view compiled);

// What compiles or would fail on each record, and cannot work in a chain: `input` and its kin, and
// formats that the engine does not have. Throws ProgramError.
void refuse_unusable(std::string_view program, std::span<const Token> tokens, std::string_view version);

// `complaint.at` counts in `program`.
ProgramError explain(std::string_view program, std::span<const Token> tokens, const Complaint& complaint,
                     const EngineFacts& engine);

}  // namespace streamz::detail
