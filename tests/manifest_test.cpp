// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include "catch.h"
#include "index.h"
#include "plugin_folder.h"

using namespace streamz;

namespace {

std::string problem_of(const PluginFolder& folder, const std::string& text, std::string* code = nullptr) {
  const auto file = folder.write("p.json", text);
  const Manifest manifest = read_manifest(file);
  if (!manifest.broken) return "";
  if (code != nullptr) *code = manifest.broken->code;
  std::string what = manifest.broken->what();
  if (what.starts_with(file.string())) what.replace(0, file.string().size(), "M");
  return what;
}

std::string entries(const std::string& lines) {
  return R"({"streamz":1,"name":"p","version":"1","entry_points":{"streamz.nodes":[)" + lines + "]}}";
}

}  // namespace

TEST_CASE("a good manifest is read whole") {
  const PluginFolder folder;
  const auto file = folder.write("good.json",
                                 "\xEF\xBB\xBF"
                                 R"({
    "streamz": 1, "name": "good", "version": "0.0.1", "summary": "does good", "extra": "kafka", "other": [1],
    "requires": {"streamz": ">=0.1"},
    "entry_points": {
      "streamz.nodes": ["repeat = good:RepeatNode", "  to-upper=good : text.Upper"],
      "streamz.sources": ["tick = good:Tick"],
      "console_scripts": [1, 2]
    },
    "stages": {"repeat": {"summary": "again"}}})");
  const Manifest manifest = read_manifest(file);
  REQUIRE_FALSE(manifest.broken);
  CHECK(manifest.package == "good");
  CHECK(manifest.version == "0.0.1");
  CHECK(manifest.summary == "does good");
  CHECK(manifest.extra == "kafka");
  CHECK(manifest.library == folder.path / "good.so");
  REQUIRE(manifest.entry_points.size() == 3);
  CHECK(manifest.entry_points[1].name == "to_upper");
  CHECK(manifest.entry_points[1].class_name == "text::Upper");
  CHECK(manifest.entry_points[2].kind == Kind::source);
  REQUIRE(manifest.stages.size() == 1);
  CHECK(manifest.stages[0].second.summary == "again");
  CHECK(manifest.warnings.empty());
}

TEST_CASE("an unknown group of ours is a warning") {
  const PluginFolder folder;
  const auto file = folder.write(
      "p.json", R"({"streamz":1,"name":"p","entry_points":{"streamz.node":["a = p:A"],"other.host":["b = p:B"]}})");
  const Manifest manifest = read_manifest(file);
  CHECK_FALSE(manifest.broken);
  CHECK(manifest.warnings == std::vector<std::string>{"unknown group \"streamz.node\""});
}

