// SPDX-License-Identifier: Apache-2.0
// Any bytes as a jq program: refused with a place inside it, or compiled. Behind a NUL stand the bytes of a record:
// where they are JSON, one of the programs that use it in many ways gives valid JSON or an error for it; which one,
// the bytes before the NUL decide.
#include <cstdlib>
#include <memory>
#include <vector>

#include "expr/expr.h"
#include "target.h"

using namespace streamz;
using namespace streamz::fuzz;

namespace {

using Compiled = std::unique_ptr<detail::Program, void (*)(detail::Program*)>;

Compiled compile(std::string_view program) { return {detail::compile(program), detail::free_program}; }

void compile_any(std::string_view program) {
  try {
    compile(program);
  } catch (const detail::ProgramError& error) {
    if (error.begin > error.end || error.end > program.size()) std::abort();
  } catch (const Error&) {
  }
}

void run_one(std::size_t which, std::string_view json) {
  static const std::vector<Compiled> programs = [] {
    std::vector<Compiled> made;
    for (const char* const program : {".",
                                      ".a",
                                      ".a.b?",
                                      ".[0]?",
                                      "[.[]?]",
                                      "[..]",
                                      "keys?",
                                      "to_entries?",
                                      "map_values(.)?",
                                      "tojson",
                                      "tostring | length",
                                      "[paths]",
                                      "sort?",
                                      "group_by(.)?",
                                      "unique?",
                                      "flatten?",
                                      "min?, max?",
                                      "add?",
                                      "(tojson | fromjson) == .",
                                      "[.[]?] | sort_by(.)",
                                      ".a |= 1",
                                      "del(.[0]?)",
                                      "walk(.)",
                                      "type",
                                      "length?",
                                      "@json, @html, @uri, @base64",
                                      "(.[1:]?, .[:-1]?)",
                                      "ascii_downcase?, ascii_upcase?, explode?",
                                      "tonumber?",
                                      "with_entries(.)?",
                                      ". + .",
                                      "[limit(3; .[]?)]",
                                      "{a, b: .a?}?",
                                      "[splits(\",\")?]",
                                      "ltrimstr(\"a\")",
                                      "any, all?",
                                      "floor?, sqrt?",
                                      "strptime(\"%Y\")?",
                                      "todate?",
                                      "min_by(.a)?",
                                      "transpose?",
                                      "indices(1)?, index(\"a\")?",
                                      "tostream",
                                      "[.[]?] | combinations?",
                                      "getpath([\"a\",0])?",
                                      "@csv?, @tsv?, @sh?"}) {
      made.push_back(compile(program));
    }
    return made;
  }();
  const Padded padded(json);
  const auto check = [](void*, JsonText result) {
    if (!is_json(result.text)) std::abort();
    return true;
  };
  try {
    detail::run(programs[which % programs.size()].get(), Record(padded.text(), nullptr), check, nullptr);
  } catch (const Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text = text_of(data, size);
  const std::size_t end = text.find('\0');
  const std::string_view program = text.substr(0, end);
  compile_any(program);
  if (end != text.npos && size - end < 300 && is_json(text.substr(end + 1))) {
    run_one(std::hash<std::string_view>()(program), text.substr(end + 1));
  }
  return 0;
}
