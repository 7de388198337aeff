// SPDX-License-Identifier: Apache-2.0
#include "loader.h"

#include "plugin_fixture.h"

using namespace streamz;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

namespace fs = std::filesystem;

}  // namespace

TEST_CASE("a good plugin is loaded, once, and its class works") {
  Plugin plugin("test_plugin", "inner::Shout");
  plugin.with(fixture("test_plugin"));
  Loader loader;
  const Entry& entry = plugin.entry();
  const StageClass& type = loader.load(entry);
  CHECK(&loader.load(entry) == &type);
  CHECK(loader.warnings.empty());
  CHECK(std::string(type.name) == "inner::Shout");
  CHECK(type.kind == Kind::node);
  CHECK(type.spec().summary == "say it n times");
  REQUIRE(type.spec().params.size() == 1);
  CHECK(type.spec().params[0].value == "2");
  CHECK(type.spec().params[0].min == 0.0);

  Stream* const stage = type.create();
  REQUIRE(stage != nullptr);
  type.set(*stage, 0, "3");
  CHECK_THROWS_AS(type.set(*stage, 0, "three"), Error);
  Record thrower("\"throw\"", nullptr);
  CHECK_THROWS_WITH(stage->update(thrower), "thrown by the plugin");
  CHECK(dynamic_cast<Source*>(stage) == nullptr);
  type.destroy(stage);
}

TEST_CASE("each kind stands in its group") {
  struct Case {
    std::string class_name, group, error;
  };
  const std::string who = "E0154 Error loading shout: test_plugin:";
  const Case cases[] = {
      {"Tick", "streamz.sources", "loaded"},
      {"Drop", "streamz.sinks", "loaded"},
      {"inner.Shout", "streamz.nodes", "loaded"},
      {"inner::Shout", "streamz.sources", who + "inner::Shout must be a subclass of streamz::Source"},
      {"inner::Shout", "streamz.sinks", who + "inner::Shout must be a subclass of streamz::Sink"},
      {"Drop", "streamz.sources", who + "Drop is a Sink; group streamz.sources needs a subclass of streamz::Source"},
      {"Tick", "streamz.sinks", who + "Tick is a Source; group streamz.sinks needs a subclass of streamz::Sink"},
      {"Tick", "streamz.nodes", who + "Tick is a Source; group streamz.nodes needs a subclass of streamz::Stream"},
      {"Shut", "streamz.nodes", "E0152 test_plugin has no class Shut (it has: inner::Shout, Ask, Tick, Drop, Faulty)"},
      {"Faulty", "streamz.nodes", "E0149 test_plugin failed while loading: Faulty: no words for it"},
  };
  for (const Case& c : cases) {
    INFO(c.class_name << " in " << c.group);
    Plugin plugin("test_plugin", c.class_name, c.group);
    plugin.with(fixture("test_plugin"));
    CHECK(failure(plugin) == c.error);
  }
}

TEST_CASE("a source is a Source across the border") {
  Plugin plugin("test_plugin", "Tick", "streamz.sources");
  plugin.with(fixture("test_plugin"));
  Loader loader;
  const StageClass& type = loader.load(plugin.entry());
  Stream* const stage = type.create();
  CHECK(dynamic_cast<Source*>(stage) != nullptr);
  CHECK(dynamic_cast<Sink*>(stage) == nullptr);
  type.destroy(stage);
}

TEST_CASE("a built-in is its own class") {
  const Index index(SearchPath{{}, true, false});
  const Entry* const map = index.find("map");
  REQUIRE(map != nullptr);
  Loader loader;
  CHECK(&loader.load(*map) == map->builtin);
}

TEST_CASE("what the loader says is made plain") {
  Plugin undefined("undefined");
  undefined.with(fixture("undefined"));
  std::string hint;
  CHECK(failure(undefined, &hint) == "E0148 L: undefined symbol nobody_defines_this(int)");
  CHECK(hint == "link the library that defines it");

  Plugin missing("test_plugin");
  missing.with(replaced(fixture("test_plugin"), "libstdc++.so.6", "libstdd++.so.6"));
  CHECK(failure(missing) == "E0148 L needs libstdd++.so.6, which is not installed");
}

TEST_CASE("the descriptor is checked before it is used") {
  const std::string raw = fixture("raw_plugin");
  const std::string size = {static_cast<char>(sizeof(char[8]) + 48), 0, 0, 0};
  const std::string head = bytes("streamz\0") + size;
  struct Case {
    std::string package, bytes, error;
  };
  const Case cases[] = {
      {"no_symbol", fixture("no_symbol"), "E0152 L has no streamz_plugin"},
      {"raw_plugin", raw, "E0154 Error loading shout: raw_plugin:NotAStage must be a subclass of streamz::Stream"},
      {"renamed", raw, "E0152 L describes package raw_plugin, manifest says renamed"},
      {"raw_plugin", replaced(raw, head, bytes("strange\0") + size),
       "E0152 L has a streamz_plugin that does not begin with \"streamz\""},
      {"raw_plugin", replaced(raw, head, bytes("streamz\0\x10\0\0\0")),
       "E0152 L: its streamz_plugin has 16 bytes, needs 56"},
  };
  for (const Case& c : cases) {
    INFO(c.error);
    Plugin plugin(c.package, "NotAStage");
    plugin.with(c.bytes);
    CHECK(failure(plugin) == c.error);
  }
}

TEST_CASE("a manifest older than its library is a warning") {
  Plugin plugin("test_plugin", "Drop", "streamz.sinks", R"("stages": {"shout": {"summary": "old"}}, )");
  plugin.with(fixture("test_plugin"));
  Loader loader;
  CHECK(loader.load(plugin.entry()).spec().summary == "drop");
  REQUIRE(loader.warnings.size() == 1);
  CHECK(loader.warnings[0].code == "W0148");
  CHECK(loader.warnings[0].message == "test_plugin: manifest is older than " + plugin.library);
}

TEST_CASE("a plugin is described from its library, and the result is stable") {
  Plugin plugin("test_plugin", "inner::Shout", "streamz.nodes", R"("stages": {"gone": {"summary": "old"}}, )");
  plugin.with(fixture("test_plugin"));
  const fs::path manifest = plugin.path / "test_plugin.json";
  const std::string text = describe_plugin(manifest);
  plugin.write("test_plugin.json", text);
  CHECK(describe_plugin(manifest) == text);
  CHECK_THAT(text, Contains("\"summary\": \"say it n times\""));
  CHECK_THAT(text, !Contains("gone"));
  const Entry& entry = plugin.entry();
  REQUIRE(entry.spec() != nullptr);
  CHECK(entry.spec()->examples.at(0).out == "7 7");
  Loader loader;
  loader.load(entry);
  CHECK(loader.warnings.empty());
  CHECK_THROWS_WITH(describe_plugin(plugin.path / "none.json"), StartsWith("cannot read "));
}

TEST_CASE("a broken manifest is not loaded") {
  Plugin broken("test_plugin", "Drop", "streamz.sinks", R"("library": "/tmp/x.so", )");
  CHECK(failure(broken) ==
        "E0144 " + (broken.path / "test_plugin.json").string() + ": library \"/tmp/x.so\" must be a plain file name");
}
