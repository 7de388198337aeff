// SPDX-License-Identifier: Apache-2.0
#include "expr.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "../module.h"
#include "diagnose.h"
#include "libjq_module.h"

namespace streamz::detail {

struct Program {
  const LibjqModule* libjq = nullptr;
  Engine* engine = nullptr;
  std::vector<std::string> variables;  // those that the program may read, in the order of the engine's
  std::string engine_name;
  bool running = false;

  Program() = default;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (libjq != nullptr) libjq->close(engine);
  }
};

namespace {

const LibjqModule& libjq() {
  static const auto* const module = static_cast<const LibjqModule*>(module_symbol("jq", "streamz_jq_module"));
  return *module;
}

// Name and initial value, as JSON text. `$state` is the one that stages set.
std::map<std::string, std::string, std::less<>>& declared() {
  static std::map<std::string, std::string, std::less<>> variables{{"state", "null"}};
  return variables;
}

// The declared variables whose name stands somewhere in the program. One that the program binds itself
// may be among them; its own binding wins.
std::vector<std::string> used_variables(std::string_view program, std::span<const Token> tokens) {
  std::vector<std::string> used;
  for (const auto& [name, value] : declared()) {
    const bool found = std::ranges::any_of(tokens, [&, &name = name](const Token& token) {
      const std::string_view text = token.text(program);
      return token.kind == Token::variable &&
             text.substr(std::min(text.find_first_not_of("$ \t\r\n"), text.size())) == name;
    });
    if (found) used.push_back(name);
  }
  return used;
}

// Variables are bound to the elements behind the input in an array, so that giving them other values
// needs no compiling. The program ends with a line of its own, for a comment at its end.
std::string prefix_for(const std::vector<std::string>& variables) {
  if (variables.empty()) return {};
  std::string prefix = ". as [$streamz_input";
  for (const std::string& variable : variables) prefix += ", $" + variable;
  return prefix + "] | $streamz_input | (";
}

std::vector<std::string> builtins() {
  std::vector<std::string> names;
  Engine* const engine = libjq().open(
      "builtins[]", 0, [](void*, std::string_view) {}, nullptr);
  if (engine == nullptr) return names;
  const auto add = [](void* context, JsonText name) {
    static_cast<std::vector<std::string>*>(context)->emplace_back(name.text.substr(1, name.text.size() - 2));
    return true;
  };
  libjq().run(engine, "null", false, add, &names);
  libjq().close(engine);
  return names;
}

ProgramError why_not(std::string_view program, std::span<const Token> tokens, const std::vector<std::string>& said,
                     std::string_view compiled, std::size_t prefix) {
  EngineFacts facts{libjq().version(), builtins(), {}};
  for (const auto& [name, value] : declared()) facts.variables.push_back(name);
  Complaint complaint{"the program does not compile", std::nullopt};
  if (!said.empty()) complaint = read_complaint(said.front(), compiled);
  if (complaint.at) *complaint.at -= std::min(*complaint.at, prefix);
  return explain(program, tokens, complaint, facts);
}

// Whether libjq, whose numbers are doubles, prints the integer as it was written.
bool keeps_integer(std::string_view literal) {
  double value = 0;
  std::from_chars(literal.data(), literal.data() + literal.size(), value);
  if (!std::isfinite(value)) return false;
  char shortest[40];
  const auto end = std::to_chars(shortest, shortest + sizeof shortest, value, std::chars_format::scientific).ptr;
  std::string printed(shortest, static_cast<std::size_t>(end - shortest));
  printed.erase(printed.find('e'));
  std::erase(printed, '.');
  literal = literal.substr(0, literal.find_last_not_of('0') + 1);
  printed.erase(printed.find_last_not_of('0') + 1);
  return printed == literal;
}

// The first number that libjq would change: an integer of more digits than a double has, or a number
// beyond all doubles. Other fractions are rounded by every JSON tool.
std::string_view damaged_number(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\' ? 1 : 0;
      continue;
    }
    if (!is_digit(text[i])) continue;
    const std::size_t begin = i > 0 && text[i - 1] == '-' ? i - 1 : i;
    bool integer = true;
    while (i < text.size() &&
           (is_digit(text[i]) || std::string_view(".eE+-").find(text[i]) != std::string_view::npos)) {
      integer = integer && is_digit(text[i]);
      ++i;
    }
    const std::string_view literal = text.substr(begin, i - begin);
    --i;
    if (integer) {
      if (literal.size() > 15 && !keeps_integer(literal)) return literal;
    } else {
      double value = 0;
      const auto read = std::from_chars(literal.data(), literal.data() + literal.size(), value);
      if (read.ec == std::errc::result_out_of_range) return literal;
    }
  }
  return {};
}

