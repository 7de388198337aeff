// SPDX-License-Identifier: Apache-2.0
#include "help.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "chain_text.h"
#include "error.h"
#include "on_error.h"
#include "values.h"

namespace streamz {

namespace {

constexpr std::size_t width = 80;

bool is_expression(const Param& param) { return param.types.front() == Type::expr; }

std::string parameter_usage(const Param& param) {
  std::string text = type_label(param);
  if (!param.positional) {
    text = fmt::format("{}={}{}", param.name, text, param.free ? "..." : "");
  } else if (!is_expression(param)) {
    text = fmt::format("[{}=]{}", param.name, text);
  }
  if (param.repeats && !param.list) text += "...";
  return param.required ? text : fmt::format("[{}]", text);
}

// The values of an example, which are parted by blanks.
std::vector<std::string> split_values(std::string_view text) {
  std::vector<std::string> values(1);
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ' && depth == 0 && !in_string) {
      if (!values.back().empty()) values.emplace_back();
      continue;
    }
    values.back() += c;
    if (in_string && c == '\\' && i + 1 < text.size()) {
      values.back() += text[++i];
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string) {
      depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
    }
  }
  if (values.back().empty()) values.pop_back();
  return values;
}

bool plain_for_shell(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::strchr("._-/:,=+@%", c) != nullptr;
}

// A chain as it stands in a shell: the single quotes of the chain serve the shell too; when something
// outside them would not survive, the whole chain is quoted.
std::string shell_chain(const std::string& chain) {
  bool quoted = false;
  for (const char c : chain) {
    if (c == '\'') {
      quoted = !quoted;
    } else if (!quoted && c != ' ' && c != '!' && !plain_for_shell(c)) {
      return shell_quote(chain);
    }
  }
  return chain;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

std::string port_list(const std::vector<std::string>& names, std::size_t first) {
  std::vector<std::string> shown;
  for (std::size_t i = first; i < names.size(); ++i) {
    if (!names[i].empty()) shown.push_back("X." + names[i]);
  }
  return fmt::format("{}", fmt::join(shown, ", "));
}

// Ports, what is held, and how it runs: one line each.
std::string properties(const StageSpec& spec) {
  std::vector<std::pair<std::string, std::string>> rows;
  const std::string inputs = port_list(spec.inputs, 0), outputs = port_list(spec.outputs, 1);
  if (!inputs.empty()) rows.emplace_back("inputs", inputs + ", for the name=X of the stage");
  if (spec.any_inputs) rows.emplace_back("inputs", "X.0, X.1, ... or X. for the next free one, for its name=X");
  if (!outputs.empty()) rows.emplace_back("outputs", "the next stage, and " + outputs + " for its name=X");
  if (!spec.state.empty()) rows.emplace_back("holds", spec.state);
  return two_columns(rows, 0);
}

std::string origin(const Entry& entry) {
  if (entry.manifest == nullptr) return fmt::format("{}, built in", to_string(entry.kind));
  return fmt::format("{}, {} {}", to_string(entry.kind), entry.package, entry.manifest->version);
}

std::string same_as(const Entry& entry) {
  if (entry.same_as.empty()) return {};
  std::string text = entry.same_as;
  for (const auto& [key, value] : entry.preset) text += fmt::format(" {}={}", key, value);
  return text;
}

// Columns of UTF-8 text.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string heading(const std::string& left, const std::string& right) {
  const std::size_t used = left.size() + right.size();
  return fmt::format("{}{}{}\n", left, std::string(used + 2 < width ? width - used : 2, ' '), right);
}

}  // namespace

std::string wrap(std::string_view text, std::size_t indent) {
  std::string out, line;
  const auto end_line = [&] {
    if (!line.empty()) out += std::string(indent, ' ') + line + "\n";
    line.clear();
  };
  std::size_t newlines = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ' || text[at] == '\n') {
      newlines += text[at++] == '\n' ? 1 : 0;
      continue;
    }
    const std::string_view word = text.substr(at, text.find_first_of(" \n", at) - at);
    if (newlines >= 2 || (!line.empty() && indent + line.size() + 1 + word.size() > width)) end_line();
    if (newlines >= 2 && !out.empty()) out += "\n";
    newlines = 0;
    line += (line.empty() ? "" : " ") + std::string(word);
    at += word.size();
  }
  end_line();
  return out;
}

std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows, std::size_t indent) {
  std::size_t column = 0;
  for (const auto& row : rows) {
    if (columns(row.first) <= 26) column = std::max(column, columns(row.first));
  }
  column += indent + 2;
  std::string out;
  for (const auto& [left, right] : rows) {
    std::string first = std::string(indent, ' ') + left;
    const std::string body = wrap(right, column);
    if (body.empty() || columns(first) + 2 > column) {
      out.append(first).append("\n").append(body);
    } else {
      out += first + std::string(column - columns(first), ' ') + body.substr(column);
    }
  }
  return out;
}

