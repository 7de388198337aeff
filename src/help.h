// SPDX-License-Identifier: Apache-2.0
// Printers over StageSpec and the tables of options and commands: terminal help, man pages, JSON
// catalogue, shell completion. Goes in: specs and the prose of man/. Goes out: text. Nothing about a
// stage is written here that its spec does not say.
// Tested by tests/help_test.cpp and scripts/check (man pages regenerate without a difference).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "index.h"

namespace streamz {

// help.cpp: stages
std::string usage_line(const Entry& entry);  // "unique [key=EXPR] [maxsize=N] [within=DUR] [name=]"
std::string stage_help(const Entry& entry);  // streamz help STAGE, streamz STAGE --help
std::string argument_help(const Entry& entry, std::string_view argument);  // streamz help STAGE ARG
// The example as a user would type it, and what comes back: "echo 7 | streamz repeat 2", "7\n7\n".
std::pair<std::string, std::string> shell_example(const Entry& entry, const Example& example);
// The arguments that a user may still give: not those that a second name presets.
std::vector<const Param*> free_params(const Entry& entry);
std::string facts(const Param& param);  // "required; at least 1; default 10"
// "Indented by `indent`, as lines of at most 80 columns; paragraphs stay apart.\n"
std::string wrap(std::string_view text, std::size_t indent);
// Rows of two columns; the second is wrapped.
std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows, std::size_t indent = 2);

// program_help.cpp: the program, its commands and the language
std::string program_help();                          // streamz --help: five examples first
std::string command_help(std::string_view command);  // streamz help check; "" when there is none
std::string topics_help(const Index& index);         // streamz help: commands, stages by kind, topics
std::string syntax_help();                           // streamz help syntax: the chain language on one page
std::string code_help(std::string_view code);        // streamz help E0110; "" when there is none
std::string errors_help();                           // streamz help errors: the table of codes
std::span<const std::pair<const char*, const char*>> exit_statuses();
std::string option_names(std::string_view names, std::string_view value);  // "-r, --raw-output"

// man.cpp: a page of the manual: `prose` with its holes (@OPTIONS@, @STAGES@ ...) filled. Throws Error
// for a hole that nobody fills.
std::string manual(std::string_view prose, const Index& index);

// completion.cpp
std::string completion(std::string_view shell);  // bash, zsh or fish; throws Error for others
// What may stand in place of the last of `words` (those after "streamz"): lines of WORD TAB what it is.
std::string complete(std::span<const std::string> words, const Index& index);

// plugins_help.cpp: streamz plugins
std::string plugins_list(const Index& index, std::optional<Kind> kind, bool verbose, bool json_format);
std::string plugins_show(const Entry& entry, bool json_format);
std::string catalogue_json(const Index& index);  // streamz help --json: every stage's spec

}  // namespace streamz
