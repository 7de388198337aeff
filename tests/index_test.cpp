// SPDX-License-Identifier: Apache-2.0
#include "index.h"

#include <unistd.h>

#include <algorithm>

#include "catch.h"
#include "module.h"
#include "plugin_folder.h"

using namespace streamz;

namespace {

// Sets a variable of the environment for one test.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    const char* const old = std::getenv(name);
    if (old != nullptr) old_ = old;
    setenv(name, value.c_str(), 1);
  }
  ~Variable() { old_ ? setenv(name_, old_->c_str(), 1) : unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

SearchPath only(const PluginFolder& folder) { return {{folder.path.string()}, false, false}; }

// The reason of the directory below `path` for not being searched, or "used", or "not there".
std::string skipped(const Index& index, const std::string& path) {
  for (const SearchedDirectory& directory : index.directories()) {
    if (directory.path == path) return directory.skipped.empty() ? "used" : directory.skipped;
  }
  return "not there";
}

}  // namespace

TEST_CASE("built-ins are found without a scan") {
  const PluginFolder folder;
  folder.manifest("broken_package", "map = broken_package:Map");
  const Index index(only(folder));
  const Entry* const map = index.find("map");
  REQUIRE(map != nullptr);
  CHECK(map->builtin != nullptr);
  CHECK(map->package == "streamz");
  CHECK(map->spec() != nullptr);
  CHECK(index.find("streamz:map") == map);
  CHECK(index.collisions("map").empty());  // not known: nothing was scanned
  index.all();
  CHECK(index.find("map") == map);  // entries stay where they are
  CHECK(index.collisions("map") ==
        std::vector<std::string>{"Can't add map from broken_package: name collision with existing stream node.\n"
                                 "  = kept: the built-in\n  = help: broken_package:map is the other"});
}

TEST_CASE("second names stand for a stage with presets") {
  const Index index(SearchPath{{}, true, false});
  for (const SecondName& second : second_names()) {
    INFO(second.name);
    const Entry* const entry = index.find(second.name);
    const Entry* const real = index.find(second.same_as);
    REQUIRE(entry != nullptr);
    REQUIRE(real != nullptr);
    CHECK(entry->same_as == second.same_as);
    CHECK(entry->builtin == real->builtin);
    CHECK(entry->preset.size() == (second.preset_key == nullptr ? 0U : 1U));
  }
}

TEST_CASE("plugins are found by name, folded, or by package and name") {
  const PluginFolder folder;
  folder.manifest("shouting", "shout-out = shouting:Shout", "streamz.sinks");
  const Index index(only(folder));
  const Entry* const entry = index.find("shout_out");
  REQUIRE(entry != nullptr);
  CHECK(entry->kind == Kind::sink);
  CHECK(entry->class_name == "Shout");
  CHECK(entry->spec() == nullptr);
  CHECK(index.find("shout-out") == entry);
  CHECK(index.find("shouting:shout-out") == entry);
  CHECK(index.find("other:shout_out") == nullptr);
  CHECK(index.find("shouting") == nullptr);
  CHECK(index.find("nobody_has_this") == nullptr);
  const auto names = index.names();
  CHECK(std::count(names.begin(), names.end(), "shout_out") == 1);
}

TEST_CASE("the first of two packages keeps a name, in the reference's words") {
  const PluginFolder first;
  const PluginFolder second;
  const auto kept = first.manifest("shouting", "shout = shouting:Shout");
  second.manifest("screaming", "shout = screaming:Scream");
  const Index index({{first.path.string(), second.path.string()}, false, false});
  REQUIRE(index.find("shout") != nullptr);
  CHECK(index.find("shout")->package == "shouting");
  CHECK(index.collisions("shout") ==
        std::vector<std::string>{
            "Can't add shout from screaming: name collision with existing stream node.\n  = kept: " + kept.string() +
            "\n  = help: screaming:shout is the other"});
  const Entry* const other = index.find("screaming:shout");
  REQUIRE(other != nullptr);
  CHECK(other->state == Entry::State::clash);
  CHECK(other->problem == "kept shouting; use screaming:shout");
  CHECK(other->class_name == "Scream");
}

TEST_CASE("inside a directory the order is that of the file names") {
  const PluginFolder folder;
  folder.manifest("zz_plugin", "shout = zz_plugin:Z");
  folder.manifest("aa_plugin", "shout = aa_plugin:A");
  folder.write(".hidden.json", "{");
  folder.write("readme.txt", "no manifest");
  const Index index(only(folder));
  CHECK(index.find("shout")->package == "aa_plugin");
}

TEST_CASE("a package in two directories: the first shadows all of the second") {
  const PluginFolder first;
  const PluginFolder second;
  const auto kept = first.manifest("shouting", "shout = shouting:Shout");
  second.manifest("shouting", "whisper = shouting:Whisper");
  const Index index({{first.path.string(), second.path.string()}, false, false});
  CHECK(index.find("shout") != nullptr);
  CHECK(index.find("whisper") == nullptr);
  CHECK(index.collisions("whisper").empty());
  const auto& all = index.all();
  const auto shadowed = std::find_if(all.begin(), all.end(), [](const Entry& e) { return e.name == "whisper"; });
  REQUIRE(shadowed != all.end());
  CHECK(shadowed->state == Entry::State::shadowed);
  CHECK(shadowed->problem == "shadowed by " + kept.string());
}

