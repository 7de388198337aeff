// SPDX-License-Identifier: Apache-2.0
// The words behind a stage's name to arguments bound to its spec. Goes in: words and an entry. Goes out:
// Stage::arguments, id and on_error; every word that does not fit, reported. Private to chain.cpp.
// Tested by tests/chain_test.cpp.
#pragma once

#include <span>

#include "chain_lexer.h"

namespace streamz {

// `words` are those after the name. Problems: E0006, E0110 to E0115, W0203.
void bind_arguments(const Chain& chain, Stage& stage, std::span<const Word> words, Problems& problems);

// For a word that looks like a reference and stands at the end of a stage: would the stage do without
// it, and could it take it?
bool complete_without_last(const Entry& entry, std::span<const Word> words);
bool takes_last(const Entry& entry, std::span<const Word> words);

}  // namespace streamz
