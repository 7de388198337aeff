// SPDX-License-Identifier: Apache-2.0
#include "cli.h"

#include <fmt/format.h>
#include <getopt.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <map>

#include "values.h"

namespace streamz {

namespace {

using Words = std::vector<std::string>;

[[noreturn]] void usage_error(const std::string& text, const std::string& hint = {}) {
  throw Error(text, hint, "usage");
}

std::uint64_t count(const std::string& text) {
  const long number = parse_integer(text);
  if (number < 0) throw Error(fmt::format("must be at least 0, is {}", number));
  return static_cast<std::uint64_t>(number);
}

// As an absolute path: libjq would take a relative one from elsewhere.
std::string directory(const std::string& text) {
  const std::string path = parse_path(text);
  const std::unique_ptr<char, void (*)(void*)> whole(realpath(path.c_str(), nullptr), std::free);
  if (whole != nullptr && access((std::string(whole.get()) + "/.").c_str(), F_OK) == 0) return whole.get();
  throw Error(fmt::format("{}: {}", printable(path), std::strerror(errno)));
}

const CommandRow commands[] = {
    {"run", Command::run, "CHAIN...", "run a chain; the word itself may be left out", true},
    {"check", Command::check, "CHAIN...", "do everything up to the first record; silent when all is well", true},
    {"explain", Command::explain, "CHAIN...", "show what a chain would do", true},
    {"graph", Command::graph, "CHAIN...", "draw a chain", true},
    {"plugins", Command::plugins, "list | show NAME | check [NAME] | new NAME | describe MANIFEST",
     "the stages there are, without loading any", false},
    {"help", Command::help, "[STAGE [ARGUMENT] | COMMAND | syntax | errors | CODE]", "all documentation", false},
    {"test", Command::test, "FILE...", "run case files with a clock of their own", false},
    {"completion", Command::completion, "bash | zsh | fish", "print the completion script of a shell", false},
    {"version", Command::version, "", "version, ABI, jq library, plugin path", false},
};

constexpr const char* chains = "run check explain graph";

const OptionRow options[] = {
    {"-f", "FILE", "read the chain from FILE (-: standard input); options may follow", chains,
     [](CommandLine& line, const std::string& value) { line.chain_file = value; }},
    {"-i", "FILE", "read FILE instead of standard input; may be given again", chains,
     [](CommandLine& line, const std::string& value) { line.ends.inputs.push_back(value); }},
    {"-o", "FILE", "write FILE instead of standard output; it appears when it is complete", chains,
     [](CommandLine& line, const std::string& value) { line.ends.output = value; }},
    {"-r,--raw-output", "", "write strings without quotes", chains,
     [](CommandLine& line, const std::string&) { line.ends.raw_output = true; }},
    {"-R,--raw-input", "", "read each line as a string", chains,
     [](CommandLine& line, const std::string&) { line.ends.raw_input = true; }},
    {"-e,--exit-status", "", "status 1 when the last output is false or null, 4 when there is none", chains,
     [](CommandLine& line, const std::string&) { line.run.exit_status = true; }},
    {"--arg", "NAME TEXT", "$NAME is TEXT in all jq programs", chains, nullptr},
    {"--argjson", "NAME JSON", "$NAME is this JSON value", chains, nullptr},
    {"--rawfile", "NAME FILE", "$NAME is the text of FILE", chains, nullptr},
    {"--slurpfile", "NAME FILE", "$NAME is an array of the JSON values in FILE", chains, nullptr},
    {"-L", "DIR", "look for jq modules in DIR (~/.jq); may be given again", chains,
     [](CommandLine& line, const std::string& value) { line.jq_modules.push_back(directory(value)); }},
    {"--on-error", "POLICY", "what is done with a record that fails: fail, skip, dead, retry:N, retry:N,skip", chains,
     [](CommandLine& line, const std::string& value) {
       line.run.on_error = parse_on_error(value);
       line.on_error_given = true;
     }},
    {"--max-errors", "N", "fail after all when more than N records were skipped or dead", chains,
     [](CommandLine& line, const std::string& value) { line.run.max_errors = count(value); }},
    {"--dead-letter", "FILE", "write records that fail there, with the reason; --on-error=dead if not given", chains,
     [](CommandLine& line, const std::string& value) { line.run.dead_letters = value; }},
    {"--checkpoint", "DIR", "keep the state of the run in DIR, and go on from there after a crash or a signal", chains,
     [](CommandLine& line, const std::string& value) { line.run.checkpoint = value; }},
    {"--checkpoint-interval", "DUR", "how often (5s)", chains,
     [](CommandLine& line, const std::string& value) { line.run.checkpoint_interval = parse_duration(value); }},
    {"--fresh", "", "forget the checkpoint that is in DIR and begin anew", chains,
     [](CommandLine& line, const std::string&) { line.run.fresh = true; }},
    {"--limit", "N", "read N records from each source", chains,
     [](CommandLine& line, const std::string& value) { line.run.limit = count(value); }},
    {"--dry-run", "", "run, but let every sink drop its records", chains,
     [](CommandLine& line, const std::string&) { line.ends.dry_run = true; }},
    {"--max-line", "SIZE", "the longest input line that is accepted (16M)", chains,
     [](CommandLine& line, const std::string& value) { line.run.max_line = parse_size(value).bytes; }},
    {"--max-memory", "SIZE", "fail rather than take more memory than SIZE", chains,
     [](CommandLine& line, const std::string& value) { line.run.max_memory = parse_size(value).bytes; }},
    {"--timeout", "DUR", "end the run after DUR, with status 124", chains,
     [](CommandLine& line, const std::string& value) { line.run.timeout = parse_duration(value); }},
    {"--drain-timeout", "DUR", "how long the end may take after a signal (10s)", chains,
     [](CommandLine& line, const std::string& value) { line.run.drain_timeout = parse_duration(value); }},
    {"--clock", "wall|virtual", "virtual: time moves only when every stage waits", chains,
     [](CommandLine& line, const std::string& value) {
       line.run.clock = value == "virtual" ? Clock::Kind::virtual_time : Clock::Kind::wall;
     }},
    {"-j", "N",
     "let N copies of each stage that handles records one by one work at once (files: one for each processor; else 1)",
     chains,
     [](CommandLine& line, const std::string& value) {
       const long jobs = parse_integer(value);
       if (jobs < 1 || jobs > 64) usage_error("-j must be between 1 and 64, is " + value);
       line.run.jobs = static_cast<std::size_t>(jobs);
     }},
    {"--trace", "", "show every record that a stage gives on standard error, with the name of the stage", chains,
     [](CommandLine& line, const std::string&) { line.run.trace = true; }},
    {"--stats", "[=text|json]", "counts of records and bytes for each stage at the end, on standard error", chains,
     [](CommandLine& line, const std::string& value) {
       line.run.stats = value == "json" ? RunOptions::Stats::json : RunOptions::Stats::text;
     }},
    {"--progress", "[=auto|never]", "one line that moves while running, when standard error is a terminal", chains,
     [](CommandLine& line, const std::string& value) { line.run.progress = value == "auto" && isatty(2) == 1; }},
    {"--json", "", "JSON instead of text", "explain plugins help version",
     [](CommandLine& line, const std::string&) { line.json = true; }},
    {"--format", "text|dot|mermaid", "what to draw for", "graph",
     [](CommandLine& line, const std::string& value) { line.format = value; }},
    {"--kind", "source|node|sink", "only stages of this kind; for `new`, the kind to make (node)", "plugins",
     [](CommandLine& line, const std::string& value) { line.kind = value; }},
    {"--lang", "cpp|python|sh", "for `new`, the language to write it in (cpp)", "plugins",
     [](CommandLine& line, const std::string& value) { line.language = value; }},
    {"--strict", "", "status 1 when any is not usable", "plugins",
     [](CommandLine& line, const std::string&) { line.strict = true; }},
    {"--examples", "", "run the examples of every stage", "test",
     [](CommandLine& line, const std::string&) { line.examples = true; }},
    {"--restore", "", "after each record go on with new stages that restore what the old ones saved", "test",
     [](CommandLine& line, const std::string&) { line.restoring = true; }},
    {"--complete", "", "", "help", [](CommandLine& line, const std::string&) { line.complete = true; }},
    {"--man", "FILE", "", "help", [](CommandLine& line, const std::string& value) { line.manual = value; }},
    {"--plugin-path", "DIR", "look for plugins in DIR first; may be given again", "",
     [](CommandLine& line, const std::string& value) { line.plugins.first.push_back(value); }},
    {"--no-plugins", "", "built-in stages only", "",
     [](CommandLine& line, const std::string&) { line.plugins.no_plugins = true; }},
    {"--allow-unsafe-plugins", "", "do not check owners and modes of plugins", "",
     [](CommandLine& line, const std::string&) { line.plugins.allow_unsafe = true; }},
    {"--color", "auto|always|never", "colour in messages; auto: on a terminal", "",
     [](CommandLine& line, const std::string& value) {
       line.color = value == "always" ? Color::always : value == "never" ? Color::never : Color::automatic;
     }},
    {"--error-format", "text|json", "json: one object a line for each message", "",
     [](CommandLine& line, const std::string& value) {
       line.run.error_format = value == "json" ? ErrorFormat::json : ErrorFormat::text;
     }},
    {"-q,--quiet", "", "no warnings and no summary", "",
     [](CommandLine& line, const std::string&) { line.run.quiet = true; }},
    {"-v,--verbose", "", "say more", "", [](CommandLine& line, const std::string&) { ++line.verbose; }},
    {"-h,--help", "", "help; after a command or a stage, help of that", "",
     [](CommandLine& line, const std::string&) { line.help = true; }},
    {"-V,--version", "", "the version", "", [](CommandLine& line, const std::string&) { line.version = true; }},
};

Words split(std::string_view text, char separator) {
  Words parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// "auto|never" of "[=auto|never]": the closed list of words of an option, if it has one.
Words alternatives(std::string_view value) {
  if (value.starts_with("[=")) value = value.substr(2, value.size() - 3);
  if (value.find('|') == std::string_view::npos) return {};
  return split(value, '|');
}

void apply(const OptionRow& row, const Words& values, CommandLine& line) {
  const std::string name = split(row.names, ',').back();
  if (row.set == nullptr) {
    for (std::size_t i = 0; i + 1 < values.size(); i += 2) line.variables.add(name, values[i], values[i + 1]);
    return;
  }
  const Words allowed = alternatives(row.value);
  for (const std::string& value : values) {
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
      usage_error(fmt::format("{}: `{}` is none of: {}", name, printable(value), fmt::join(allowed, " ")));
    }
    try {
      row.set(line, value);
    } catch (const Error& error) {
      if (error.code == "usage") throw;
      usage_error(fmt::format("{}: {}", name, error.what()), error.hint);
    }
  }
}

[[noreturn]] void unknown_option(const std::string& word, std::string_view command) {
  const std::string typed = word.substr(0, word.find('='));
  Words known;
  for (const OptionRow& row : options) {
    if (*row.doc == '\0' || !row.belongs_to(command)) continue;
    for (const std::string& name : split(row.names, ',')) known.push_back(name);
  }
  const std::string near = typed.size() > 2 ? nearest(typed, known) : std::string();
  usage_error(fmt::format("unknown option {}{}", printable(typed), near.empty() ? "" : " (did you mean " + near + "?)"),
              "streamz --help lists the options");
}

// The rows as getopt_long(3) wants them. A row's number is the letter of its short name, or stands behind all letters.
class OptionTable {
 public:
  // With a chain the options end at the first word that is none; otherwise words may stand between them.
  OptionTable(std::string_view command, bool chain_follows) : shorts_(chain_follows ? "+:" : "-:") {
    for (const OptionRow& row : options) {
      if (!row.belongs_to(command)) continue;
      const int takes = row.words() > 0 ? required_argument : *row.value != '\0' ? optional_argument : no_argument;
      int number = UCHAR_MAX + 1 + static_cast<int>(rows_.size());
      if (row.names[1] != '-') {
        number = static_cast<unsigned char>(row.names[1]);
        shorts_ += row.names[1];
        if (takes == required_argument) shorts_ += ':';
      }
      if (const char* const name = std::strstr(row.names, "--")) longs_.push_back({name + 2, takes, nullptr, number});
      rows_.emplace_back(number, &row);
    }
    longs_.push_back({});
  }

