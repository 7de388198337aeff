// SPDX-License-Identifier: Apache-2.0
// The commands other than run. Goes in: a command line. Goes out: text on standard output, an exit status.
// Tested by tests/e2e.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

#include "cases.h"
#include "cli.h"
#include "compile.h"
#include "data_stdout.h"
#include "explain.h"
#include "expr/expr.h"
#include "help.h"
#include "parallel.h"
#include "plugin_files.h"
#include "plugins_check.h"
#include "plugins_new.h"
#include "values.h"

namespace streamz {

namespace {

// Where data goes, which is not stdout any more once a library is loaded.
int print(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(data_stdout(), text.data(), text.size());
    if (written < 0 && errno != EINTR) throw Error(fmt::format("cannot write: {}", std::strerror(errno)));
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

// Help goes through $PAGER on a terminal.
int page(const std::string& text) {
  const char* const pager = std::getenv("PAGER");
  if (pager == nullptr || *pager == '\0' || isatty(STDOUT_FILENO) == 0) return print(text);
  setenv("LESS", "FRX", 0);  // less: leave at once when it all fits on the screen
  std::FILE* const pipe = popen(pager, "we");
  if (pipe == nullptr) return print(text);
  std::fwrite(text.data(), 1, text.size(), pipe);
  pclose(pipe);
  return 0;
}

[[noreturn]] void usage_error(const std::string& text, const std::string& hint = {}) {
  throw Error(text, hint, "usage");
}

const Entry& find_stage(const std::string& name, const Index& index) {
  const Entry* const entry = index.find(name);
  if (entry != nullptr) return *entry;
  const std::string near = nearest(fold(name), index.names());
  usage_error(fmt::format("no stage, command or topic `{}`", printable(name)),
              near.empty() ? "streamz help lists them" : fmt::format("did you mean `{}`?", near));
}

// ---- check, explain, graph

int check(const CommandLine& line, const Index& index) {
  Compiled compiled;
  if (!compile(line, index, compiled)) return 3;
  return line.verbose > 0 ? print(masked(compiled.chain.to_string()) + "\n") : 0;
}

int explain(const CommandLine& line, const Index& index) {
  Compiled compiled;
  if (!compile(line, index, compiled)) return 3;
  return print(masked(explain(compiled.chain, compiled.graph, line.json, jobs_of(compiled.graph, line.run))));
}

int graph(const CommandLine& line, const Index& index) {
  Compiled compiled;
  if (!compile(line, index, compiled, Depth::connected)) return 3;
  const Drawing drawing = line.format == "dot"       ? Drawing::dot
                          : line.format == "mermaid" ? Drawing::mermaid
                                                     : Drawing::text;
  return print(masked(draw(compiled.graph, drawing)));
}

// ---- plugins

// Writes beside the manifest and renames, so that nobody ever reads half of it.
int describe(const std::string& manifest) {
  const std::string text = describe_plugin(manifest);
  std::string temporary = manifest + ".XXXXXX";
  const int descriptor = mkostemp(temporary.data(), O_CLOEXEC);
  std::FILE* const file = descriptor == -1 ? nullptr : fdopen(descriptor, "w");
  if (file == nullptr) throw Error(fmt::format("cannot write beside {}: {}", manifest, std::strerror(errno)));
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size() && fchmod(descriptor, 0644) == 0;
  if (std::fclose(file) != 0 || !written || std::rename(temporary.c_str(), manifest.c_str()) != 0) {
    const int reason = errno;
    std::remove(temporary.c_str());
    throw Error(fmt::format("cannot write {}: {}", manifest, std::strerror(reason)));
  }
  return 0;
}

std::optional<Kind> wanted_kind(const CommandLine& line) {
  if (line.kind.empty()) return std::nullopt;
  return line.kind == "source" ? Kind::source : line.kind == "sink" ? Kind::sink : Kind::node;
}

int list_plugins(const CommandLine& line, const Index& index) {
  check_files(index);
  if (!line.run.quiet) {
    for (const std::string& warning : index.collisions()) fmt::print(stderr, "streamz: warning: {}\n", warning);
  }
  print(plugins_list(index, wanted_kind(line), line.verbose > 0, line.json));
  const auto usable = [](const Entry& entry) {
    return entry.state == Entry::State::ok || entry.state == Entry::State::shadowed;
  };
  return line.strict && !std::all_of(index.all().begin(), index.all().end(), usable) ? 1 : 0;
}

int check_plugins(const CommandLine& line, const Index& index) {
  const std::string name = line.words.size() > 1 ? line.words[1] : std::string();
  const std::vector<PackageReport> reports = check_packages(index, name);
  if (reports.empty() && !name.empty()) {
    usage_error(fmt::format("no package or stage of a plugin is called `{}`", printable(name)),
                "streamz plugins list shows them");
  }
  print(line.json ? to_json(reports) : to_text(reports));
  const auto failed = [](const PackageReport& report) { return report.verdict == PackageReport::Verdict::fail; };
  return std::any_of(reports.begin(), reports.end(), failed) ? 1 : 0;
}

int plugins(const CommandLine& line, const Index& index) {
  const std::string action = line.words.empty() ? "list" : line.words.front();
  const std::size_t operands = line.words.empty() ? 0 : line.words.size() - 1;
  if (action == "list" && operands == 0) return list_plugins(line, index);
  if (action == "show" && operands == 1) {
    const Entry& entry = find_stage(line.words[1], index);
    check_files(index, &entry);
    return print(plugins_show(entry, line.json));
  }
  if (action == "check" && operands <= 1) return check_plugins(line, index);
  if (action == "describe" && operands == 1) return describe(line.words[1]);
  if (action == "new" && operands == 1) {
    return print(new_plugin({line.words[1], wanted_kind(line).value_or(Kind::node), line.language}, index));
  }
  const std::string near = nearest(action, {"list", "show", "check", "new", "describe"});
  usage_error("plugins takes: list, show NAME, check [NAME], new NAME or describe MANIFEST",
              near.empty() || near == action ? "streamz help plugins" : fmt::format("did you mean `{}`?", near));
}

// ---- help, test, version

std::string help_text(const CommandLine& line, const Index& index) {
  const std::string& topic = line.words.front();
  if (line.words.size() == 2) return argument_help(find_stage(topic, index), line.words[1]);
  if (topic == "streamz") return program_help();
  if (topic == "syntax") return syntax_help();
  if (topic == "errors") return errors_help();
  std::string of_command = command_help(topic);
  if (!of_command.empty()) return of_command;
  const std::string of_code = code_help(topic);
  return of_code.empty() ? stage_help(find_stage(topic, index)) : of_code;
}

int help(const CommandLine& line, const Index& index) {
  if (line.complete) return print(complete(line.words, index));
  if (line.manual) return print(manual(read_file(*line.manual), index));
  if (line.words.size() > 2) usage_error("help takes one topic", "streamz help STAGE ARGUMENT");
  if (line.json && line.words.empty()) return print(catalogue_json(index));
  if (line.json) return print(plugins_show(find_stage(line.words.front(), index), true));
  return page(line.words.empty() ? topics_help(index) : help_text(line, index));
}

int test(const CommandLine& line, const Index& index) {
  if (line.words.empty() && !line.examples) usage_error("test needs case files, or --examples", "streamz help test");
  int passed = 0, failed = 0;
  const auto count = [&](const CaseReport& report) {
    passed += report.passed;
    failed += report.failed;
    print(report.text);
  };
  if (line.examples) count(run_examples(index));
  for (const std::string& file : line.words) count(run_cases(file, read_file(file), index, line.restoring));
  print(fmt::format("{} passed, {} failed\n", passed, failed));
  return failed == 0 ? 0 : 1;
}

int version(const CommandLine& line, const Index& index) {
  if (!line.json && line.verbose == 0 && line.version) return print("streamz " STREAMZ_VERSION "\n");
  std::vector<std::string> directories;
  for (const SearchedDirectory& each : index.directories()) {
    if (each.skipped.empty()) directories.push_back(each.path);
  }
  if (line.json) {
    const json out = {
        {"version", STREAMZ_VERSION}, {"abi", 1}, {"jq", detail::engines()}, {"plugin_path", directories}};
    return print(out.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
  }
  return print(fmt::format("streamz {}\nABI 1\njq: {}\nplugins: {}\n", STREAMZ_VERSION, detail::engines(),
                           fmt::join(directories, "\n         ")));
}

}  // namespace

int command(const CommandLine& line) {
  const Index index(line.plugins);
  switch (line.command) {
    case Command::check:
      return check(line, index);
    case Command::explain:
      return explain(line, index);
    case Command::graph:
      return graph(line, index);
    case Command::plugins:
      return plugins(line, index);
    case Command::help:
      return help(line, index);
    case Command::test:
      return test(line, index);
    case Command::completion:
      if (line.words.size() != 1) usage_error("completion takes one of: bash zsh fish");
      return print(completion(line.words.front()));
    case Command::version:
      return version(line, index);
    case Command::run:
      break;
  }
  throw Error("run is no command of this table");
}

}  // namespace streamz
