// SPDX-License-Identifier: Apache-2.0
// Everything that can be wrong with a plugin, as an exception: the first error of each command in
// tests/plugins/bad/*/expect is what parsing the chain and loading its stages gives. tests/e2e/bad_plugins.sh
// has the same through the program.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <regex>

#include "compile.h"
#include "plugin_fixture.h"
#include "streamz/plugin.h"

using namespace streamz;
namespace fs = std::filesystem;

namespace {

// One command of a transcript that this process can do as well: a chain with loading errors.
struct Trial {
  std::string chain, initialiser;  // what $STREAMZ_TEST_INITIALISER says
  bool as_nobody = false;
  std::string expected;  // "E0141: text", of the first error or warning; "": none
  bool while_running = false;
};

std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const std::size_t at = text.find(before);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + before.size();
  return text.substr(begin, text.find(after, begin) - begin);
}

std::vector<Trial> trials_in(const fs::path& transcript, const fs::path& directory) {
  std::vector<Trial> trials;
  std::ifstream lines(transcript);
  for (std::string line; std::getline(lines, line);) {
    for (std::size_t at; (at = line.find("DIR")) != std::string::npos;) line.replace(at, 3, directory.string());
    if (line.starts_with("$ ")) {
      Trial& trial = trials.emplace_back();
      trial.as_nobody = line.find("as_nobody") != std::string::npos;
      trial.chain = trial.as_nobody ? between(line, "\"$STREAMZ\" ", "\n") : between(line, "streamz ", "\n");
      trial.initialiser = between(line, "STREAMZ_TEST_INITIALISER=", " streamz");
      std::erase(trial.initialiser, '"');
    } else if (line == "[1]" || line == "[5]") {
      trials.back().while_running = true;
    } else if (line.starts_with("error[") || (line.starts_with("warning[") && trials.back().expected.empty())) {
      if (trials.back().expected.empty()) trials.back().expected = line.substr(line.find('[') + 1).replace(5, 1, "");
    }
  }
  // What no exception can say: other commands, options, what happens while running, the end of the process.
  std::erase_if(trials, [](const Trial& trial) {
    return trial.chain.empty() || trial.chain.front() == '-' || trial.chain.starts_with("help ") ||
           trial.chain.starts_with("plugins ") || trial.while_running || trial.expected.starts_with("E0150") ||
           trial.expected.starts_with("E0151") || trial.initialiser == "_exit";
  });
  return trials;
}

std::string outcome(const Trial& trial, const fs::path& directory) {
  const Index index(SearchPath{{directory.string()}, false, false});
  Loader loader;
  Problems problems;
  Chain chain = parse(trial.chain, index, problems);
  if (learn_specs(chain, index, loader)) chain = parse(trial.chain, index, problems = {});
  if (!problems.all().empty()) return problems.all().front().code + ": " + problems.all().front().message;
  for (const Segment& segment : chain.segments) {
    for (const Stage& stage : segment.stages) {
      try {
        make_stage(*stage.entry, loader.load(*stage.entry));
      } catch (const Error& error) {
        return error.code + ": " + error.what();
      }
    }
  }
  return loader.warnings.empty() ? "" : loader.warnings[0].code + ": " + loader.warnings[0].message;
}

// The size of a library is the compiler's affair: N, as in the transcripts.
std::string without_sizes(const std::string& text) {
  return std::regex_replace(text, std::regex("segments need [0-9]+"), "segments need N");
}

// In a child: an initialiser that threw leaves glibc's loader locked for other threads, and somebody who may not
// read everything cannot become root again.
std::string outcome_in_child(const Trial& trial, const fs::path& directory) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  std::fflush(stdout);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    setenv("STREAMZ_TEST_INITIALISER", trial.initialiser.c_str(), 1);
    const bool ready = !trial.as_nobody || geteuid() != 0 || seteuid(65534) == 0;
    const std::string text = ready ? outcome(trial, directory) : "cannot become nobody";
    _exit(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return text;
}

const std::string tag = STREAMZ_ABI_TAG;

// An extra that is not installed: here it is, and the transcript does without plugins. What a sanitizer makes
// different: what the tags are compared with; and the thread sanitizer counts what dlopen() began and, left by an
// exception, never ended.
bool is_skipped(const std::string& name) {
  if (name.starts_with("02-")) return true;
  if (tag.find("san=none") == std::string::npos && name.starts_with("23-")) return true;
  return tag.find("san=thread") != std::string::npos && name.starts_with("27-");
}

}  // namespace

TEST_CASE("every fault of a plugin is an exception with its code and cause") {
  const PluginFolder root;
  const std::string prepare = STREAMZ_SOURCE_DIR "/tests/plugins/bad/prepare";
  const std::string libraries = installation_root() + "/tests/plugins";
  REQUIRE(std::system((prepare + " " + root.path.string() + " " + libraries).c_str()) == 0);
  int tried = 0;
  for (const fs::directory_entry& directory : fs::directory_iterator(root.path)) {
    const std::string name = directory.path().filename().string();
    if (is_skipped(name)) continue;
    for (const Trial& trial : trials_in(fs::path(prepare).parent_path() / name / "expect", directory.path())) {
      INFO(name << ": " << trial.chain);
      CHECK(without_sizes(outcome_in_child(trial, directory.path())) == trial.expected);
      ++tried;
    }
  }
  CHECK(tried > 60);
  CHECK(std::system((prepare + " --remove " + root.path.string()).c_str()) == 0);
}