TEST_CASE("what is wrong with a manifest is said") {
  struct Case {
    std::string text, problem, code;
  };
  const std::string head = R"({"streamz":1,"name":"p",)";
  std::string deep = head + R"("x":)";
  for (int i = 0; i < 200'000; ++i) deep += "[";
  const auto nested = [&](int levels) {
    return head + R"("x":)" + std::string(levels - 1, '[') + "0" + std::string(levels - 1, ']') + "}";
  };
  std::string many;
  for (int i = 0; i < 1001; ++i) many += (i == 0 ? "\"a" : ",\"a") + std::to_string(i) + " = p:A\"";
  const Case cases[] = {
      {"{\"streamz\": 1,\n \"name\": \"p", "M:2:12: not JSON: missing closing quote", "E0141"},
      {"", "M:1:1: not JSON: unexpected end of input", "E0141"},
      {"hello", "M:1:1: not JSON: invalid literal", "E0141"},
      {entries("") + "}", "M:1:75: not JSON: unexpected '}'", "E0141"},
      {"[]", "M: the manifest must be an object, is an array", "E0141"},
      {R"({"streamz":1,"name":"p","entry_points":["a"]})", "M: /entry_points must be an object, is an array", "E0141"},
      {R"({"streamz":1,"name":"p","entry_points":{"streamz.nodes":3}})",
       "M: /entry_points/streamz.nodes must be an array, is a number", "E0141"},
      {entries("7"), "M: /entry_points/streamz.nodes/0 must be a string, is a number", "E0141"},
      {R"({"streamz":1,"name":"p"})", "M: no key \"entry_points\"", "E0141"},
      {head + R"("version":1})", "M: /version must be a string, is a number", "E0141"},
      {std::string(1'048'577, ' '), "M: 1048577 bytes, limit 1048576", "E0141"},
      {deep, "M: nested deeper than 32", "E0141"},
      {nested(33), "M: nested deeper than 32", "E0141"},
      {nested(32), "M: no key \"entry_points\"", "E0141"},
      {head + R"("x":1e400})", "M: a number in it is out of range", "E0141"},
      {head + R"("x":123456789012345678901})", "M: a number in it is out of range", "E0141"},
      {entries(many), "M: 1001 entry points, limit 1000", "E0141"},
      {head + R"("entry_points":{},"entry_points":{}})", "M: key \"entry_points\" appears twice", "E0141"},
      {head + R"("a":{"b":1,"b":2}})", "M: key \"b\" appears twice", "E0141"},
      {head + R"("version":"a\u0000b"})", "M: a string holds a NUL character", "E0141"},
      {head + "\"version\":\"\xff\"}", "M:1:36: not JSON: ill-formed UTF-8 byte", "E0141"},
      {R"({"streamz":2})", "M: manifest format 2, this streamz reads 1", "E0142"},
      {"{}", "M: no key \"streamz\": this streamz reads manifest format 1", "E0142"},
      {R"({"streamz":1,"streamz_min":2})", "M: unknown key \"streamz_min\"", "E0141"},
      {head + R"("requires":{"streamz":">=99.1"},"entry_points":{}})", "M: needs streamz 99.1 or newer, this is ",
       "E0142"},
      {head + R"("requires":{"streamz":">=99.1"},"entry_points":{},"library":7})",
       "M: needs streamz 99.1 or newer, this is ", "E0142"},
      {head + R"("requires":{"streamz":"1"},"entry_points":{}})", "M: /requires/streamz: \"1\" is not \">=VERSION\"",
       "E0141"},
      {head + R"("requires":{"streamz":">=x"},"entry_points":{}})", "M: /requires/streamz: \"x\" is not a version",
       "E0141"},
      {R"({"streamz":1,"name":"q"})", "M: describes package q, so it must be called q.json", "E0141"},
      {R"({"streamz":1,"name":"a b"})", "M: package name \"a b\": use letters, digits and _", "E0143"},
      {R"({"streamz":1,"name":"../p"})", "M: package name \"../p\" must be a plain name", "E0144"},
      {entries("\"a = p:A\",\"a = p:B\""), "M: entry point name \"a\" appears twice", "E0143"},
      {entries("\"a = q:A\""), "M: \"a = q:A\" names package q, this is the manifest of p", "E0143"},
      {entries("\"re peat = p:A\""), "M: entry point name \"re peat\": use letters, digits, _ and -", "E0143"},
      {head + R"("library":"../../tmp/x.so","entry_points":{}})",
       "M: library \"../../tmp/x.so\" must be a plain file name", "E0144"},
      {head + R"("library":"/tmp/x.so","entry_points":{}})", "M: library \"/tmp/x.so\" must be a plain file name",
       "E0144"},
      {head + R"("entry_points":{},"stages":{"a":{"params":[{"name":"n","types":["long"]}]}}})",
       "M: /stages/a/params/0/types: unknown type \"long\"", "E0141"},
      {head + R"("entry_points":{},"stages":{"a":{"stateless":1}}})",
       "M: /stages/a/stateless must be a boolean, is a number", "E0141"},
      {head + R"("entry_points":{},"stages":{"a":{"params":[{"name":"n"}]}}})",
       "M: /stages/a/params/0 needs a name and types", "E0141"},
  };
  const PluginFolder folder;
  for (const Case& c : cases) {
    INFO(c.text.substr(0, 200));
    std::string code;
    const std::string problem = problem_of(folder, c.text, &code);
    CHECK_THAT(problem, Catch::Matchers::StartsWith(c.problem));
    CHECK(code == c.code);
  }
}

TEST_CASE("a manifest that cannot be read says why") {
  const PluginFolder folder;
  CHECK(std::string(read_manifest(folder.path / "none.json").broken->what()) ==
        "cannot read " + (folder.path / "none.json").string() + ": No such file or directory");
  const auto fifo = folder.path / "fifo.json";
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(std::string(read_manifest(fifo).broken->what()) == fifo.string() + ": not a regular file");
}

TEST_CASE("the entry point grammar") {
  struct Good {
    std::string text, name, package, class_name;
  };
  const Good good[] = {{"repeat = pkg:RepeatNode", "repeat", "pkg", "RepeatNode"},
                       {"\tre-peat=pkg : ns::Repeat ", "re_peat", "pkg", "ns::Repeat"},
                       {"_r9 = _p1:a.b::c", "_r9", "_p1", "a::b::c"},
                       {std::string(64, 'a') + " = p:1", std::string(64, 'a'), "p", "1"}};
  for (const Good& g : good) {
    INFO(g.text);
    const EntryPoint point = parse_entry_point(g.text);
    CHECK(point.name == g.name);
    CHECK(point.package == g.package);
    CHECK(point.class_name == g.class_name);
  }

  const auto problem = [](const std::string& text) -> std::string {
    try {
      parse_entry_point(text);
    } catch (const Error& error) {
      return error.code + " " + error.what();
    }
    return "fine";
  };
  for (const std::string text :
       {"repeat streamz:X", "repeat = RepeatNode", "repeat = p:", "repeat = :X", "", "repeat = p:X:", "repeat = p:.X",
        "repeat = p:X Y", "repeat = ../p:X", "repeat = 9p:X", "repeat = p:X [extra]", "repeat = p:a:b"}) {
    CHECK(problem(text) == "E0143 \"" + text + "\" is not NAME = PACKAGE:CLASS");
  }
  for (const std::string name : {"re peat", "!x", "", "9a", "-a", "a.b"}) {
    CHECK(problem(name + " = p:X") == "E0143 entry point name \"" + name + "\": use letters, digits, _ and -");
  }
  CHECK(problem("a\x01 = p:X") == "E0143 entry point name \"a\\x01\": use letters, digits, _ and -");
  CHECK_THAT(problem(std::string(65, 'a') + " = p:X"), Catch::Matchers::EndsWith(": at most 64 characters"));
  for (const std::string name :
       {"run", "check", "explain", "graph", "plugins", "help", "test", "completion", "version"}) {
    CHECK(problem(name + " = p:X") == "E0153 \"" + name + "\" is a streamz command");
  }
}

TEST_CASE("a spec survives its JSON") {
  StageSpec spec;
  spec.summary = "a \"summary\"\n";
  spec.details = "More.";
  spec.inputs = {"left", "right"};
  spec.outputs = {"", "else"};
  spec.any_inputs = spec.stateless = spec.blocks = spec.effects = true;
  spec.examples = {{"$NAME 2", "7", "7 7"}};
  spec.state = "at most N records";
  Param param;
  param.name = "window";
  param.doc = "how long";
  param.types = {Type::integer, Type::duration, Type::enumeration};
  param.value = "1m30s";
  param.one_of = {"session"};
  param.min = 0;
  param.max = 1.5;
  param.positional = param.required = param.repeats = param.list = true;
  spec.params = {param};

  const std::string text = spec_to_json(spec);
  CHECK(text == R"({"summary":"a \"summary\"\n","details":"More.","params":[{"name":"window","doc":"how long",)"
                R"("types":["integer","duration","enum"],"value":"1m30s","one_of":["session"],"min":0.0,"max":1.5,)"
                R"("positional":true,"required":true,"repeats":true,"list":true}],"inputs":["left","right"],)"
                R"("outputs":["","else"],"any_inputs":true,"examples":[{"chain":"$NAME 2","in":"7","out":"7 7"}],)"
                R"("state":"at most N records","stateless":true,"blocks":true,"effects":true})");
  const StageSpec again = spec_from_json(text);
  CHECK(spec_to_json(again) == text);
  CHECK(again.params[0].types == param.types);
  CHECK(again.params[0].max == param.max);
  CHECK(again.examples[0].out == "7 7");

  for (const Builtin& stage : builtin_stages()) {
    INFO(stage.name);
    CHECK(spec_from_json(spec_to_json(stage.type->spec())) == stage.type->spec());
  }

  const StageSpec empty = spec_from_json("{}");
  CHECK(spec_to_json(empty) == R"({"summary":""})");
  CHECK(empty.inputs == std::vector<std::string>{""});
  CHECK_THROWS_WITH(spec_from_json("["), Catch::Matchers::StartsWith("its description is not JSON: "));
  CHECK_THROWS_WITH(spec_from_json("[]"), "its description must be an object, is an array");
  CHECK_THROWS_WITH(spec_from_json(R"({"params":7})"), "its description/params must be an array, is a number");
}
