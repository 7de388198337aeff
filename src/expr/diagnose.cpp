// SPDX-License-Identifier: Apache-2.0
#include "diagnose.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "../error.h"

namespace streamz::detail {

namespace {

struct Since {
  std::string_view name, version;
};
// What users know from a newer jq.
constexpr Since kNewer[] = {{"abs/0", "1.7"},
                            {"add/1", "1.8"},
                            {"debug/1", "1.7"},
                            {"have_decnum/0", "1.7"},
                            {"have_literal_numbers/0", "1.7"},
                            {"ltrim/0", "1.7"},
                            {"pick/1", "1.7"},
                            {"rtrim/0", "1.7"},
                            {"scan/2", "1.7"},
                            {"skip/2", "1.8"},
                            {"toarray/0", "1.7"},
                            {"trim/0", "1.7"},
                            {"trimstr/1", "1.8"},
                            {"@base32d", "1.7"},
                            {"@urid", "1.8"}};
constexpr std::string_view kFormats[] = {"@text", "@json", "@csv",    "@tsv",    "@html",
                                         "@uri",  "@sh",   "@base64", "@base64d"};

struct Unusable {
  std::string_view name, why;
};
constexpr Unusable kUnusable[] = {{"input", "records come from the chain"},
                                  {"inputs", "records come from the chain"},
                                  {"input_filename", "records come from the chain"},
                                  {"input_line_number", "records come from the chain"},
                                  {"halt", "a chain ends with its input"},
                                  {"halt_error", "a chain ends with its input; for a failed record use `error`"}};

std::string_view since(std::string_view name) {
  for (const Since& row : kNewer) {
    if (row.name == name) return row.version;
  }
  return {};
}

ProgramError too_new(const std::string& what, std::string_view needed, std::string_view version, std::string hint,
                     std::size_t begin, std::size_t end) {
  return program_error("E0203", fmt::format("jq: {} needs jq {}, this libjq is {}", what, needed, version),
                       std::move(hint), begin, end);
}

std::string lower_first(std::string text) {
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

// `{input: 1}`, `{a: 1, input}`: the name of a field.
bool is_key(std::string_view program, std::span<const Token> tokens, std::size_t i) {
  if (tokens[i].bracket != '{' || i == 0) return false;
  const std::string_view before = tokens[i - 1].text(program);
  return before == "{" || before == ",";
}

// The names that the program defines: functions and their parameters.
std::vector<std::string_view> defined_names(std::string_view program, std::span<const Token> tokens) {
  std::vector<std::string_view> names;
  bool header = false;
  for (const Token& token : tokens) {
    const std::string_view text = token.text(program);
    if (header && text == ":") header = false;
    if (header && token.kind == Token::name) names.push_back(text);
    if (token.kind == Token::name && text == "def") header = true;
  }
  return names;
}

// The index of the token at byte `at`, or tokens.size().
std::size_t token_at(std::span<const Token> tokens, std::size_t at) {
  const auto found = std::ranges::find_if(tokens, [&](const Token& t) { return at >= t.begin && at < t.end; });
  return static_cast<std::size_t>(found - tokens.begin());
}

// Whether the `if` that tokens[end] closes has an `else`.
bool has_else(std::string_view program, std::span<const Token> tokens, std::size_t end) {
  int open = 1;
  for (std::size_t i = end; i > 0; --i) {
    if (tokens[i - 1].kind != Token::name || is_key(program, tokens, i - 1)) continue;
    const std::string_view text = tokens[i - 1].text(program);
    if (text == "end") ++open;
    if (text == "else" && open == 1) return true;
    if (text == "if" && --open == 0) return false;
  }
  return true;
}

// "`length` takes no arguments", "`test` takes 1 or 2 arguments"; or "" when nothing is called so.
std::string takes(std::string_view name, const std::vector<std::string>& builtins) {
  std::vector<int> arities;
  for (const std::string& builtin : builtins) {
    const std::size_t slash = builtin.rfind('/');
    if (builtin.substr(0, slash) != name) continue;
    int arity = 0;
    std::from_chars(builtin.data() + slash + 1, builtin.data() + builtin.size(), arity);
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

std::string did_you_mean(std::string_view name, std::string_view arity, const EngineFacts& engine,
                         std::vector<std::string> own) {
  // Short names are near to anything, and are mostly a field without its dot, which the caller explains.
  if (name.size() <= 3 && arity == "0") return {};
  std::vector<std::string> fitting = own;
  std::vector<std::string> all = std::move(own);
  for (const std::string& builtin : engine.builtins) {
    const std::size_t slash = builtin.rfind('/');
    all.push_back(builtin.substr(0, slash));
    if (builtin.substr(slash + 1) == arity) fitting.push_back(all.back());
  }
  std::string near = nearest(name, fitting);
  if (near.empty()) near = nearest(name, all);
  return near.empty() ? near : fmt::format("did you mean `{}`?", near);
}

ProgramError undefined_function(std::string_view program, std::span<const Token> tokens, const std::string& called,
                                std::size_t at, const EngineFacts& engine) {
  const std::size_t slash = called.rfind('/');
  const std::string name = called.substr(0, slash);
  const std::size_t end = at + name.size();
  const std::string_view needed = since(called);
  if (needed > engine.version) return too_new(fmt::format("`{}`", called), needed, engine.version, "", at, end);
  std::string hint = takes(name, engine.builtins);
  if (hint.empty()) {
    std::vector<std::string> own;
    for (const std::string_view defined : defined_names(program, tokens)) own.emplace_back(defined);
    hint = did_you_mean(name, called.substr(slash + 1), engine, std::move(own));
  }
  return program_error("E0202", fmt::format("jq: `{}` is not defined", called), std::move(hint), at, end);
}

ProgramError undefined_variable(std::string_view program, std::span<const Token> tokens, const std::string& name,
                                std::size_t at, const EngineFacts& engine) {
  constexpr std::string_view kLabel = "$*label-";
  if (name.starts_with(kLabel)) {
    return program_error("E0202", fmt::format("jq: the label `${}` is not defined", name.substr(kLabel.size())),
                         "`label` defines one", at, std::min(program.size(), at + std::string_view("break").size()));
  }
  std::vector<std::string> candidates;
  for (const std::string& variable : engine.variables) candidates.push_back("$" + variable);
  for (const Token& token : tokens) {
    if (token.kind == Token::variable && token.text(program) != name) candidates.emplace_back(token.text(program));
  }
  const std::string near = nearest(name, candidates);
  return program_error("E0202", fmt::format("jq: `{}` is not defined", name),
                       near.empty() ? "" : fmt::format("did you mean `{}`?", near), at, at + name.size());
}

// Syntax that a newer jq understands; tokens[i] is the one libjq did not expect.
std::optional<ProgramError> newer_syntax(std::string_view program, std::span<const Token> tokens, std::size_t i,
                                         std::size_t at, std::string_view version) {
  if (version >= "1.7") return std::nullopt;
  const Token& token = tokens[i];
  const std::string_view text = token.text(program);
  const auto newer = [&](const char* what, const char* hint) {
    return too_new(what, "1.7", version, hint, token.begin, token.end);
  };
  if (text == "end" && !has_else(program, tokens, i)) return newer("`if` without `else`", "write `else . end`");
  if (text == "[" && i > 1 && tokens[i - 1].text(program) == "." && tokens[i - 1].begin == tokens[i - 2].end) {
    return newer("`.[` after a path", "leave the dot out");
  }
  if (text == ":" && i > 0 && tokens[i - 1].kind == Token::variable && token.bracket == '{') {
    return newer("a variable as a key", "write `($name): value`");
  }
  const bool named = token.kind == Token::variable && token.end > at;
  if (named && at > token.begin) return newer("a keyword as a variable's name", "");
  return std::nullopt;
}

// What is written otherwise in jq.
std::string habit(std::string_view program, const Token& token) {
  const std::string_view text = token.text(program);
  if (text == "&&") return "jq writes `and`";
  if (text == "||") return "jq writes `or`";
  if (text == "!") return "jq negates with `| not`";
  return {};
}

// Of "syntax error, unexpected IDENT, expecting $end (Unix shell quoting issues?)": "$end"; or "".
std::string expectation(const std::string& words) {
  constexpr std::string_view kExpecting = ", expecting ";
  const std::size_t begin = words.find(kExpecting);
  if (begin == std::string::npos) return {};
  const std::size_t text = begin + kExpecting.size();
  return words.substr(text, words.find(" (Unix") - text);
}

bool begins_value(std::string_view program, const Token& token) {
  constexpr std::string_view kInfix[] = {"and", "or", "as", "then", "elif", "else", "end", "catch"};
  if (token.kind == Token::symbol) return false;
  return std::ranges::find(kInfix, token.text(program)) == std::end(kInfix);
}

ProgramError syntax_error(std::string_view program, std::span<const Token> tokens, const Complaint& complaint,
                          std::string_view version) {
  const std::size_t i = token_at(tokens, *complaint.at);
  const std::string expected = expectation(complaint.words);
  std::string hint = expected.size() == 3 && expected[0] == '\'' ? fmt::format("expected `{}`", expected[1]) : "";
  if (complaint.words.find("unexpected $end") != std::string::npos || i == tokens.size()) {
    const Token& last = tokens.back();
    return program_error("E0201", "jq: something is missing at the end of the program", std::move(hint), last.begin,
                         last.end);
  }
  if (auto error = newer_syntax(program, tokens, i, *complaint.at, version)) return *error;
  const Token& token = tokens[i];
  if (expected == "$end" && i > 0 && begins_value(program, token)) hint = "an operator is missing before it";
  if (std::string better = habit(program, token); !better.empty()) hint = std::move(better);
  return program_error("E0201", fmt::format("jq: unexpected `{}`", printable(token.text(program), 40)), std::move(hint),
                       token.begin, token.end);
}

}  // namespace

Complaint read_complaint(std::string_view libjq_text, std::string_view compiled) {
  constexpr std::string_view kPrefix = "jq: error: ";
  constexpr std::string_view kPlace = " at <top-level>, line ";
  if (libjq_text.starts_with(kPrefix)) libjq_text.remove_prefix(kPrefix.size());
  const std::size_t place = libjq_text.rfind(kPlace);
  if (place == std::string_view::npos) {
    return {std::string(libjq_text.substr(0, libjq_text.find('\n'))), std::nullopt};
  }
  Complaint complaint{std::string(libjq_text.substr(0, place)), std::nullopt};
  const std::string_view rest = libjq_text.substr(place + kPlace.size());
  std::size_t line = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), line);
  std::size_t begin = 0;
  for (; line > 1 && begin < compiled.size(); --line)
    begin = std::min(compiled.find('\n', begin), compiled.size() - 1) + 1;
  const std::size_t length = std::min(compiled.find('\n', begin), compiled.size()) - begin;
  const std::size_t shown = rest.find('\n');
  if (shown == std::string_view::npos || rest.size() - shown - 1 < length) return complaint;
  complaint.at = begin + rest.size() - shown - 1 - length;
  return complaint;
}

void refuse_unusable(std::string_view program, std::span<const Token> tokens, std::string_view version) {
  const std::vector<std::string_view> own = defined_names(program, tokens);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    const std::string_view text = token.text(program);
    if (token.kind == Token::format && std::ranges::find(kFormats, text) == std::end(kFormats)) {
      const std::string_view needed = since(text);
      if (needed > version) throw too_new(fmt::format("`{}`", text), needed, version, "", token.begin, token.end);
      const std::string near = nearest(text, {std::begin(kFormats), std::end(kFormats)});
      if (needed.empty()) {
        throw program_error("E0202", fmt::format("jq: there is no format `{}`", text),
                            near.empty() ? "" : fmt::format("did you mean `{}`?", near), token.begin, token.end);
      }
    }
    if (token.kind != Token::name || is_key(program, tokens, i) || std::ranges::find(own, text) != own.end()) continue;
    for (const Unusable& function : kUnusable) {
      if (function.name != text) continue;
      const bool argument = i + 1 < tokens.size() && tokens[i + 1].text(program) == "(";
      throw program_error("E0202", fmt::format("jq: `{}/{}` is not available", text, argument ? 1 : 0),
                          std::string(function.why), token.begin, token.end);
    }
  }
}

ProgramError explain(std::string_view program, std::span<const Token> tokens, const Complaint& complaint,
                     const EngineFacts& engine) {
  constexpr std::string_view kUndefined = " is not defined";
  Complaint placed = complaint;
  placed.at = std::min(complaint.at.value_or(0), program.size());
  if (!complaint.at) {
    return program_error("E0201", "jq: " + lower_first(complaint.words), "", 0, program.size());
  }
  if (complaint.words.ends_with(kUndefined)) {
    const std::string name = complaint.words.substr(0, complaint.words.size() - kUndefined.size());
    return name.starts_with('$') ? undefined_variable(program, tokens, name, *placed.at, engine)
                                 : undefined_function(program, tokens, name, *placed.at, engine);
  }
  if (complaint.words.starts_with("syntax error")) return syntax_error(program, tokens, placed, engine.version);
  std::string words = complaint.words.substr(0, complaint.words.find(" at line "));
  const std::size_t i = token_at(tokens, *placed.at);
  const std::size_t end = i < tokens.size() ? tokens[i].end : program.size();
  return program_error("E0201", "jq: " + lower_first(std::move(words)), "", *placed.at, end);
}

}  // namespace streamz::detail
