// SPDX-License-Identifier: Apache-2.0
// One argument's text, checked against the parameter it is bound to. Goes in: the parameter and a word.
// Goes out: Stage::arguments; a value that does not fit, reported with the chain as it should be.
// Private to arguments.cpp. Tested by tests/chain_test.cpp.
#pragma once

#include "chain_lexer.h"

namespace streamz {

bool takes_expression(const Param& param);
// An expression, with or without a name or a function before it.
bool holds_expression(const Param& param);
// The parameter that takes any key; nullptr when the stage has none.
const Param* free_param(const StageSpec& spec);
// What to write where a column of a name was meant that is an argument already.
std::string meant_column(std::string_view key, std::string_view value);

// Problems: E0112, E0113, and those of an expression.
void add_argument(const Chain& chain, Stage& stage, const Param& param, const Word& word, Span key_span,
                  Problems& problems);

}  // namespace streamz
