// SPDX-License-Identifier: Apache-2.0
// The arguments that every stage takes: name=X and on_error=POLICY. Private to chain.cpp and
// arguments.cpp. Tested by tests/chain_test.cpp.
#pragma once

#include "chain_lexer.h"

namespace streamz {

bool is_common_argument(const Word& word);
// X of name=X, folded; nothing when the word is another, or X is no name.
std::optional<std::string> name_given(const Word& word, const Chain& chain);
// Sets Stage::id or on_error. Problems: E0112, E0115.
void bind_common_argument(const Chain& chain, Stage& stage, const Word& word, Problems& problems);

}  // namespace streamz
