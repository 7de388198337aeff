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
constexpr Since kNewer[] = {{"abs/0", "1.7"},         {"add/1", "1.8"},       {"debug/1", "1.7"},
                            {"have_decnum/0", "1.7"}, {"ltrim/0", "1.7"},     {"have_literal_numbers/0", "1.7"},
                            {"pick/1", "1.7"},        {"rtrim/0", "1.7"},     {"scan/2", "1.7"},
                            {"skip/2", "1.8"},        {"toarray/0", "1.7"},   {"trim/0", "1.7"},
                            {"trimstr/1", "1.8"},     {"toboolean/0", "1.8"}, {"@base32d", "1.7"},
                            {"@base32", "1.7"},       {"@urid", "1.8"}};

// What functions and constants are called elsewhere.
constexpr Since kElsewhere[] = {{"None", "null"},
                                {"nil", "null"},
                                {"undefined", "null"},
                                {"NULL", "null"},
                                {"Null", "null"},
                                {"True", "true"},
                                {"TRUE", "true"},
                                {"False", "false"},
                                {"FALSE", "false"},
                                {"len", "length"},
                                {"size", "length"},
                                {"count", "length"},
                                {"strlen", "length"},
                                {"lower", "ascii_downcase"},
                                {"lowercase", "ascii_downcase"},
                                {"tolower", "ascii_downcase"},
                                {"toLowerCase", "ascii_downcase"},
                                {"downcase", "ascii_downcase"},
                                {"upper", "ascii_upcase"},
                                {"uppercase", "ascii_upcase"},
                                {"toupper", "ascii_upcase"},
                                {"toUpperCase", "ascii_upcase"},
                                {"upcase", "ascii_upcase"},
                                {"replace", "gsub"},
                                {"replaceAll", "gsub"},
                                {"substring", ".[from:to]"},
                                {"substr", ".[from:to]"},
                                {"slice", ".[from:to]"},
                                {"concat", "+"},
                                {"parseInt", "tonumber"},
                                {"parseFloat", "tonumber"},
                                {"int", "tonumber"},
                                {"float", "tonumber"},
                                {"number", "tonumber"},
                                {"str", "tostring"},
                                {"string", "tostring"},
                                {"bool", "toboolean"},
                                {"includes", "contains"},
                                {"indexOf", "index"},
                                {"strip", "trim"},
                                {"avg", "add / length"},
                                {"average", "add / length"},
                                {"mean", "add / length"},
                                {"sum", "add"},
                                {"distinct", "unique"},
                                {"uniq", "unique"},
                                {"exists", "has"},
                                {"typeof", "type"},
                                {"println", "debug"},
                                {"print", "debug"},
                                {"log_error", "error"},
                                {"throw", "error"},
                                {"forEach", "map"},
                                {"each", ".[]"},
                                {"collect", "map"},
                                {"where", "select"},
                                {"filter", "select"}};

std::size_t slash_of(std::string_view function) { return function.rfind('/'); }

// Asked of libjq once: it compiles all its own programs for that.
const std::vector<std::string>& all_functions() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> names = detail::LibjqProgram::builtins();
    const std::vector<std::string> native = native_names();
    names.insert(names.end(), native.begin(), native.end());
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
  }();
  return all;
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

[[noreturn]] void refuse_undefined(const NotNative::Call& call, const ForLibjq& for_libjq) {
  const std::vector<std::string>& functions = all_functions();
  const std::size_t slash = slash_of(call.name);
  const std::string name = call.name.substr(0, slash);
  std::string hint = takes(name, functions);
  const std::string with_commas = fmt::format("{}/{}", name, call.commas + 1);
  if (call.commas > 0 && std::ranges::find(functions, with_commas) != functions.end()) {
    hint = "arguments are parted by `;`";
  }
  const auto* const elsewhere = std::ranges::find(kElsewhere, name, &Since::name);
  if (hint.empty() && elsewhere != std::end(kElsewhere)) hint = fmt::format("did you mean `{}`?", elsewhere->version);
  if (hint.empty() && !for_libjq.used.empty()) hint = "no module has it";
  if (hint.empty()) hint = did_you_mean(name, call.name.substr(slash + 1), functions, call.own);
  throw program_error("E0202", fmt::format("jq: `{}` is not defined", call.name), std::move(hint), call.begin,
                      call.end);
}

}  // namespace

void check_fallback(const NotNative& missing, const ForLibjq& for_libjq) {
  if (!for_libjq.newer.empty() && detail::LibjqProgram::version() < "1.8") {
    const std::string why = for_libjq.body > 0 ? "modules" : fmt::format("`{}`", missing.calls.front().name);
    throw program_error(
        "E0203",
        fmt::format("jq: an operator before `as` needs jq 1.8, this libjq is {}", detail::LibjqProgram::version()),
        fmt::format("put it in brackets; {} runs in libjq", why), for_libjq.newer.begin, for_libjq.newer.end);
  }
  if (missing.calls.empty() || !for_libjq.used.empty()) return;
  const std::vector<std::string>& functions = all_functions();
  for (const NotNative::Call& call : missing.calls) {
    if (std::ranges::find(functions, call.name) == functions.end()) refuse_undefined(call, for_libjq);
  }
}

void refuse_fallback(const NotNative& missing, const ForLibjq& for_libjq, const std::string& words,
                     std::string_view program) {
  const std::string version = detail::LibjqProgram::version();
  const std::string why = for_libjq.body > 0 ? "modules" : fmt::format("`{}`", missing.calls.front().name);
  for (const Since& row : kNewer) {
    if (!words.starts_with(row.name)) continue;
    const std::string_view name = row.name.substr(0, slash_of(row.name));
    const std::size_t at = std::min(program.find(name, for_libjq.body), program.size());
    throw program_error("E0203", fmt::format("jq: `{}` needs jq {}, this libjq is {}", row.name, row.version, version),
                        why + " runs in libjq", at, std::min(at + name.size(), program.size()));
  }
  for (const NotNative::Call& call : missing.calls) {
    if (words.starts_with(call.name + " is not defined")) refuse_undefined(call, for_libjq);
  }
  for (const ForLibjq::Use& use : for_libjq.used) {
    if (words.find("module not found: " + use.path) == std::string::npos) continue;
    throw program_error("E0201", fmt::format("jq: module not found: {}", use.path), "-L DIR says where it is",
                        use.place.begin, use.place.end);
  }
  if (for_libjq.body > 0) throw program_error("E0201", "jq: " + words, "", 0, for_libjq.body);
  throw program_error("E0203", fmt::format("jq: {} needs libjq, and this libjq is {}: {}", why, version, words), "",
                      missing.calls.front().begin, missing.calls.front().end);
}

}  // namespace streamz::expr
