// SPDX-License-Identifier: Apache-2.0
// Text or argv to the words of a chain. Goes in: a chain as it was typed. Goes out: words with their
// place, key and separators; the text that places point into. Knows no stages. Private to chain.cpp and
// what it is made of.
// Tested by tests/chain_test.cpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chain.h"
#include "chain_text.h"

namespace streamz {

struct Word {
  enum class Kind { word, link, separator, newline };  // "!", ";", and a newline that may end a segment
  Kind kind = Kind::word;
  Span span;
  std::string text;           // as typed in text form, as it arrived in word form
  std::string key;            // KEY of KEY=value; empty: none
  bool quoted_key = false;    // "KEY"=value: never one of the names that every stage takes
  Span key_span, value_span;  // value_span is the whole word when there is no key
  std::size_t value = 0;      // where in `text` the value begins
  bool bad = false;           // a quote or bracket in it is wrong, and reported

  std::string folded_key() const { return quoted_key ? key : fold(key); }
  std::string_view value_text() const { return std::string_view(text).substr(value); }
};

// Text form. Problems: E0001, E0002, E0004.
std::vector<Word> lex(std::string_view text, Problems& problems);
// Word form; `shown` becomes the words as a shell would take them. Problems: E0002.
std::vector<Word> lex(std::span<const std::string> words, std::string& shown, Problems& problems);

bool is_identifier(std::string_view text);
// X. or X.PORT; port and name with "-" folded.
std::optional<Reference> as_reference(const Word& word);

// Whether `text` ends inside a bracket or a string.
bool is_open(std::string_view text);
// What stands in 'text', when that is all there is.
std::optional<std::string_view> single_quoted(std::string_view text);
// Text form, anywhere but in expressions and JSON: all quotes removed.
std::string without_quotes(std::string_view text);
}  // namespace streamz