void refuse_damage(std::string_view text) {
  const std::string_view number = damaged_number(text);
  if (number.empty()) return;
  std::string shown(number.substr(0, 40));
  if (shown.size() < number.size()) shown += "...";
  throw Error(fmt::format("holds {}, which libjq {} would round", shown, libjq().version()));
}

bool run_engine(Program& program, const Record& x, bool sorted, Each each, void* context) {
  struct Running {
    explicit Running(bool& flag) : flag_(flag) { flag_ = true; }
    ~Running() { flag_ = false; }
    bool& flag_;
  };
  if (program.running) throw Error("the expression is still giving results: its own stage is fed by them");
  const Running running(program.running);
  refuse_damage(x.raw());
  return program.libjq->run(program.engine, x.raw(), sorted, each, context);
}

// "-0" and "0" are equal, and keys must be too.
void unify_zeros(std::string& text) {
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (inside && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      inside = !inside;
    } else if (!inside && text[i] == '-') {
      const bool exponent = i > 0 && text[i - 1] == 'e';
      const std::string_view number = std::string_view(text).substr(i, 3);
      if (!exponent && number.starts_with("-0") && !number.ends_with('.')) text.erase(i, 1);
    }
  }
}

}  // namespace

void declare_variables(const std::vector<std::pair<std::string, std::string>>& names_and_values) {
  for (const auto& [name, value] : names_and_values) declared()[name] = value;
}

Program* compile(std::string_view text) {
  const std::vector<Token> tokens = tokens_of(text);
  if (tokens.empty()) throw program_error("E0112", "empty expression", "`.` is the record itself", 0, text.size());
  auto program = std::make_unique<Program>();
  program->libjq = &libjq();
  program->engine_name = fmt::format("libjq {}", program->libjq->version());
  refuse_unusable(text, tokens, program->libjq->version());
  program->variables = used_variables(text, tokens);
  const std::string prefix = prefix_for(program->variables);
  const std::string compiled = prefix.empty() ? std::string(text) : prefix + std::string(text) + "\n)";
  std::vector<std::string> said;
  const auto hear = [](void* context, std::string_view words) {
    static_cast<std::vector<std::string>*>(context)->emplace_back(words);
  };
  program->engine = program->libjq->open(compiled.c_str(), program->variables.size(), hear, &said);
  if (program->engine == nullptr) throw why_not(text, tokens, said, compiled, prefix.size());
  for (const std::string& variable : program->variables) set(program.get(), variable, declared().at(variable));
  return program.release();
}

void free_program(Program* program) { delete program; }

bool run(Program* program, const Record& x, Each each, void* context) {
  return run_engine(*program, x, false, each, context);
}

void set(Program* program, std::string_view variable, std::string_view json_text) {
  const auto found = std::ranges::find(program->variables, variable);
  if (found == program->variables.end()) return;  // the program does not read it
  refuse_damage(json_text);
  program->libjq->set(program->engine, static_cast<std::size_t>(found - program->variables.begin()), json_text);
}

void key(Program* program, const Record& x, std::string& out) {
  out.clear();
  // A line for each result: JSON text holds no newline, so two results never read as one.
  const auto add = [](void* context, JsonText result) {
    auto& text = *static_cast<std::string*>(context);
    if (!text.empty()) text += '\n';
    text += result.text;
    return true;
  };
  run_engine(*program, x, true, add, &out);
  if (out.find("-0") != std::string::npos) unify_zeros(out);
}

std::string_view engine(const Program* program) { return program->engine_name; }

}  // namespace streamz::detail
