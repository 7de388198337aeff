// SPDX-License-Identifier: Apache-2.0
#include "expr.h"

#include <algorithm>

#include <fmt/format.h>

#include "evaluator.h"
#include "fallback.h"
#include "libjq_program.h"
#include "native_program.h"
#include "parser.h"

namespace streamz::detail {

struct Program {
  std::unique_ptr<expr::NativeProgram> native;  // or the other
  std::unique_ptr<LibjqProgram> libjq;
  std::string engine = "native";
  bool running = false;
};

namespace {

// `$state` is the one that stages set.
Declared& declared() {
  static Declared variables{{"state", "null"}, {"ARGS", R"({"positional":[],"named":{}})"}};
  return variables;
}

std::vector<std::string>& module_directories() {
  static std::vector<std::string> directories;
  return directories;
}

struct Running {
  explicit Running(Program& program) : flag_(program.running) {
    if (flag_) throw Error("the expression is still giving results: its own stage is fed by them");
    flag_ = true;
  }
  ~Running() { flag_ = false; }
  bool& flag_;
};

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

void compile_with_libjq(Program& program, std::string_view text, const std::vector<Token>& tokens,
                        const expr::NotNative& missing, const expr::ForLibjq& for_libjq) {
  expr::check_fallback(missing, for_libjq);
  try {
    program.libjq = std::make_unique<LibjqProgram>(text, for_libjq.body, tokens, declared(), module_directories());
  } catch (const Error& error) {
    expr::refuse_fallback(missing, for_libjq, error.what(), text);
  }
  program.engine = fmt::format("libjq {} (for {})", LibjqProgram::version(),
                               for_libjq.body > 0 ? "modules" : missing.calls.front().name);
}

}  // namespace

void set_module_directories(std::vector<std::string> directories) { module_directories() = std::move(directories); }

void declare_variables(const std::vector<std::pair<std::string, std::string>>& names_and_values) {
  for (const auto& [name, value] : names_and_values) {
    std::erase_if(declared(), [&, &name = name](const auto& known) { return known.first == name; });
    declared().emplace_back(name, value);
  }
}

Program* compile(std::string_view text) {
  const std::vector<Token> tokens = tokens_of(text);
  if (tokens.empty()) throw program_error("E0112", "empty expression", "`.` is the record itself", 0, text.size());
  expr::ForLibjq for_libjq;
  const expr::NodePtr tree = expr::parse_program(text, tokens, for_libjq);
  Declared known = declared();
  for (const std::string& name : for_libjq.variables) known.emplace_back(name, "null");

  auto program = std::make_unique<Program>();
  expr::NotNative missing;
  try {
    program->native = std::make_unique<expr::NativeProgram>(*tree, known);
    if (for_libjq.body > 0) program->native.reset();
  } catch (const expr::NotNative& found) {
    missing = found;
  }
  if (program->native == nullptr) compile_with_libjq(*program, text, tokens, missing, for_libjq);
  return program.release();
}

void free_program(Program* program) { delete program; }

bool run(Program* program, const Record& x, Each each, void* context) {
  const Running running(*program);
  if (program->native != nullptr) return program->native->run(x, each, context);
  return program->libjq->run(x.raw(), false, each, context);
}

void set(Program* program, std::string_view variable, std::string_view json_text) {
  if (program->native != nullptr) return program->native->set(variable, json_text);
  program->libjq->set(variable, json_text);
}

void key(Program* program, const Record& x, std::string& out) {
  const Running running(*program);
  out.clear();
  if (program->native != nullptr) return program->native->key(x, out);
  // A line for each result: JSON text holds no newline, so two results never read as one.
  const auto add = [](void* context, JsonText result) {
    auto& text = *static_cast<std::string*>(context);
    if (!text.empty()) text += '\n';
    text += result.text;
    return true;
  };
  program->libjq->run(x.raw(), true, add, &out);
  if (out.find("-0") != std::string::npos) unify_zeros(out);
}

std::string_view engine(const Program* program) { return program->engine; }

std::string engines() {
  try {
    return "1.8 (native), libjq " + LibjqProgram::version();
  } catch (const Error& error) {
    return std::string("1.8 (native); ") + error.what();
  }
}

}  // namespace streamz::detail