  const char* shorts() const { return shorts_.c_str(); }
  const option* longs() const { return longs_.data(); }
  const OptionRow* find(int number) const {
    const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const auto& each) { return each.first == number; });
    return found == rows_.end() ? nullptr : found->second;
  }
  // As it was typed: a beginning of a long name is no name.
  static bool is_named(const OptionRow& row, const std::string& word) {
    const Words names = split(row.names, ',');
    return !word.starts_with("--") || word.substr(0, word.find('=')) == names.back();
  }

 private:
  std::string shorts_;
  std::vector<option> longs_;
  std::vector<std::pair<int, const OptionRow*>> rows_;
};

// What getopt_long() found in `word` is no option, or not given as it has to be.
[[noreturn]] void bad_option(const OptionTable& table, bool lacks_value, std::string word, std::string_view command) {
  const OptionRow* const row = table.find(optopt);
  const bool is_short = !word.starts_with("--");
  if (is_short && optopt > 0 && optopt <= SCHAR_MAX) word = {'-', static_cast<char>(optopt)};
  if (row == nullptr || !table.is_named(*row, word)) unknown_option(word, command);
  const std::string name = word.substr(0, word.find('='));
  if (!lacks_value) usage_error(fmt::format("{} takes no value", name));
  usage_error(fmt::format("{} needs {}: {} {}", name, row->words() == 2 ? "two words" : "a value", name, row->value));
}

