// SPDX-License-Identifier: Apache-2.0
#include "help.h"

#include <fmt/format.h>

#include <algorithm>

#include "catch.h"
#include "cli.h"
#include "error.h"

using namespace streamz;

namespace {

// An entry of a plugin, so that its spec is what the test says.
Entry entry_of(const StageSpec& spec) {
  Manifest manifest;
  manifest.package = "shapes";
  manifest.version = "1.2";
  manifest.stages.emplace_back("trim", spec);
  Entry entry;
  entry.name = "trim";
  entry.package = "shapes";
  entry.manifest = std::make_shared<const Manifest>(manifest);
  return entry;
}

Param param(const char* name, Type type) {
  Param made;
  made.name = name;
  made.doc = std::string("the ") + name;
  made.types = {type};
  return made;
}

StageSpec trim_spec() {
  StageSpec spec;
  spec.summary = "cut records";
  spec.details = "First paragraph.\n\nSecond paragraph.";
  Param program = param("expr", Type::expr);
  program.positional = program.required = true;
  Param count = param("n", Type::integer);
  count.positional = true;
  count.min = 1;
  count.value = "10";
  Param mode = param("mode", Type::enumeration);
  mode.one_of = {"left", "right"};
  mode.value = "left";
  Param files = param("file", Type::path);
  files.positional = files.repeats = files.list = files.required = true;
  spec.params = {program, count, mode, files, param("deep", Type::boolean)};
  spec.outputs = {"", "else"};
  spec.state = "at most n records";
  spec.examples = {{"$NAME .a != 3", R"({"a": 1} 2)", "1 2"}, {"$NAME . > 1 ! count", "7", "1"}};
  return spec;
}

std::vector<std::string> candidates(std::vector<std::string> words) {
  SearchPath built_in;
  built_in.no_plugins = true;
  const std::string text = complete(words, Index(built_in));
  std::vector<std::string> found;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    found.push_back(text.substr(at, text.find_first_of("\t\n", at) - at));
  }
  return found;
}

bool has(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

TEST_CASE("a usage line shows what may be left out") {
  const std::string line = usage_line(entry_of(trim_spec()));
  CHECK_THAT(line, Catch::StartsWith("trim EXPR [[n=]N] [mode=left|right] "));
  CHECK_THAT(line, Catch::Contains(" [file=]PATH… "));
  CHECK_THAT(line, Catch::EndsWith("[name=]"));
}

TEST_CASE("a second name does not show what it presets") {
  Entry entry = entry_of(trim_spec());
  entry.preset = {{"mode", "right"}};
  CHECK_THAT(usage_line(entry), !Catch::Contains("mode="));
}

TEST_CASE("the examples of a second name are the real stage's") {
  Entry entry = entry_of(trim_spec());
  entry.same_as = "slice";
  CHECK(shell_example(entry, {"$NAME 1", "7", ""}).first == "echo 7 | streamz slice 1");
}

TEST_CASE("help of a stage") {
  const std::string text = stage_help(entry_of(trim_spec()));
  for (const char* part :
       {"trim - cut records", "node, shapes 1.2", "First paragraph.\n\nSecond paragraph.\n",
        "the n (at least 1; default 10)", "the mode (default left)", "X.else", "holds    at most n records",
        "printf '%s\\n' '{\"a\": 1}' 2 | streamz trim .a != 3\n  1\n  2\n", "echo 7 | streamz 'trim . > 1 ! count'",
        "on_error=POLICY"}) {
    CHECK_THAT(text, Catch::Contains(part));
  }
  std::size_t longest = 0;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    longest = std::max(longest, text.find('\n', at) - at);
  }
  CHECK(longest <= 100);
}

TEST_CASE("help of an argument") {
  const Entry entry = entry_of(trim_spec());
  CHECK_THAT(argument_help(entry, "n"), Catch::StartsWith("trim n=N\n  the n\n  at least 1; default 10\n"));
  CHECK_THAT(argument_help(entry, "mode="), Catch::StartsWith("trim mode=left|right\n  the mode\n  default left\n"));
  CHECK_THROWS_WITH(argument_help(entry, "mod"), "`trim` has no argument `mod`");
  try {
    argument_help(entry, "mod");
  } catch (const Error& error) {
    CHECK(error.hint == "did you mean `mode`?");
  }
}

TEST_CASE("a chain of an example survives the shell") {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"count", "streamz count"},
      {"map '.a | length'", "streamz map '.a | length'"},
      {"map .a|length", "streamz 'map .a|length'"},
      {"map (.a) ! pluck 'x'", "streamz 'map (.a) ! pluck '\\''x'\\'''"},
  };
  const Entry entry = entry_of(trim_spec());
  for (const auto& [chain, shown] : table) CHECK(shell_example(entry, {chain, "", ""}).first == shown);
}