TEST_CASE("a broken manifest gives its reason to who names it, and takes no name from others") {
  const PluginFolder folder;
  folder.write("aa_broken.json", "{");
  folder.manifest("bb_broken", "shout = bb_broken:Shout", "streamz.nodes", R"("library": "../x.so", )");
  folder.manifest("cc_broken", "mumble = cc_broken:Mumble", "streamz.nodes", R"("library": "../x.so", )");
  folder.manifest("dd_fine", "shout = dd_fine:Shout");
  const Index index(only(folder));
  const std::string dot = (folder.path / "").string();
  for (const char* const name : {"aa_broken", "aa_broken:anything"}) {
    REQUIRE(index.find(name) != nullptr);
    CHECK(index.find(name)->state == Entry::State::broken);
    CHECK_THAT(index.find(name)->problem, Catch::Matchers::StartsWith(dot + "aa_broken.json:1:2: not JSON: "));
  }
  CHECK(index.find("shout")->package == "dd_fine");
  CHECK(index.find("mumble")->problem == dot + "cc_broken.json: library \"../x.so\" must be a plain file name");
  CHECK(index.find("bb_broken:shout")->state == Entry::State::broken);
}

TEST_CASE("the search path, in order, with what is left out and why") {
  const PluginFolder one, two, home, data, shared;
  const auto at = [](const PluginFolder& folder) { return folder.path.string(); };
  for (const std::string& below : {at(home) + "/.local/lib", at(data), at(shared) + "/share", at(shared) + "/lib"}) {
    std::filesystem::create_directories(below + "/streamz/plugins");
  }
  two.write("file", "");
  const Variable path("STREAMZ_PLUGIN_PATH", at(two) + "::relative/dir:" + at(one) + ":" + at(two) + "/file");
  const Variable home_variable("HOME", at(home));
  const Variable data_variable("XDG_DATA_HOME", at(data));
  const Variable directories("XDG_DATA_DIRS", at(shared) + "/share/:relative:/nowhere/at/all");
  const Index index(only(one));

  CHECK(skipped(index, at(two)) == "used");
  CHECK(skipped(index, "") == "empty part of $STREAMZ_PLUGIN_PATH");
  CHECK(skipped(index, "relative/dir") == "relative part of $STREAMZ_PLUGIN_PATH");
  CHECK(skipped(index, at(two) + "/file") == "not a directory");
  CHECK(skipped(index, "/nowhere/at/all/streamz/plugins") == "does not exist");
  CHECK(skipped(index, "relative/streamz/plugins") == "not there");

  std::vector<std::string> order, warned;
  for (const SearchedDirectory& directory : index.directories()) {
    if (directory.skipped.empty()) order.push_back(directory.path);
    if (directory.unasked) warned.push_back(directory.path);
  }
  // The tree of the tests themselves has lib, and may have no share.
  const std::string own = installation_root() + "/lib/streamz/plugins";
  CHECK(order == std::vector<std::string>{at(one), at(two), at(data) + "/streamz/plugins",
                                          at(home) + "/.local/lib/streamz/plugins", own,
                                          at(shared) + "/share/streamz/plugins", at(shared) + "/lib/streamz/plugins"});
  CHECK(warned == std::vector<std::string>{"", "relative/dir"});
  const auto again = std::count_if(index.directories().begin(), index.directories().end(),
                                   [](const SearchedDirectory& d) { return d.skipped == "searched before"; });
  CHECK(again >= 1);
}

TEST_CASE("a program in one of the usual prefixes does not go before the others") {
  const PluginFolder shared;
  const std::string own = installation_root();
  const Variable directories("XDG_DATA_DIRS", shared.path.string() + "/share:" + own + "/share");
  const Index index;
  std::vector<std::string> order;
  for (const SearchedDirectory& directory : index.directories()) order.push_back(directory.path);
  const auto place = [&](const std::string& prefix) {
    return std::find(order.begin(), order.end(), prefix + "/lib/streamz/plugins") - order.begin();
  };
  CHECK(place(shared.path.string()) < place(own));
  CHECK(place(own) < static_cast<std::ptrdiff_t>(order.size()));
}

TEST_CASE("no plugins: nothing is searched") {
  const PluginFolder folder;
  folder.manifest("shouting", "shout = shouting:Shout");
  SearchPath where = only(folder);
  where.no_plugins = true;
  const Index index(where);
  CHECK(index.find("shout") == nullptr);
  CHECK(index.directories().empty());
}

TEST_CASE("root does not search a directory of somebody else's home") {
  if (geteuid() != 0) return;  // only root can make one
  const PluginFolder home;
  std::filesystem::create_directories(home.path / "streamz/plugins");
  REQUIRE(chown((home.path / "streamz/plugins").c_str(), 1234, 1234) == 0);
  const Variable data("XDG_DATA_HOME", home.path.string());
  CHECK(skipped(Index(), home.path.string() + "/streamz/plugins") == "belongs to uid 1234, not to root");
}

TEST_CASE("stages of the extras are known by name") {
  CHECK(Index::extra_of("from-kafka") == "kafka");
  CHECK(Index::extra_of("to_files") == "files");
  CHECK(Index::extra_of("map").empty());
}
