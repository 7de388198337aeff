// SPDX-License-Identifier: Apache-2.0
#include "fallback.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "../error.h"
#include "functions.h"
#include "libjq_program.h"

namespace streamz::expr {

namespace {

struct Since {
  std::string_view name, version;
};
// Functions of the native engine that libjq 1.6 does not have.
constexpr Since kNewer[] = {{"abs/0", "1.7"},         {"add/1", "1.8"},     {"debug/1", "1.7"},
                            {"have_decnum/0", "1.7"}, {"ltrim/0", "1.7"},   {"have_literal_numbers/0", "1.7"},
                            {"pick/1", "1.7"},        {"rtrim/0", "1.7"},   {"scan/2", "1.7"},
                            {"skip/2", "1.8"},        {"toarray/0", "1.7"}, {"trim/0", "1.7"},
                            {"trimstr/1", "1.8"}};

std::size_t slash_of(std::string_view function) { return function.rfind('/'); }

std::vector<std::string> all_functions() {
  std::vector<std::string> names = detail::LibjqProgram::builtins();
  const std::vector<std::string> native = native_names();
  names.insert(names.end(), native.begin(), native.end());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// "`length` takes no arguments", "`test` takes 1 or 2 arguments"; or "" when nothing is called so.
std::string takes(std::string_view name, const std::vector<std::string>& functions) {
  std::vector<int> arities;
  for (const std::string& function : functions) {
    const std::size_t slash = slash_of(function);
    if (function.substr(0, slash) != name) continue;
    int arity = 0;
    std::from_chars(function.data() + slash + 1, function.data() + function.size(), arity);
    arities.push_back(arity);
  }
  if (arities.empty()) return {};
  std::ranges::sort(arities);
  std::string counts;
  for (std::size_t i = 0; i < arities.size(); ++i) {
    const char* const joint = i == 0 ? "" : i + 1 == arities.size() ? " or " : ", ";
    counts += fmt::format("{}{}", joint, arities[i] == 0 ? "no" : std::to_string(arities[i]));
  }
  return fmt::format("`{}` takes {} argument{}", name, counts, counts == "1" ? "" : "s");
}

std::string did_you_mean(std::string_view name, std::string_view arity, const std::vector<std::string>& functions,
                         std::vector<std::string> own) {
  // Short names are near to anything, and are mostly a field without its dot, which the caller explains.
  if (name.size() <= 3 && arity == "0") return {};
  std::vector<std::string> fitting = own;
  std::vector<std::string> all = std::move(own);
  for (const std::string& function : functions) {
    const std::size_t slash = slash_of(function);
    all.push_back(function.substr(0, slash));
    if (function.substr(slash + 1) == arity) fitting.push_back(all.back());
  }
  std::string near = nearest(name, fitting);
  if (near.empty()) near = nearest(name, all);
  return near.empty() ? near : fmt::format("did you mean `{}`?", near);
}

}  // namespace

void check_fallback(const NotNative& missing) {
  const std::vector<std::string> functions = all_functions();
  if (std::ranges::find(functions, missing.name) != functions.end()) return;
  const std::size_t slash = slash_of(missing.name);
  const std::string name = missing.name.substr(0, slash);
  std::string hint = takes(name, functions);
  if (hint.empty()) hint = did_you_mean(name, missing.name.substr(slash + 1), functions, missing.own);
  throw program_error("E0202", fmt::format("jq: `{}` is not defined", missing.name), std::move(hint), missing.begin,
                      missing.end);
}

void refuse_fallback(const NotNative& missing, const std::string& words, std::string_view program) {
  const std::string version = detail::LibjqProgram::version();
  const std::string hint = fmt::format("`{}` runs in libjq", missing.name);
  for (const Since& row : kNewer) {
    if (!words.starts_with(row.name)) continue;
    const std::string_view name = row.name.substr(0, slash_of(row.name));
    const std::size_t at = std::min(program.find(name), program.size());
    throw program_error("E0203", fmt::format("jq: `{}` needs jq {}, this libjq is {}", row.name, row.version, version),
                        hint, at, std::min(at + name.size(), program.size()));
  }
  throw program_error("E0203",
                      fmt::format("jq: `{}` needs libjq, and this libjq is {}: {}", missing.name, version, words), "",
                      missing.begin, missing.end);
}

}  // namespace streamz::expr
