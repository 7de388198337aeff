// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "cli.h"
#include "error.h"
#include "help.h"

namespace streamz {

namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

constexpr const char* examples = R"(streamz - chains of stages over JSON lines

  streamz filter '.level == "error"' ! pluck msg < app.jsonl
  streamz -i access.jsonl unique key=.user ! pluck user ! head 10
  streamz from_file a.jsonl b.jsonl.gz ! map '{id, user}' ! to_file out.jsonl
  streamz 'filter .ok name=f ! to_file ok.jsonl ; f.else ! to_file bad.jsonl'
  tail -f app.jsonl | streamz timed_window 10s ! map length
)";

const std::pair<const char*, const char*> statuses[] = {
    {"0", "the input ended and every record was delivered, or a stage had enough"},
    {"1", "a source, sink or plugin failed; with -e: the last output was false or null"},
    {"2", "usage: an unknown option; a file that an option or @FILE names is missing"},
    {"3", "the chain did not compile"},
    {"4", "with -e: there was no output"},
    {"5", "a record failed, or more than --max-errors were skipped"},
    {"6", "stopped before everything was delivered"},
    {"124", "--timeout"},
    {"130, 143", "SIGINT, SIGTERM: what was read is delivered first; a second one ends at once"},
    {"141", "SIGPIPE: nobody reads the output any more"},
};

constexpr const char* syntax = R"(The chain language

  A chain is stages joined by ! with blanks round it. Data flows left to right.

    source ! node ! node ! sink

Ends
  Without a source the chain reads standard input; without a sink it writes
  standard output. One JSON value a line, both ways.

Arguments
  STAGE VALUE... KEY=VALUE...   Values without a key fill the parameters in the
  order of `streamz help STAGE`. KEY= at the start of a word is always a key, so
  a value of that shape is quoted or bracketed: ./x=1.jsonl, (a=b).

Expressions
  A jq program needs no quotes of the chain's own: all words up to the next !
  are the program, as in: filter .a != 3 ! map .b
  Keys stand before or after it. key=(.a + .b) needs the brackets. @FILE reads
  the program from FILE when the name holds a / or ends in .jq.
  --arg NAME TEXT before the chain gives $NAME to all programs; so do --argjson,
  --rawfile and --slurpfile, and $ENV.PATH reads the environment. $state is for
  stages that keep one. -L DIR says where `import` and `include` look.
  filter drops a record for false, null and no result, and for nothing else.

Quotes
  As one argument the chain is read by these rules; as several words each word
  is one token and the shell has done the quoting. Single quotes protect from
  the shell and are right for whole chains and for programs. The double quotes
  of a jq program belong to jq.

Branches
  name=X names a stage. X. reads it again, from anywhere in the chain; X.PORT
  reads one of its other ports. At the end of a segment X. feeds it. ; or a new
  line begins a new segment.

    filter .ok name=f ! to_file ok.jsonl ; f.else ! to_file bad.jsonl
    from_file a.jsonl ! u. ; from_file b.jsonl ! u. ; union name=u ! count

Values
  DUR   10s 500ms 1m30s 2h 1d 1w       N     1000 1_000_000 1e6 64K
  SIZE  64K = 65536, 64KB = 64000      RATE  10/s 600/m
  BOOL  true false yes no              PATH  - is standard input or output; ~/
  EXPR  a jq program                   JSON  any JSON value

Chain files
  streamz -f FILE reads the chain from FILE. # comments; a line may go on after
  ! or begin with it. `#!/usr/bin/streamz -f` as the first line makes a command.
)";

Rows option_list(std::string_view command, bool common) {
  Rows rows;
  for (const OptionRow& row : option_rows()) {
    if (*row.doc == '\0' || !row.belongs_to(command) || (*row.commands == '\0' && !common)) continue;
    rows.emplace_back(option_names(row.names, row.value), row.doc);
  }
  return rows;
}

Rows command_list() {
  Rows rows;
  for (const CommandRow& row : command_rows()) rows.emplace_back(fmt::format("{} {}", row.name, row.operands), row.doc);
  return rows;
}

}  // namespace

// "-r,--raw-output" and "FILE" as people read them.
std::string option_names(std::string_view names, std::string_view value) {
  std::string text(names);
  const std::size_t comma = text.find(',');
  if (comma != std::string::npos) text.insert(comma + 1, " ");
  if (value.starts_with("[=")) return text + std::string(value);
  if (value.empty()) return text;
  const bool apart = text.find("--") == std::string::npos || value.find(' ') != std::string_view::npos;
  return text + (apart ? " " : "=") + std::string(value);
}

std::span<const std::pair<const char*, const char*>> exit_statuses() { return statuses; }

std::string program_help() {
  std::string out = examples;
  out += "\nusage: streamz [OPTIONS] CHAIN...\n       streamz COMMAND [OPTIONS] ...\n";
  out += "\ncommands:\n" + two_columns(command_list());
  out += "\noptions, before the chain:\n" + two_columns(option_list("run", true));
  out += "\nexit status:\n" + two_columns(Rows(std::begin(statuses), std::end(statuses)));
  return out + "\n" +
         wrap("streamz help lists the stages, streamz help STAGE explains one, streamz help syntax the language.", 0);
}

std::string command_help(std::string_view command) {
  const CommandRow* const row = find_command(command);
  if (row == nullptr) return {};
  std::string out =
      fmt::format("streamz {} - {}\n\nusage: streamz {} [OPTIONS] {}\n", row->name, row->doc, row->name, row->operands);
  const Rows own = option_list(command, false);
  if (!own.empty()) out += "\noptions:\n" + two_columns(own);
  Rows common;
  for (const OptionRow& each : option_rows()) {
    if (*each.commands == '\0') common.emplace_back(option_names(each.names, each.value), each.doc);
  }
  return out + "\nevery command has:\n" + two_columns(common);
}

std::string topics_help(const Index& index) {
  std::string out = "commands:\n" + two_columns(command_list());
  for (const Kind kind : {Kind::source, Kind::node, Kind::sink}) {
    Rows rows;
    for (const Entry& entry : index.all()) {
      if (entry.kind != kind || entry.state == Entry::State::shadowed || entry.state == Entry::State::clash) continue;
      std::string about = entry.spec() == nullptr ? entry.problem : entry.spec()->summary;
      if (!entry.same_as.empty()) about = fmt::format("same as {}: {}", entry.same_as, about);
      rows.emplace_back(entry.name, about);
    }
    out += fmt::format("\n{}s:\n", to_string(kind)) + two_columns(rows);
  }
  return out + "\ntopics:\n" +
         two_columns({{"help STAGE", "a stage, its arguments and examples"},
                      {"help STAGE ARGUMENT", "one argument"},
                      {"help syntax", "the chain language on one page"},
                      {"help errors", "the codes of all messages"},
                      {"help E0110", "what one of them means"},
                      {"--help", "options, exit status and five examples"}});
}

std::string syntax_help() { return syntax; }

std::string code_help(std::string_view code) {
  const CodeInfo* const info = find_code(code);
  if (info == nullptr) return {};
  const bool has_type = *info->type != '\0';
  return fmt::format("{}{}{}\n", info->code, has_type ? " " : "", info->type) + wrap(info->meaning, 2);
}

std::string errors_help() {
  Rows rows;
  for (const CodeInfo& info : code_table()) {
    const bool has_type = *info.type != '\0';
    rows.emplace_back(info.code, fmt::format("{}{}{}", info.type, has_type ? ": " : "", info.meaning));
  }
  return "codes of messages:\n" + two_columns(rows);
}

}  // namespace streamz