// Applies the options among `words` and returns what is left: everything from the first word on that is
// no option when a chain follows, otherwise the words between the options too.
Words parse_words(const Words& words, std::string_view command, bool chain_follows, CommandLine& line) {
  const OptionTable table(command, chain_follows);
  std::string program = "streamz";
  std::vector<char*> argv = {program.data()};
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  const int count = static_cast<int>(argv.size());
  argv.push_back(nullptr);

  std::map<const OptionRow*, Words> given;
  Words rest;
  opterr = optind = 0;  // it says nothing, and begins anew
  while (true) {
    const auto at = static_cast<std::size_t>(std::max(optind, 1));
    const int found = getopt_long(count, argv.data(), table.shorts(), table.longs(), nullptr);
    if (found == -1) break;
    if (found == 1) {  // a word between them
      rest.emplace_back(optarg);
      continue;
    }
    const std::string& word = words[at - 1];
    const OptionRow* const row = table.find(found);
    if (row == nullptr) bad_option(table, found == ':', word, command);
    if (!table.is_named(*row, word)) unknown_option(word, command);
    Words& values = given[row];
    values.emplace_back(optarg != nullptr ? optarg : *row->value != '\0' ? alternatives(row->value).front() : "");
    if (row->words() < 2) continue;
    if (optind == count) {
      optopt = found;
      bad_option(table, true, word, command);
    }
    values.emplace_back(argv[static_cast<std::size_t>(optind++)]);
  }
  rest.insert(rest.end(), words.begin() + (optind - 1), words.end());
  for (const auto& [row, values] : given) apply(*row, values, line);  // in the order of the table
  return rest;
}