TEST_CASE("text is wrapped at 80 columns, in columns") {
  const std::string text = wrap(std::string(60, 'a') + " " + std::string(30, 'b') + "\n\nc d\ne", 2);
  CHECK(text == "  " + std::string(60, 'a') + "\n  " + std::string(30, 'b') + "\n\n  c d e\n");
  CHECK(two_columns({{"a", "one"}, {"long", "two"}}) == "  a     one\n  long  two\n");
  CHECK(two_columns({{"a", ""}, {std::string(30, 'x'), "y"}}) == "  a\n  " + std::string(30, 'x') + "\n     y\n");
}

TEST_CASE("the help of the program leads with five examples and has every option and command") {
  const std::string text = program_help();
  CHECK(text.find("usage:") > text.find("\n  tail -f"));
  for (const OptionRow& row : option_rows()) {
    if (*row.doc != '\0' && row.belongs_to("run")) {
      CHECK_THAT(text, Catch::Contains(option_names(row.names, row.value)));
    }
  }
  for (const CommandRow& row : command_rows()) {
    CHECK_THAT(text, Catch::Contains(row.name));
    CHECK_THAT(command_help(row.name), Catch::Contains(row.doc));
  }
  CHECK(command_help("nothing").empty());
}

TEST_CASE("help of codes") {
  CHECK_THAT(code_help("E0110"), Catch::StartsWith("E0110"));
  CHECK(code_help("E9999").empty());
  for (const CodeInfo& info : code_table()) CHECK_THAT(errors_help(), Catch::Contains(info.code));
}

TEST_CASE("completion") {
  CHECK(has(candidates({"fil"}), "filter"));
  CHECK(has(candidates({"ch"}), "check"));
  CHECK(has(candidates({"check", "fil"}), "filter"));
  CHECK_FALSE(has(candidates({"check", "ch"}), "check"));
  CHECK(has(candidates({"seq", "3", "!", "co"}), "count"));
  CHECK(has(candidates({"count", "em"}), "emit="));
  CHECK(has(candidates({"count", "emit=f"}), "emit=final"));
  CHECK_FALSE(has(candidates({"count", "emit=final", "em"}), "emit="));
  CHECK(has(candidates({"agg", "n=co"}), "n=count"));
  CHECK(has(candidates({"agg", "n=count", "window=s"}), "window=session"));
  CHECK_FALSE(has(candidates({"agg", "window=co"}), "window=count"));
  CHECK_FALSE(has(candidates({"agg", "OU"}), "OUT="));
  CHECK(has(candidates({"-q", "--limit", "3", "cou"}), "count"));
  CHECK(has(candidates({"--raw"}), "--raw-input"));
  CHECK(has(candidates({"--color="}), "--color=never"));
  CHECK(has(candidates({"--color", ""}), "always"));
  CHECK(has(candidates({"plugins", "--ki"}), "--kind=sink"));
  CHECK(has(candidates({"plugins", "show", "fil"}), "filter"));
  CHECK(has(candidates({"help", "syn"}), "syntax"));
  CHECK(has(candidates({"help", "count", ""}), "emit"));
  CHECK(candidates({"-f", ""}).empty());
  CHECK(candidates({"-f", "x.sz", ""}).empty());
  CHECK_THROWS_WITH(completion("tcsh"), "no completion for the shell `tcsh`");
}

TEST_CASE("the manual fills its holes and refuses unknown ones") {
  SearchPath built_in;
  built_in.no_plugins = true;
  const Index index(built_in);
  const std::string page = manual(".TH X 7\n@STAGES@\n@OPTIONS@\n", index);
  CHECK_THAT(page, Catch::StartsWith(".TH X 7\n.SH SOURCES\n"));
  for (const Entry& entry : index.all()) CHECK_THAT(page, Catch::Contains("\n.SS " + entry.name));
  CHECK_THAT(page, Catch::Contains("\\-\\-max\\-line"));
  CHECK_THROWS_WITH(manual("@NOTHING@\n", index), "the manual has a hole that nobody fills: @NOTHING@");
}

TEST_CASE("the list of stages") {
  SearchPath built_in;
  built_in.no_plugins = true;
  const Index index(built_in);
  const std::string text = plugins_list(index, Kind::sink, false, false);
  CHECK_THAT(text, Catch::StartsWith("KIND    NAME"));
  CHECK_THAT(text, Catch::Contains("sink    to_file"));
  CHECK_THAT(text, !Catch::Contains("node "));
  CHECK_THAT(text, Catch::EndsWith("0 packages from 0 directories\n"));
  const std::string shown = plugins_show(entry_of(trim_spec()), false);
  CHECK_THAT(shown, Catch::Contains("trim - cut records"));
  CHECK_THAT(plugins_show(entry_of(trim_spec()), true), Catch::Contains("\"summary\": \"cut records\""));
}
