// SPDX-License-Identifier: Apache-2.0
// The printer of diagnostics, the table of codes, "did you mean".
#include "error.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <set>

#include "catch.h"

using namespace streamz;

TEST_CASE("secrets are masked") {
  CHECK(masked("from_kafka t conf=sasl.password=geheim! count") == "from_kafka t conf=sasl.password=******* count");
  CHECK(masked("conf='ssl.key.password=a b',x=1 PASSWORD=\"\u00fc1\"") ==
        "conf='ssl.key.password=* b',x=1 PASSWORD=\"**\"");
  CHECK(masked(R"({"conf":["sasl.oauthbearer.client.secret=abc"]})") ==
        R"({"conf":["sasl.oauthbearer.client.secret=***"]})");
  CHECK(masked("map .password == 1") == "map .password == 1");
  CHECK(masked("filter .password==1 ! map .x") == "filter .password==1 ! map .x");
  CHECK(masked("").empty());
  Diagnostic what;
  what.message = "no";
  what.span = {0, 3};
  CHECK(to_text(what, "abc conf=sasl.password=x1").find("x1") == std::string::npos);
}

TEST_CASE("a diagnostic is printed with the chain, a caret, notes and the fix") {
  Diagnostic problem;
  problem.code = "E0101";
  problem.message = "no stage named `fliter`";
  problem.span = {13, 19};
  problem.label = "did you mean `filter`?";
  problem.note("help", "streamz plugins list");
  problem.fix = "from_stdin ! filter .ok";
  CHECK(to_text(problem, "from_stdin ! fliter .ok") ==
        "error[E0101]: no stage named `fliter`\n"
        "  | from_stdin ! fliter .ok\n"
        "  |              ^^^^^^ did you mean `filter`?\n"
        "  = help: streamz plugins list\n"
        "  = fix:  from_stdin ! filter .ok\n");
}

TEST_CASE("a fix comes before its alternative, a label without a place becomes help, warnings say so") {
  Diagnostic problem;
  problem.code = "W0203";
  problem.message = "m";
  problem.label = "l";
  problem.note("or, if jq was meant", "b").fix = "a";
  CHECK(to_text(problem, "c") == "warning[W0203]: m\n  = help: l\n  = fix:  a\n  = or, if jq was meant:  b\n");
  problem.code.clear();
  CHECK(to_text(problem, "c").substr(0, 9) == "error: m\n");
}

TEST_CASE("of several lines the one of the span is shown") {
  struct Row {
    const char* chain;
    Span span;
    const char* excerpt;
  };
  const Row rows[] = {
      {"map .a\n! fliter .b\n! count", {9, 15}, "  | ! fliter .b\n  |   ^^^^^^\n"},
      {"ab\ncd", {0, 5}, "  | ab\n  | ^^\n"},                // to the end of the line
      {"ab\ncd", {3, 4}, "  | cd\n  | ^\n"},                 // the first byte of a line
      {"ab\ncd", {2, 3}, "  | ab\n  |   ^\n"},               // the newline itself
      {"é ü x", {6, 7}, "  | é ü x\n  |     ^\n"},           // columns are code points
      {"é ü x", {0, 2}, "  | é ü x\n  | ^\n"},               //
      {"a\tb\x1b\xff x", {2, 3}, "  | a b?? x\n  |   ^\n"},  // nothing a terminal would act on
      {"\xc2\x9b x", {3, 4}, "  | ? x\n  |   ^\n"},
  };
  for (const Row& row : rows) {
    Diagnostic problem;
    problem.span = row.span;
    CHECK(to_text(problem, row.chain) == std::string("error: \n") + row.excerpt);
  }
}

TEST_CASE("of a fix of several lines those that change are shown") {
  Diagnostic problem;
  problem.fix = "a\nB\nc\n";
  CHECK(to_text(problem, "a\nb\nc\n") == "error: \n  = fix:  B\n");
  problem.fix = "a\nB\nC\nd";
  CHECK(to_text(problem, "a\nb\nc\nd") == "error: \n  = fix:  B\n          C\n");
}

TEST_CASE("colour is for the eye alone") {
  Diagnostic problem;
  problem.code = "E0001";
  problem.message = "m";
  problem.span = {0, 1};
  std::string painted = to_text(problem, "x", true);
  CHECK(painted.find("\x1b[1;31merror[E0001]\x1b[0m") == 0);
  for (std::size_t at = painted.find('\x1b'); at != std::string::npos; at = painted.find('\x1b')) {
    painted.erase(at, painted.find('m', at) + 1 - at);
  }
  CHECK(painted == to_text(problem, "x", false));
}