bool use_color(Color wanted, int descriptor) {
  const auto set = [](const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr && *value != '\0' && std::strcmp(value, "0") != 0;
  };
  if (wanted != Color::automatic) return wanted == Color::always;
  if (set("NO_COLOR")) return false;
  if (set("CLICOLOR_FORCE")) return true;
  const char* const terminal = std::getenv("TERM");
  return isatty(descriptor) == 1 && terminal != nullptr && std::strcmp(terminal, "dumb") != 0;
}

bool asks_for_help(const Words& words) {
  return words.size() == 2 && (words[1] == "--help" || words[1] == "-h") && words[0].find(' ') == std::string::npos;
}

// What is the same for both forms: --help and --version, the terminal, the missing chain.
CommandLine finish(CommandLine line) {
  line.run.color = use_color(line.color, STDERR_FILENO);
  if (line.version) {
    line.command = Command::version;
    line.words.clear();
  } else if (line.help || (line.command == Command::run && asks_for_help(line.words))) {
    line.command = Command::help;
    line.words.resize(std::min<std::size_t>(line.words.size(), 1));
    if (line.words.empty()) line.words = {"streamz"};
  } else if (line.command == Command::run && line.words.empty() && !line.chain_file) {
    if (isatty(STDIN_FILENO) == 0) usage_error("no chain", "streamz --help shows how; for example: streamz count");
    line.command = Command::help;
    line.words = {"streamz"};
  }
  return line;
}

