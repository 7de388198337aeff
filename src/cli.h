// SPDX-License-Identifier: Apache-2.0
// The command line: options and commands, each in one table. Goes in: argv. Goes out: what to do. A bare
// chain, whose first word neither begins with "-" nor is a command, needs no table.
// Tested by tests/cli_test.cpp and tests/e2e.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph.h"
#include "run.h"
#include "variables.h"

namespace streamz {

enum class Command { run, check, explain, graph, plugins, help, test, completion, version };

struct CommandLine {
  CommandLine() { run.jobs = 0; }  // as many as are usual, unless -j says

  Command command = Command::run;
  std::vector<std::string> words;         // the chain's words, or the command's operands
  std::optional<std::string> chain_file;  // -f; "-" is standard input
  Ends ends;
  Variables variables;
  std::vector<std::string> jq_modules;  // -L
  RunOptions run;
  bool on_error_given = false;
  SearchPath plugins;
  Color color = Color::automatic;
  int verbose = 0;
  bool help = false;                  // -h
  bool version = false;               // -V
  bool json = false;                  // --json of explain, plugins, help, version
  std::string format = "text";        // graph --format
  std::string kind;                   // plugins list, plugins new --kind
  std::string language = "cpp";       // plugins new --lang
  bool strict = false;                // plugins list --strict
  bool examples = false;              // test --examples
  bool restoring = false;             // test --restore
  bool complete = false;              // help --complete: what the completion scripts ask
  std::optional<std::string> manual;  // help --man FILE: a page of the manual from its prose
};

// One option: what is parsed, and what --help, the manual and completion show.
struct OptionRow {
  const char* names;     // "-r,--raw-output"
  const char* value;     // "FILE", "auto|always|never"; "[=text|json]" may be left out; "NAME FILE": two words;
                         // "" for a flag
  const char* doc;       // "": not shown
  const char* commands;  // the commands that have it, parted by blanks; "": all
  void (*set)(CommandLine&, const std::string& value);  // null: gives a variable

  bool belongs_to(std::string_view command) const;
  std::size_t words() const;  // how many follow its name
};
std::span<const OptionRow> option_rows();

struct CommandRow {
  const char* name;
  Command command;
  const char* operands;
  const char* doc;
  bool takes_chain;  // the first word that is no option begins a chain
};
std::span<const CommandRow> command_rows();
const CommandRow* find_command(std::string_view name);

// Whether argv needs parse_options(): a bare chain does not.
bool has_options(int argc, char** argv);
// A bare chain: its words and the defaults.
CommandLine bare_chain(int argc, char** argv);
// Throws Error with code "usage" (status 2). --help and --version come back as Command::help (with the
// command or stage it was asked for as its word) and Command::version.
CommandLine parse_options(int argc, char** argv);
// Commands other than run: prints, and returns the exit status.
int command(const CommandLine& line);

}  // namespace streamz
