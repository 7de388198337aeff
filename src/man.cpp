// SPDX-License-Identifier: Apache-2.0
// Pages of the manual: prose from man/*.in, its holes filled from the tables and the specs. Goes in: troff
// with @HOLES@ on lines of their own. Goes out: troff. Tested by tests/help_test.cpp and scripts/check.
#include <fmt/format.h>

#include "cli.h"
#include "error.h"
#include "help.h"
#include "values.h"

namespace streamz {

namespace {

// Text as troff reads it: a backslash and a leading dot or quote mean something there, and "-" is a hyphen.
std::string troff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string entry(std::string_view term, std::string_view text) {
  return fmt::format(".TP\n.B {}\n{}\n", troff(term), troff(text));
}

std::string literal(std::string_view text) { return fmt::format(".IP\n.nf\n{}.fi\n", troff(text)); }

std::string options_page() {
  std::string out;
  for (const OptionRow& row : option_rows()) {
    if (*row.doc == '\0') continue;
    const bool general = row.belongs_to("run");
    out += entry(option_names(row.names, row.value),
                 general ? std::string(row.doc) : fmt::format("{} (of: {})", row.doc, row.commands));
  }
  return out;
}

std::string commands_page() {
  std::string out;
  for (const CommandRow& row : command_rows()) out += entry(fmt::format("{} {}", row.name, row.operands), row.doc);
  return out;
}

std::string statuses_page() {
  std::string out;
  for (const auto& [code, meaning] : exit_statuses()) out += entry(code, meaning);
  return out;
}

std::string codes_page() {
  std::string out;
  for (const CodeInfo& info : code_table()) {
    out += entry(fmt::format("{} {}", info.code, info.type), info.meaning);
  }
  return out;
}

std::string paragraphs(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    out += ".PP\n" + troff(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return out;
}

std::string stage_page(const Entry& stage) {
  const StageSpec& spec = *stage.spec();
  std::string out = fmt::format(".SS {}\n{}.\n", troff(usage_line(stage)), troff(spec.summary));
  if (!stage.same_as.empty()) return out + fmt::format("The same as\n.BR {} .\n", troff(stage.same_as));
  out += paragraphs(spec.details);
  for (const Param* param : free_params(stage)) {
    const std::string more = facts(*param);
    out += entry(fmt::format("{}={}", param->name, type_label(*param)),
                 more.empty() ? param->doc : fmt::format("{} ({})", param->doc, more));
  }
  for (std::size_t port = 1; port < spec.outputs.size(); ++port) out += entry("X." + spec.outputs[port], "output port");
  for (const std::string& port : spec.inputs) {
    if (!port.empty()) out += entry("X." + port, "input port");
  }
  if (!spec.state.empty()) out += entry("holds", spec.state);
  for (const Example& example : spec.examples) {
    const auto [command, result] = shell_example(stage, example);
    out += literal(fmt::format("$ {}\n{}", command, result));
  }
  return out;
}

// The built-in stages alone: a page must not depend on what is installed beside it.
std::string stages_page(const Index& index) {
  std::string out;
  for (const Kind kind : {Kind::source, Kind::node, Kind::sink}) {
    out += fmt::format(".SH {}S\n", kind == Kind::source ? "SOURCE" : kind == Kind::node ? "NODE" : "SINK");
    for (const Entry& each : index.all()) {
      if (each.builtin != nullptr && each.kind == kind) out += stage_page(each);
    }
  }
  return out;
}

std::string hole(std::string_view name, const Index& index) {
  if (name == "@OPTIONS@") return options_page();
  if (name == "@COMMANDS@") return commands_page();
  if (name == "@STATUSES@") return statuses_page();
  if (name == "@CODES@") return codes_page();
  if (name == "@STAGES@") return stages_page(index);
  if (name == "@SYNTAX@") return ".nf\n" + troff(syntax_help()) + ".fi\n";
  if (name == "@VERSION@") return "streamz " STREAMZ_VERSION "\n";
  throw Error(fmt::format("the manual has a hole that nobody fills: {}", name));
}

}  // namespace

std::string manual(std::string_view prose, const Index& index) {
  std::string out;
  while (!prose.empty()) {
    const std::size_t end = std::min(prose.find('\n'), prose.size());
    const std::string_view line = prose.substr(0, end);
    const bool is_hole = line.size() > 2 && line.front() == '@' && line.back() == '@';
    out += is_hole ? hole(line, index) : std::string(line) + "\n";
    prose.remove_prefix(std::min(end + 1, prose.size()));
  }
  return out;
}

}  // namespace streamz
