// SPDX-License-Identifier: Apache-2.0
// Any bytes as a chain: refused with places inside it, or read; and what was read is printed as a chain that
// reads the same.
#include <cstdlib>

#include "chain.h"
#include "index.h"
#include "target.h"

using namespace streamz;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const Index index = [] {
    SearchPath none;
    none.no_plugins = true;
    return Index(none);
  }();
  const std::string_view text = fuzz::text_of(data, size);
  Problems problems;
  const Chain chain = parse(text, index, problems);
  for (const Diagnostic& problem : problems.all()) {
    if (problem.span.begin > problem.span.end || problem.span.end > chain.text.size()) std::abort();
    if (to_text(problem, chain.text).empty()) std::abort();
  }
  if (problems.has_errors()) return 0;
  const std::string printed = chain.to_string();
  Problems again;
  const Chain second = parse(std::string_view(printed), index, again);
  if (again.has_errors() || second.to_string() != printed) std::abort();
  return 0;
}
