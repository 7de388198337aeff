// SPDX-License-Identifier: Apache-2.0
// The module regex.so: Oniguruma, which is what jq uses, behind the functions of RegexModule.
#include "regex_module.h"

#include <oniguruma.h>

#include <new>

namespace streamz::expr {

struct Regex {
  regex_t* compiled = nullptr;
  OnigRegion* region = nullptr;
};

namespace {

const OnigUChar* bytes(std::string_view text) { return reinterpret_cast<const OnigUChar*>(text.data()); }

Regex* compile(std::string_view pattern, const RegexFlags& flags, std::string& error) {
  OnigOptionType options = ONIG_OPTION_CAPTURE_GROUP;
  if (flags.ignore_case) options |= ONIG_OPTION_IGNORECASE;
  if (flags.extended) options |= ONIG_OPTION_EXTEND;
  if (flags.single_line) options |= ONIG_OPTION_SINGLELINE;
  if (flags.dot_all) options |= ONIG_OPTION_MULTILINE;
  if (flags.not_empty) options |= ONIG_OPTION_FIND_NOT_EMPTY;
  if (flags.longest) options |= ONIG_OPTION_FIND_LONGEST;
  regex_t* compiled = nullptr;
  OnigErrorInfo info;
  const int code = onig_new(&compiled, bytes(pattern), bytes(pattern) + pattern.size(), options, ONIG_ENCODING_UTF8,
                            ONIG_SYNTAX_PERL_NG, &info);
  if (code != ONIG_NORMAL) {
    OnigUChar words[ONIG_MAX_ERROR_MESSAGE_LEN];
    const int size = onig_error_code_to_str(words, code, &info);
    error.assign(reinterpret_cast<const char*>(words), static_cast<std::size_t>(size));
    return nullptr;
  }
  return new Regex{compiled, onig_region_new()};
}

void free_regex(Regex* regex) {
  onig_region_free(regex->region, 1);
  onig_free(regex->compiled);
  delete regex;
}

bool search(const Regex* regex, std::string_view text, std::size_t from, std::vector<Group>& groups) {
  const OnigUChar* const begin = bytes(text);
  const OnigUChar* const end = begin + text.size();
  const int found = onig_search(regex->compiled, begin, end, begin + from, end, regex->region, ONIG_OPTION_NONE);
  if (found < 0) return false;
  groups.clear();
  for (int i = 0; i < regex->region->num_regs; ++i) groups.push_back({regex->region->beg[i], regex->region->end[i]});
  return true;
}

std::vector<std::string> names(const Regex* regex) {
  std::vector<std::string> found(static_cast<std::size_t>(onig_number_of_captures(regex->compiled)));
  const auto add = [](const OnigUChar* name, const OnigUChar* name_end, int count, int* groups, regex_t* /*of*/,
                      void* context) {
    auto& all = *static_cast<std::vector<std::string>*>(context);
    for (int i = 0; i < count; ++i) {
      all[static_cast<std::size_t>(groups[i] - 1)].assign(reinterpret_cast<const char*>(name),
                                                          static_cast<std::size_t>(name_end - name));
    }
    return 0;
  };
  onig_foreach_name(regex->compiled, add, &found);
  return found;
}

}  // namespace

}  // namespace streamz::expr

const streamz::expr::RegexModule streamz_regex_module = {streamz::expr::compile, streamz::expr::free_regex,
                                                         streamz::expr::search, streamz::expr::names};