std::vector<const Param*> free_params(const Entry& entry) {
  std::vector<const Param*> found;
  if (entry.spec() == nullptr) return found;
  for (const Param& param : entry.spec()->params) {
    const auto is_preset = [&](const auto& preset) { return preset.first == param.name; };
    if (std::none_of(entry.preset.begin(), entry.preset.end(), is_preset)) found.push_back(&param);
  }
  return found;
}

std::string facts(const Param& param) {
  std::vector<std::string> parts;
  if (param.required) parts.emplace_back("required");
  if (param.min) parts.push_back(fmt::format("at least {}", *param.min));
  if (param.max) parts.push_back(fmt::format("at most {}", *param.max));
  if (param.list) parts.emplace_back("a list, parted at commas");
  if (param.free) parts.emplace_back("under any name, any number of them");
  if (param.types.front() == Type::call) parts.push_back(fmt::format("FN is {}", fmt::join(param.one_of, ", ")));
  if (!param.value.empty() && !param.required) parts.push_back("default " + param.value);
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string usage_line(const Entry& entry) {
  std::string text = entry.name;
  for (const Param* param : free_params(entry)) text += " " + parameter_usage(*param);
  return text + " [name=]";
}

std::pair<std::string, std::string> shell_example(const Entry& entry, const Example& example) {
  std::vector<std::string> in = split_values(example.in);
  // The examples are the real stage's: with the preset of a second name they would mean something else.
  const std::string& name = entry.same_as.empty() ? entry.name : entry.same_as;
  std::string command = "streamz " + shell_chain(replaced(example.chain, "$NAME", name));
  std::transform(in.begin(), in.end(), in.begin(), [](const std::string& value) { return shell_quote(value); });
  if (in.size() == 1) command = fmt::format("echo {} | {}", in.front(), command);
  if (in.size() > 1) command = fmt::format("printf '%s\\n' {} | {}", fmt::join(in, " "), command);
  std::string out;
  for (const std::string& value : split_values(example.out)) out += value + "\n";
  return {command, out};
}

std::string stage_help(const Entry& entry) {
  const StageSpec* const spec = entry.spec();
  if (spec == nullptr) {
    return heading(entry.name, origin(entry)) +
           wrap(entry.problem.empty() ? "Its manifest says nothing about its arguments." : entry.problem, 0);
  }
  std::string out = heading(fmt::format("{} - {}", entry.name, spec->summary), origin(entry));
  if (!entry.same_as.empty()) out += fmt::format("the same as: {}\n", same_as(entry));
  if (!entry.problem.empty()) out += wrap(entry.problem, 0);
  out += "\n" + wrap("usage: " + usage_line(entry), 0);
  if (!spec->details.empty()) out += "\n" + wrap(spec->details, 0);

  std::vector<std::pair<std::string, std::string>> rows;
  for (const Param* param : free_params(entry)) {
    const std::string more = facts(*param);
    rows.emplace_back(fmt::format("{}={}", param->name, type_label(*param)),
                      more.empty() ? param->doc : fmt::format("{} ({})", param->doc, more));
  }
  rows.emplace_back("name=X", "names the stage: X. reads it, elsewhere in the chain");
  rows.emplace_back("on_error=POLICY", "what is done with a record that fails: fail, skip, dead or retry:N");
  out += "\narguments:\n" + two_columns(rows);
  const std::string more = properties(*spec);
  if (!more.empty()) out += "\n" + more;
  for (std::size_t i = 0; i < spec->examples.size(); ++i) {
    const auto [command, result] = shell_example(entry, spec->examples[i]);
    out += fmt::format("{}  $ {}\n", i == 0 ? "\nexamples:\n" : "", command);
    for (const std::string& line : split_values(spec->examples[i].out)) out += "  " + line + "\n";
  }
  return out;
}

std::string argument_help(const Entry& entry, std::string_view argument) {
  const std::string name = fold(argument.substr(0, argument.find('=')));
  std::vector<std::string> known = {"name", "on_error"};
  for (const Param* param : free_params(entry)) {
    known.push_back(param->name);
    if (param->name != name) continue;
    std::string out = fmt::format("{} {}={}\n", entry.name, param->name, type_label(*param)) + wrap(param->doc, 2);
    const std::string more = facts(*param);
    if (!more.empty()) out += wrap(more, 2);
    if (param->positional) out += wrap("May be given without its name, in the order of the usage line.", 2);
    return out + wrap("usage: " + usage_line(entry), 2);
  }
  if (name == "name")
    return fmt::format("{} name=X\n  names the stage: X. reads it, elsewhere in the chain\n", entry.name);
  if (name == "on_error") {
    return fmt::format("{} on_error=fail|skip|dead|retry:N\n", entry.name) + wrap(kOnErrorHelp, 2);
  }
  const std::string near = nearest(name, known);
  throw Error(fmt::format("`{}` has no argument `{}`", entry.name, printable(name)),
              near.empty() ? usage_line(entry) : fmt::format("did you mean `{}`?", near), "usage");
}

}  // namespace streamz
