// SPDX-License-Identifier: Apache-2.0
// What may stand at the cursor, and the scripts that ask for it. Goes in: the words up to the cursor.
// Goes out: one candidate a line. Tested by tests/help_test.cpp and tests/e2e/completion.sh.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "cli.h"
#include "error.h"
#include "help.h"
#include "values.h"

namespace streamz {

namespace {

using Words = std::span<const std::string>;

// In bash "=" ends a word, so `key=va` arrives in three pieces and only the last one is replaced.
constexpr const char* bash_script = R"(# streamz completion for bash: source <(streamz completion bash)
_streamz() {
  local -a words=()
  local i word
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if ((${#words[@]})) && { [[ $word == = ]] || [[ ${COMP_WORDS[i - 1]} == = ]]; }; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
  done
  mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" help --complete -- "${words[@]}" 2> /dev/null | cut -f1)
  local last=${words[-1]}
  if [[ $last == *=* && ${COMP_WORDS[COMP_CWORD]} != *=?* ]]; then
    COMPREPLY=("${COMPREPLY[@]#"${last%%=*}="}")
  fi
  if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2> /dev/null || true; fi
}
complete -o default -F _streamz streamz
)";

constexpr const char* zsh_script = R"(#compdef streamz
# streamz completion for zsh: source <(streamz completion zsh), or install it as _streamz in $fpath
# jq programs with [ ] ? ( ) arrive whole, without quotes, by: alias streamz='noglob streamz'
_streamz() {
  local line
  local -a keys plain
  for line in "${(@f)$("${words[1]}" help --complete -- "${(@)words[2,CURRENT]}" 2> /dev/null)}"; do
    line=${line%%$'\t'*}
    case $line in
      '') ;;
      *=) keys+=("$line") ;;
      *) plain+=("$line") ;;
    esac
  done
  (( $#keys )) && compadd -S '' -- $keys
  (( $#plain )) && compadd -- $plain
  (( $#keys + $#plain )) || _files
}
if [[ $funcstack[1] == _streamz ]]; then _streamz "$@"; else compdef _streamz streamz; fi
alias streamz='noglob streamz'
)";

constexpr const char* fish_script = R"(# streamz completion for fish: streamz completion fish | source
function __streamz_complete
    set -l words (commandline -opc) (commandline -ct)
    $words[1] help --complete -- $words[2..-1] 2>/dev/null
end
complete -c streamz -a '(__streamz_complete)'
)";

struct Candidates {
  std::string prefix;  // what is typed already
  std::string text;

  void add(std::string_view word, std::string_view about = {}) {
    if (word.starts_with(prefix)) text += fmt::format("{}{}{}\n", word, about.empty() ? "" : "\t", about);
  }
  void add_all(std::string_view alternatives, std::string_view before = {}) {
    while (!alternatives.empty()) {
      const std::size_t bar = std::min(alternatives.find('|'), alternatives.size());
      add(fmt::format("{}{}", before, alternatives.substr(0, bar)));
      alternatives.remove_prefix(std::min(bar + 1, alternatives.size()));
    }
  }
};

bool has_name(const OptionRow& row, std::string_view name) {
  const std::string padded = fmt::format(",{},", row.names);
  return padded.find(fmt::format(",{},", name)) != std::string::npos;
}

// The option whose value the next word is, or null.
const OptionRow* awaits_value(const std::string& word) {
  for (const OptionRow& row : option_rows()) {
    if (row.words() > 0 && has_name(row, word)) return &row;
  }
  return nullptr;
}

void add_options(std::string_view command, Candidates& out) {
  for (const OptionRow& row : option_rows()) {
    if (*row.doc == '\0' || !row.belongs_to(command)) continue;
    const std::string_view value = row.value;
    const std::string_view names = row.names;
    const std::size_t comma = names.find(',');
    const std::string_view longest = comma == std::string_view::npos ? names : names.substr(comma + 1);
    const bool closed = value.find('|') != std::string_view::npos;
    if (closed && longest.starts_with("--")) {
      if (value.starts_with('[')) out.add(longest, row.doc);
      out.add_all(value.starts_with('[') ? value.substr(2, value.size() - 3) : value, fmt::format("{}=", longest));
    } else {
      out.add(longest, row.doc);
    }
  }
}

void add_stages(const Index& index, Candidates& out) {
  for (const Entry& entry : index.all()) {
    if (entry.state != Entry::State::ok) continue;
    out.add(entry.name, entry.spec() == nullptr ? std::string_view() : entry.spec()->summary);
  }
}

// The arguments of the stage that the cursor is in, or the values of the one it is at.
void add_arguments(const Entry& entry, Words given, Candidates& out) {
  const std::size_t equals = out.prefix.find('=');
  const std::vector<const Param*> params = free_params(entry);
  const std::string typed = out.prefix.substr(0, equals == std::string::npos ? 0 : equals + 1);
  const auto is_typed = [&](const Param* param) { return param->name + "=" == typed; };
  const bool names_one = std::any_of(params.begin(), params.end(), is_typed);
  for (const Param* param : params) {
    if (param->free && (typed.empty() || names_one)) continue;  // its name is for the user to choose
    const std::string key = param->free ? typed : param->name + "=";
    if (equals != std::string::npos) {
      for (const std::string& word : param->one_of) out.add(key + word);
      if (param->types.front() == Type::boolean) out.add_all("true|false", key);
    } else if (param->repeats || std::none_of(given.begin(), given.end(),
                                              [&](const std::string& word) { return word.starts_with(key); })) {
      out.add(key, param->doc);
    }
    if (equals == std::string::npos && param->positional) {
      for (const std::string& word : param->one_of) out.add(word, param->doc);
    }
  }
  if (equals == std::string::npos) {
    out.add("name=", "names the stage");
    out.add("on_error=", "what a record does that fails here");
  } else {
    out.add_all("fail|skip|dead|retry:3", "on_error=");
  }
}

bool separates(const std::string& word) { return word == "!" || word == ";"; }

void complete_chain(Words words, const Index& index, Candidates& out) {
  const Words before = words.first(words.size() - 1);
  const auto separator = std::find_if(before.rbegin(), before.rend(), separates);
  const auto stage = static_cast<std::size_t>(before.rend() - separator);
  if (stage == before.size()) return add_stages(index, out);
  const Entry* const entry = index.find(before[stage]);
  if (entry != nullptr) add_arguments(*entry, before.subspan(stage + 1), out);
}

void complete_help(Words words, const Index& index, Candidates& out) {
  if (words.size() > 1) {
    const Entry* const entry = index.find(words.front());
    for (const Param* param : entry == nullptr ? std::vector<const Param*>() : free_params(*entry)) {
      out.add(param->name, param->doc);
    }
    return;
  }
  out.add("syntax", "the chain language on one page");
  out.add("errors", "the codes of all messages");
  for (const CommandRow& row : command_rows()) out.add(row.name, row.doc);
  add_stages(index, out);
  if (out.prefix.empty()) return;
  for (const CodeInfo& info : code_table()) out.add(info.code, info.type);
}

void complete_operands(const CommandRow& row, Words words, const Index& index, Candidates& out) {
  if (row.takes_chain) return complete_chain(words, index, out);
  if (row.command == Command::help) return complete_help(words, index, out);
  if (row.command == Command::completion && words.size() == 1) out.add_all("bash|zsh|fish");
  if (row.command != Command::plugins) return;
  if (words.size() == 1) out.add_all("list|show|check|new|describe");
  if (words.size() == 2 && words.front() == "show") add_stages(index, out);
}

}  // namespace

std::string completion(std::string_view shell) {
  if (shell == "bash") return bash_script;
  if (shell == "zsh") return zsh_script;
  if (shell == "fish") return fish_script;
  throw Error(fmt::format("no completion for the shell `{}`", printable(shell)), "there is: bash zsh fish", "usage");
}

std::string complete(Words words, const Index& index) {
  if (words.empty()) return {};
  Candidates out;
  out.prefix = words.back();
  const CommandRow* command = nullptr;
  bool from_file = false;
  while (words.size() > 1) {  // options and the command before the cursor
    const std::string& word = words.front();
    if (word == "-f") from_file = true;
    if (const OptionRow* const row = awaits_value(word); row != nullptr) {
      if (words.size() <= row->words() + 1) {
        if (std::strchr(row->value, '|') != nullptr) out.add_all(row->value);
        return out.text;
      }
      words = words.subspan(row->words() + 1);
    } else if (word.starts_with('-')) {
      words = words.subspan(1);
    } else if (command == nullptr && find_command(word) != nullptr) {
      command = find_command(word);
      words = words.subspan(1);
    } else {
      break;
    }
  }
  if (words.size() == 1 && out.prefix.starts_with('-')) {
    add_options(command == nullptr ? "run" : command->name, out);
  } else if (command != nullptr) {
    complete_operands(*command, words, index, out);
  } else if (!from_file) {
    if (words.size() == 1) {
      for (const CommandRow& row : command_rows()) out.add(row.name, row.doc);
    }
    complete_chain(words, index, out);
  }
  return out.text;
}

}  // namespace streamz
