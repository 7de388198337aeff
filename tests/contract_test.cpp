// SPDX-License-Identifier: Apache-2.0
// What holds for every stage there is, built in or of a plugin of this tree. That the examples run is the
// test `examples`.
#include <filesystem>

#include "contract.h"

#include <set>

#include "catch.h"
#include "chain.h"
#include "loader.h"
#include "module.h"

using namespace streamz;
namespace fs = std::filesystem;

namespace {

Index everything() { return Index(SearchPath{{installation_root() + "/lib/streamz/plugins"}, false, true}); }

bool has_file(const Entry& entry) {
  if (entry.builtin != nullptr) {
    const std::string folder = std::string(to_string(entry.kind)) + "s/";
    return fs::exists(fs::path(STREAMZ_SOURCE_DIR "/src") / folder / (entry.name + ".cpp"));
  }
  const Manifest& manifest = *entry.manifest;
  if (!manifest.command.empty()) return fs::exists(fs::path(manifest.file).parent_path() / manifest.command.front());
  for (const fs::directory_entry& file : fs::recursive_directory_iterator(STREAMZ_SOURCE_DIR "/plugins")) {
    if (file.path().stem() == entry.name && file.path().extension() != ".test") return true;
  }
  return false;
}

}  // namespace

TEST_CASE("every stage says what it is, and has a file that is named as it") {
  const Index index = everything();
  int plugins = 0;
  for (const Entry& entry : index.all()) {
    if (entry.state != Entry::State::ok || !entry.same_as.empty()) continue;
    plugins += entry.builtin == nullptr ? 1 : 0;
    INFO(entry.name);
    CHECK(left_unsaid(entry) == std::vector<std::string>{});
    CHECK(has_file(entry));
  }
  CHECK(plugins > 0);
}

TEST_CASE("what a stage says is what its class says") {
  const Index index = everything();
  Loader loader(true);
  for (const Entry& entry : index.all()) {
    if (entry.state != Entry::State::ok) continue;
    INFO(entry.name);
    const StageClass& type = loader.load(entry);
    CHECK(type.kind == entry.kind);
    CHECK(spec_to_json(type.spec()) == spec_to_json(*entry.spec()));
    CHECK(make_stage(entry, type) != nullptr);
  }
  CHECK(loader.warnings.empty());
}

TEST_CASE("names of arguments are told apart from each other and from those of every stage") {
  const Index index = everything();
  for (const Entry& entry : index.all()) {
    if (entry.state != Entry::State::ok) continue;
    std::set<std::string> names = {"name", "on_error"};
    for (const Param& param : entry.spec()->params) {
      INFO(entry.name << " " << param.name);
      CHECK(names.insert(param.name).second);
      CHECK(fold(param.name) == param.name);
    }
    // No positional after one that takes all words that are left.
    bool takes_all = false;
    for (const Param& param : entry.spec()->params) {
      if (!param.positional) continue;
      INFO(entry.name << " " << param.name);
      CHECK_FALSE(takes_all);
      takes_all = param.types.front() == Type::expr || param.repeats;
    }
  }
}

TEST_CASE("a stage that leaves something unsaid is told what") {
  Manifest manifest;
  manifest.package = "p";
  StageSpec spec;
  spec.summary = "";
  Param param;
  param.name = "n";
  param.types = {Type::integer};
  param.value = "0";
  param.min = 1;
  spec.params.push_back(param);
  manifest.stages.emplace_back("shout", spec);
  Entry entry;
  entry.name = "shout";
  entry.manifest = std::make_shared<const Manifest>(manifest);
  CHECK(left_unsaid(entry) == std::vector<std::string>{"no summary", "n has no description",
                                                       "the default of n: n must be at least 1, is 0", "no example"});
  entry.name = "whisper";
  CHECK(left_unsaid(entry) == std::vector<std::string>{"its manifest does not describe it"});
}
