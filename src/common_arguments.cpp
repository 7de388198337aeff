// SPDX-License-Identifier: Apache-2.0
// See common_arguments.h. Tested by tests/chain_test.cpp.
#include "common_arguments.h"

#include <fmt/format.h>

#include "on_error.h"

namespace streamz {
namespace {

std::string value_of(const Chain& chain, const Word& word) {
  return chain.words ? std::string(word.value_text()) : without_quotes(word.value_text());
}

void set_on_error(const Chain& chain, Stage& stage, const Word& word, const std::string& value, Problems& problems) {
  try {
    parse_on_error(value);
    stage.on_error = value;
    stage.on_error_span = word.value_span;
  } catch (const Error& error) {
    const Span span = word.value_span.empty() ? word.span : word.value_span;
    Diagnostic& problem = problems.add("E0112", error.what(), span, error.hint);
    const std::string close = nearest(value, {"fail", "skip", "dead"});
    if (!close.empty()) problem.fix = replaced(chain.text, word.value_span, close);
  }
}

}  // namespace

bool is_common_argument(const Word& word) {
  return !word.quoted_key && (word.folded_key() == "name" || word.folded_key() == "on_error");
}

std::optional<std::string> name_given(const Word& word, const Chain& chain) {
  if (word.bad || word.quoted_key || word.folded_key() != "name") return std::nullopt;
  const std::string name = value_of(chain, word);
  if (!is_identifier(name)) return std::nullopt;
  return fold(name);
}

void bind_common_argument(const Chain& chain, Stage& stage, const Word& word, Problems& problems) {
  if (word.bad) return;
  const std::string key = word.folded_key();
  const std::string value = value_of(chain, word);
  const Span span = word.value_span.empty() ? word.span : word.value_span;
  const std::string& first = key == "name" ? stage.id : stage.on_error;
  if (!first.empty()) {
    problems.add("E0115", fmt::format("`{}` is given twice", key), word.key_span,
                 fmt::format("the first is `{}`", first));
  } else if (key == "name") {
    stage.id = name_given(word, chain).value_or("");
    if (!stage.id.empty()) return;
    problems.add("E0112", fmt::format("`{}` is not a name", printable(value)), span,
                 "letters, digits, _ and -, and no digit first");
  } else {
    set_on_error(chain, stage, word, value, problems);
  }
}

}  // namespace streamz
