// SPDX-License-Identifier: Apache-2.0
#include "cli.h"

#include <fmt/format.h>

#include "catch.h"

using namespace streamz;

namespace {

CommandLine parsed(std::vector<std::string> words) {
  words.insert(words.begin(), "streamz");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const int argc = static_cast<int>(words.size());
  return has_options(argc, argv.data()) ? parse_options(argc, argv.data()) : bare_chain(argc, argv.data());
}

std::string error_of(const std::vector<std::string>& words) {
  try {
    parsed(words);
  } catch (const Error& error) {
    CHECK(error.code == "usage");
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("the first word that is no option begins the chain") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> table = {
      {{"head", "-1"}, "head -1"},
      {{"-q", "head", "-1"}, "head -1"},
      {{"-q", "--", "head", "-1"}, "head -1"},
      {{"--limit", "3", "map", "--frobnicate"}, "map --frobnicate"},
      {{"--limit=3", "map", "--", "-r"}, "map -- -r"},
      {{"-rR", "count"}, "count"},
      {{"-rRj2", "count"}, "count"},
      {{"--arg", "a", "--", "map", "$a"}, "map $a"},
      {{"--stats", "count"}, "count"},
      {{"--progress=never", "count", "!", "map", "."}, "count ! map ."},
      {{"run", "-q", "head", "-1"}, "head -1"},
      {{"check", "filter", "-v"}, "filter -v"},
      {{"plugins", "show", "x", "--json"}, "show x"},
      {{"help", "--complete", "--", "-r", "--", "x"}, "-r -- x"},
  };
  for (const auto& [words, chain] : table) {
    INFO(fmt::format("{}", fmt::join(words, " ")));
    CHECK(fmt::format("{}", fmt::join(parsed(words).words, " ")) == chain);
  }
}

TEST_CASE("options reach their fields") {
  const CommandLine line = parsed({"-r",
                                   "--on-error=skip",
                                   "--max-errors",
                                   "7",
                                   "-vv",
                                   "--stats=json",
                                   "--max-line=1K",
                                   "--timeout",
                                   "2s",
                                   "--clock=virtual",
                                   "--plugin-path",
                                   "/a",
                                   "--plugin-path=/b",
                                   "-j1",
                                   "--color=always",
                                   "-e",
                                   "explain",
                                   "--json",
                                   "-R",
                                   "count"});
  CHECK(line.command == Command::explain);
  CHECK(line.ends.raw_output);
  CHECK(line.ends.raw_input);
  CHECK(line.run.on_error.then == OnError::skip);
  CHECK(line.run.max_errors == 7);
  CHECK(line.verbose == 2);
  CHECK(line.run.stats == RunOptions::Stats::json);
  CHECK(line.run.max_line == 1024);
  CHECK(line.run.timeout == std::chrono::seconds(2));
  CHECK(line.run.clock == Clock::Kind::virtual_time);
  CHECK(line.plugins.first == std::vector<std::string>{"/a", "/b"});
  CHECK(line.run.color);
  CHECK(line.run.exit_status);
  CHECK(line.json);
}

TEST_CASE("inputs may be given again, and options follow a chain file") {
  const CommandLine line = parsed({"-f", "chain.sz", "-r", "-i", "/dev/null", "-i", "-"});
  CHECK(line.chain_file == "chain.sz");
  CHECK(line.ends.inputs == std::vector<std::string>{"/dev/null", "-"});
  CHECK(line.ends.raw_output);
  CHECK(line.words.empty());
}

TEST_CASE("help and version") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> table = {
      {{"--help"}, "streamz"},        {{"-h"}, "streamz"},
      {{"head", "--help"}, "head"},   {{"check", "--help"}, "check"},
      {{"-q", "head", "-h"}, "head"}, {{"help", "unique", "key"}, "unique key"},
  };
  for (const auto& [words, topic] : table) {
    INFO(fmt::format("{}", fmt::join(words, " ")));
    const CommandLine line = parsed(words);
    CHECK(line.command == Command::help);
    CHECK(fmt::format("{}", fmt::join(line.words, " ")) == topic);
  }
  CHECK(parsed({"-V"}).command == Command::version);
  CHECK(parsed({"--version"}).command == Command::version);
}

TEST_CASE("wrong options say what is wrong") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> table = {
      {{"--limt", "3", "count"}, "unknown option --limt (did you mean --limit?)"},
      {{"--lim=3", "count"}, "unknown option --lim (did you mean --limit?)"},
      {{"-x", "count"}, "unknown option -x"},
      {{"plugins", "list", "--knd", "node"}, "unknown option --knd (did you mean --kind?)"},
      {{"--kind=node", "count"}, "unknown option --kind"},
      {{"-i"}, "-i needs a value: -i FILE"},
      {{"--timeout"}, "--timeout needs a value: --timeout DUR"},
      {{"-qi"}, "-i needs a value: -i FILE"},
      {{"--arg", "a"}, "--arg needs two words: --arg NAME TEXT"},
      {{"--quiet=yes", "count"}, "--quiet takes no value"},
      {{"-qx", "count"}, "unknown option -x"},
      {{"-\xC3\xA9", "count"}, "unknown option -\xC3\xA9"},
      {{"--c", "virtual", "count"}, "unknown option --c"},
      {{"--timeout=10secs", "count"}, "--timeout: `10secs` is not a duration"},
      {{"--limit=-1", "count"}, "--limit: must be at least 0, is -1"},
      {{"--stats=xml", "count"}, "--stats: `xml` is none of: text json"},
      {{"-j", "0", "count"}, "-j must be between 1 and 64, is 0"},
      {{"-f", "a.sz", "count"}, "unexpected word `count`: the chain is in a.sz"},
      {{"-f", "a.sz", "version"}, "version takes no -f"},
      {{"-i", "/nowhere/a", "count"}, "-i /nowhere/a: No such file or directory"},
      {{"check"}, "check needs a chain"},
  };
  for (const auto& [words, text] : table) {
    INFO(fmt::format("{}", fmt::join(words, " ")));
    CHECK(error_of(words) == text);
  }
}

TEST_CASE("the tables hold together") {
  std::vector<std::string> seen;
  for (const OptionRow& row : option_rows()) {
    const std::string names = row.names;
    CHECK(std::find(seen.begin(), seen.end(), names) == seen.end());
    seen.push_back(names);
    CHECK((row.set != nullptr || row.words() == 2));
    const std::string commands = row.commands;
    std::size_t at = 0;
    while (at < commands.size()) {
      const std::size_t blank = std::min(commands.find(' ', at), commands.size());
      INFO(names);
      CHECK(find_command(commands.substr(at, blank - at)) != nullptr);
      at = blank + 1;
    }
  }
}
