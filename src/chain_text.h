// SPDX-License-Identifier: Apache-2.0
// Small things about a chain's text: how words are quoted, edited for a fix-it, and called in a message.
// For chain.cpp and what it is made of, and for commands that are shown. Tested by tests/chain_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "chain.h"

namespace streamz {

// A word as a POSIX shell takes it.
std::string shell_quote(std::string_view word);
// `value` as it is written into this chain: with shell quotes in word form, as it is in text form.
std::string shown_in(const Chain& chain, std::string_view value);
// "column 18", with the line where there are several.
std::string place_name(std::string_view text, std::size_t offset);
// The text of the chain with a part replaced: what a fix-it is made of.
std::string replaced(std::string_view text, Span span, std::string_view by);

// "text" with JSON's escapes resolved, or nothing when it is not one such string.
std::optional<std::string> json_string(std::string_view text);
// The other way round. Bytes that are not UTF-8 stay what they are: a path may hold them.
std::string json_quote(std::string_view value);

// Whether somebody who typed this meant a file: it has a slash, or a well-known ending.
bool looks_like_file(std::string_view text);

}  // namespace streamz