// A file named by an option must be there before anything runs: status 2, not 1.
void check_inputs(const CommandLine& line) {
  for (const std::string& name : line.ends.inputs) {
    if (name != "-" && access(name.c_str(), R_OK) != 0) {
      usage_error(fmt::format("-i {}: {}", printable(name), std::strerror(errno)));
    }
  }
}

}  // namespace

bool OptionRow::belongs_to(std::string_view command) const {
  if (*commands == '\0') return true;
  for (std::string_view rest = commands; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (word == command) return true;
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  }
  return false;
}

std::size_t OptionRow::words() const {
  if (*value == '\0' || *value == '[') return 0;
  return set == nullptr ? 2 : 1;
}

std::span<const OptionRow> option_rows() { return options; }

std::span<const CommandRow> command_rows() { return commands; }

const CommandRow* find_command(std::string_view name) {
  const auto* const row =
      std::find_if(std::begin(commands), std::end(commands), [&](const CommandRow& each) { return name == each.name; });
  return row == std::end(commands) ? nullptr : row;
}

bool has_options(int argc, char** argv) { return argc > 1 && (argv[1][0] == '-' || find_command(argv[1]) != nullptr); }

CommandLine bare_chain(int argc, char** argv) {
  CommandLine line;
  line.words.assign(argv + 1, argv + argc);
  return finish(std::move(line));
}

CommandLine parse_options(int argc, char** argv) {
  CommandLine line;
  line.words = parse_words(Words(argv + 1, argv + argc), "run", true, line);
  const CommandRow* const row = line.words.empty() ? nullptr : find_command(line.words.front());
  if (row != nullptr) {
    line.command = row->command;
    line.words = parse_words(Words(line.words.begin() + 1, line.words.end()), row->name, row->takes_chain, line);
    if (line.help) {
      line.words = {row->takes_chain && !line.words.empty() ? line.words.front() : row->name};
    } else if (row->takes_chain && row->command != Command::run && line.words.empty() && !line.chain_file) {
      usage_error(fmt::format("{} needs a chain", row->name), fmt::format("streamz {} count", row->name));
    }
  }
  const bool takes_chain = row == nullptr || row->takes_chain;
  if (takes_chain && line.chain_file && !line.words.empty() && !line.help) {
    usage_error(
        fmt::format("unexpected word `{}`: the chain is in {}", printable(line.words.front()), *line.chain_file),
        "input files are given by -i FILE");
  }
  if (!takes_chain && line.chain_file) usage_error(fmt::format("{} takes no -f", row->name));
  if (takes_chain) check_inputs(line);
  if (!line.run.dead_letters.empty() && !line.on_error_given) line.run.on_error = OnError::dead;
  return finish(std::move(line));
}

}  // namespace streamz