TEST_CASE("as JSON one object a line") {
  Diagnostic problem;
  problem.code = "E0101";
  problem.message = "no stage named `fl\xffiter`";
  problem.span = {9, 15};
  problem.label = "l";
  problem.note("help", "h").fix = "f";
  CHECK(to_json(problem, "map .ü\n! fliter") ==
        R"({"code":"E0101","severity":"error","message":"no stage named `fl�iter`","line":2,"column":2,"begin":9,)"
        R"("end":15,"label":"l","notes":[{"kind":"help","text":"h"}],"fix":"f"})");
  CHECK(to_json(Diagnostic{"W0142", "m", {}, "", {}, ""}, "") ==
        R"({"code":"W0142","severity":"warning","message":"m","line":null,"column":null,"begin":null,"end":null,)"
        R"("label":"","notes":[],"fix":null})");
}

namespace {

// What print() writes to standard error.
std::string printed(const Problems& problems, ErrorFormat format) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  std::fflush(stderr);
  const int saved = dup(2);
  dup2(ends[1], 2);
  print(problems, format, false);
  std::fflush(stderr);
  dup2(saved, 2);
  close(saved);
  close(ends[1]);
  char buffer[4096];
  const ssize_t size = read(ends[0], buffer, sizeof buffer);
  close(ends[0]);
  return {buffer, static_cast<std::size_t>(size)};
}

}  // namespace

TEST_CASE("problems are printed in the order of their place, those without one last") {
  Problems problems;
  problems.text = "a b";
  problems.add("E0003", "nowhere");
  problems.add("E0002", "second", {2, 3});
  CHECK(problems.has_errors());
  problems.add("W0203", "first", {0, 1});
  CHECK(printed(problems, ErrorFormat::text) ==
        "warning[W0203]: first\n  | a b\n  | ^\nerror[E0002]: second\n  | a b\n  |   ^\nerror[E0003]: nowhere\n");
  const std::string lines = printed(problems, ErrorFormat::json);
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 3);
  CHECK(lines.find("{\"code\":\"W0203\"") == 0);
}

TEST_CASE("warnings are no errors") {
  Problems problems;
  problems.add("W0203", "w");
  CHECK_FALSE(problems.has_errors());
}

TEST_CASE("every code has a meaning, and none stands twice") {
  std::set<std::string> seen;
  for (const CodeInfo& row : code_table()) {
    INFO(row.code);
    CHECK(seen.insert(row.code).second);
    CHECK(std::string(row.meaning).size() > 20);
    CHECK(std::string(row.meaning).back() == '.');
    CHECK(find_code(row.code) == &row);
  }
  CHECK(find_code("E9999") == nullptr);
  CHECK(find_code("E0101")->type == std::string("UnknownStage"));
}

TEST_CASE("the nearest name") {
  const std::vector<std::string> names = {"filter", "flatten", "map", "count", "from_file", "id"};
  const std::pair<const char*, const char*> rows[] = {
      {"fliter", "filter"}, {"filtre", "filter"}, {"conut", "count"},        {"cuont", "count"}, {"mpa", "map"},
      {"mop", "map"},       {"moo", ""},          {"fromfile", "from_file"}, {"xyzzy", ""},      {"", ""},
      {"i", "id"},          {"xy", ""},           {"form_fil", "from_file"}, {"fm_fil", ""},
  };
  for (const auto& [word, expected] : rows) CHECK(nearest(word, names) == expected);
}

TEST_CASE("foreign text is shown without harm") {
  CHECK(printable("a\nb\t\x1b[1m\x7f") == "a\\nb\\t\\x1b[1m\\x7f");
  CHECK(printable("\xff\xc3\xa9\xed\xa0\x80\xc2\x9b") == "\\xffé\\xed\\xa0\\x80\\xc2\\x9b");
  CHECK(printable("abcdef", 3) == "abc…");
  CHECK(printable("abc", 3) == "abc");
  CHECK(printable("aé", 2) == "a…");  // never half a character
}

TEST_CASE("line and column count from 1, in code points") {
  CHECK(line_and_column("ab", 0).column == 1);
  CHECK(line_and_column("é\nü x", 6).line == 2);
  CHECK(line_and_column("é\nü x", 6).column == 3);
}
