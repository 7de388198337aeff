// SPDX-License-Identifier: Apache-2.0
#include "expr/expr.h"

#include <unistd.h>

#include <cstdio>
#include <memory>
#include <thread>

#include "catch.h"

using namespace streamz;
using namespace std::string_literals;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

struct Free {
  void operator()(detail::Program* program) const { detail::free_program(program); }
};
using Compiled = std::unique_ptr<detail::Program, Free>;

bool append(void* context, JsonText result) {
  auto& text = *static_cast<std::string*>(context);
  if (!text.empty()) text += ' ';
  text += result.text;
  return true;
}

// The results, or after those that came before it "! " and the error.
std::string run(const Compiled& program, std::string_view input) {
  std::string results;
  try {
    detail::run(program.get(), Record(input, nullptr), append, &results);
  } catch (const Error& error) {
    results += (results.empty() ? "! " : " ! ") + std::string(error.what());
  }
  return results;
}

std::string run(std::string_view program, std::string_view input) {
  return run(Compiled(detail::compile(program)), input);
}

std::string key(std::string_view program, std::string_view input) {
  std::string text = "left from before";
  detail::key(Compiled(detail::compile(program)).get(), Record(input, nullptr), text);
  return text;
}

// What the native engine does not have makes libjq run all of it.
std::string in_libjq(const std::string& program) { return "def unused: get_search_list; " + program; }

// "CODE `what is marked` message | hint"
std::string refusal(const std::string& program) {
  try {
    Compiled(detail::compile(program));
  } catch (const detail::ProgramError& error) {
    const std::string text = error.what();
    return error.code + " [" + program.substr(error.begin, error.end - error.begin) + "]@" +
           std::to_string(error.begin) + " " + text + (error.hint.empty() ? "" : " | " + error.hint);
  }
  return "compiles";
}

}  // namespace

TEST_CASE("programs give jq's results", "[expr]") {
  struct Case {
    const char *program, *input, *results;
  };
  const Case cases[] = {
      {".", "1", "1"},
      {".", " [ 1 , 2 ] ", "[1,2]"},
      {".", "\"\"", "\"\""},
      {".", "true", "true"},
      {".a", R"({"a":{"z":1,"b":2}})", R"({"z":1,"b":2})"},
      {".[]", "[1,\"x\",null]", "1 \"x\" null"},
      {"empty", "1", ""},
      {".a, .b", "{\"a\":1}", "1 null"},
      {"def f(x): x + 1; f(.a)", "{\"a\":1}", "2"},
      {". # a comment", "1", "1"},
      {"def f: 3;\n# only a comment follows\nf # here", "1", "3"},
      {"\"\\(.a)b\"", "{\"a\":\"\\u00e9\"}",
       "\"\xC3\xA9"
       "b\""},
      {"{input: 1, halt}", "{\"halt\":2}", "{\"input\":1,\"halt\":2}"},
      {".input", "{\"input\":2}", "2"},
      {"def input: 5; input", "null", "5"},
      {"def f(halt): halt; f(6)", "null", "6"},
      {"@base64 \"\\(.)\"", "\"a\"", "\"YQ==\""},
      {"$__loc__.line", "null", "1"},
      {"$ENV | type", "null", "\"object\""},
      {"try error(\"x\") catch .", "null", "\"x\""},
      {"1.0, 1e3, 100000000000000000000", "null", "1 1000 1e+20"},
  };
  for (const Case& c : cases) {
    INFO(c.program);
    CHECK(run(c.program, c.input) == c.results);
  }
}

TEST_CASE("the caller may stop after any result, and run again", "[expr]") {
  const Compiled program(detail::compile("range(1e9)"));
  const Record x("null", nullptr);
  for (int round = 0; round < 2; ++round) {
    int left = 3;
    const auto count = [](void* context, JsonText) { return --*static_cast<int*>(context) > 0; };
    CHECK_FALSE(detail::run(program.get(), x, count, &left));
    CHECK(left == 0);
  }
  const Compiled two(detail::compile("1, 2"));
  std::string results;
  CHECK(detail::run(two.get(), x, append, &results));
  CHECK(results == "1 2");
}

TEST_CASE("an error of the caller passes through, and the program stays usable", "[expr]") {
  const Compiled program(detail::compile(".[]"));
  const auto fail = [](void*, JsonText) -> bool { throw Error("downstream"); };
  CHECK_THROWS_WITH(detail::run(program.get(), Record("[1]", nullptr), fail, nullptr), "downstream");
  CHECK(run(program, "[4]") == "4");
}

TEST_CASE("a program cannot be run by its own results", "[expr]") {
  static Compiled program;
  program.reset(detail::compile("."));
  const auto again = [](void* context, JsonText) {
    *static_cast<std::string*>(context) = run(program, "2");
    return true;
  };
  std::string inner;
  detail::run(program.get(), Record("1", nullptr), again, &inner);
  CHECK(inner == "! the expression is still giving results: its own stage is fed by them");
  CHECK(run(program, "3") == "3");
  program.reset();
}

TEST_CASE("variables are null until set", "[expr]") {
  const Compiled program(detail::compile("[$state, .] # with a comment"));
  CHECK(run(program, "1") == "[null,1]");
  detail::set(program.get(), "state", "{\"n\":1}");
  CHECK(run(program, "2") == "[{\"n\":1},2]");
  CHECK(run(program, "3") == "[{\"n\":1},3]");
  detail::set(program.get(), "state", "\"x\"");
  CHECK(run(program, "4") == "[\"x\",4]");
  CHECK_THROWS_WITH(detail::set(program.get(), "state", "[1"), StartsWith("is not JSON: "));
  CHECK(run(program, "5") == "[\"x\",5]");

  const Compiled without(detail::compile("."));
  detail::set(without.get(), "state", "1");
  CHECK(run(without, "6") == "6");
}

TEST_CASE("a program's own binding hides a variable", "[expr]") {
  CHECK(run("range(2) as $state | $state", "null") == "0 1");
  CHECK(run("def f($state): $state + 1; f(1)", "null") == "2");
  CHECK(run("reduce .[] as $x ($state; . + $x)", "[1,2]") == "3");
  CHECK(run("\"\\($state)\"", "null") == "\"null\"");
  CHECK(run("\"$state\"", "null") == "\"$state\"");
}

TEST_CASE("declared variables have their values in all programs", "[expr]") {
  CHECK(refusal("$limit").starts_with("E0202 "));
  detail::declare_variables({{"limit", "10"}, {"who", "\"me\""}});
  CHECK(run("[$limit, $who, $state]", "null") == "[10,\"me\",null]");
  CHECK(run("$who", "null") == "\"me\"");
}

TEST_CASE("keys are the same text for equal values", "[expr]") {
  CHECK(key(".", "1.0") == key(".", "1"));
  CHECK(key(".", "1e2") == "100");
  CHECK(key(".", "-0.0") == "0");
  CHECK(key(".", "[-0,{\"a\":-0}]") == "[0,{\"a\":0}]");
  CHECK(key(".", "[-0.5,\"-0\",1e-07,\"\\\"-0\"]") == "[-0.5,\"-0\",1e-07,\"\\\"-0\"]");
  CHECK(key(".", R"({"b":1,"a":{"d":1,"c":2}})") == R"({"a":{"c":2,"d":1},"b":1})");
  CHECK(key(".", "\"\\u0061\"") == "\"a\"");
  CHECK(key(".a, .b", R"({"a":"x","b":"y"})") == "\"x\"\n\"y\"");
  CHECK(key(".a, .b", R"({"a":"x\ny"})") == "\"x\\ny\"\nnull");
  CHECK(key("empty", "1").empty());
}

TEST_CASE("a record that fails says why in jq's words", "[expr]") {
  CHECK_THAT(run(".a.b", "{\"a\":1}"), StartsWith("! cannot index number with ") && EndsWith("\"b\""));
  CHECK(run(".[]", "1") == "! cannot iterate over number (1)");
  CHECK(run("1, error(\"No good\"), 2", "null") == "1 ! No good");
  CHECK(run("error({code: 3})", "null") == "! {\"code\":3}");
  CHECK(run("error(\"ABC\")", "null") == "! ABC");
  CHECK(run("test(\"(\")", "\"a\"") == "! Regex failure: end pattern with unmatched parenthesis");
}

TEST_CASE("a record that libjq would change fails", "[expr]") {
  const std::string rounds = ", which libjq 1.6 would round";
  for (const std::string number : {"12345678901234567890", "9007199254740993", "-9007199254740993",
                                   "9223372036854775807", "123456789012345678", "1e400", "-1E400", "1e-400"}) {
    INFO(number);
    CHECK(run(in_libjq("."), number) == "! holds " + number + rounds);
    CHECK(run(in_libjq("1"), "{\"a\":[\"x\\\"\"," + number + "]}") == "! holds " + number + rounds);
    CHECK(run(in_libjq("1"), "{\"a\\\"" + number + "\":\"" + number + "\"}") == "1");
  }
  const std::string digits(50, '7');
  CHECK(run(in_libjq("."), digits) == "! holds " + digits.substr(0, 40) + "..." + rounds);
  for (const std::string number : {"9007199254740992", "-9007199254740991", "1000000000000000000000",
                                   "0.1234567890123456789", "1.7976931348623157e308", "5e-324", "0e999"}) {
    INFO(number);
    CHECK(run(in_libjq("true"), number) == "true");
  }
  const Compiled program(detail::compile(in_libjq("$state")));
  CHECK_THROWS_WITH(detail::set(program.get(), "state", "9007199254740993"), "holds 9007199254740993" + rounds);
}

TEST_CASE("a record that libjq cannot read fails", "[expr]") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(run(in_libjq("1"), nested(256)) == "1");
  CHECK(run(in_libjq("1"), nested(257)) == "! is nested over 256 deep, which is more than libjq 1.6 reads");
  CHECK(run(in_libjq("1"), "\"\\ud800\"") ==
        "! libjq 1.6 cannot read it: invalid \\uXXXX\\uXXXX surrogate pair escape");
  // Nothing behind the text is read, although no NUL ends it.
  const std::string longer = "[1,2]xyz";
  CHECK(run(in_libjq("."), std::string_view(longer).substr(0, 5)) == "[1,2]");
  CHECK(run(in_libjq("."), std::string_view("1234").substr(0, 2)) == "12");
}

TEST_CASE("unknown names", "[expr]") {
  CHECK(refusal("lenght") == "E0202 [lenght]@0 jq: `lenght/0` is not defined | did you mean `length`?");
  CHECK(refusal("map(lenght)") == "E0202 [lenght]@4 jq: `lenght/0` is not defined | did you mean `length`?");
  CHECK(refusal(".a |\n # c\n lenght") == "E0202 [lenght]@11 jq: `lenght/0` is not defined | did you mean `length`?");
  CHECK(refusal("{\"\xC3\xA9\": lenght}") == "E0202 [lenght]@7 jq: `lenght/0` is not defined | did you mean `length`?");
  CHECK(refusal("$state | lenght") == "E0202 [lenght]@9 jq: `lenght/0` is not defined | did you mean `length`?");
  CHECK(refusal("$state |\n\n lenght #") == "E0202 [lenght]@11 jq: `lenght/0` is not defined | did you mean `length`?");
  CHECK(refusal("\"a\\(lenght)\"") == "E0202 [lenght]@4 jq: `lenght/0` is not defined | did you mean `length`?");
  CHECK(refusal("selct(.a)") == "E0202 [selct]@0 jq: `selct/1` is not defined | did you mean `select`?");
  CHECK(refusal("def double: . * 2; duoble") ==
        "E0202 [duoble]@19 jq: `duoble/0` is not defined | did you mean `double`?");
  CHECK(refusal("length(1)") == "E0202 [length]@0 jq: `length/1` is not defined | `length` takes no arguments");
  CHECK(refusal("test") == "E0202 [test]@0 jq: `test/0` is not defined | `test` takes 1 or 2 arguments");
  CHECK(refusal("ltrimstr") == "E0202 [ltrimstr]@0 jq: `ltrimstr/0` is not defined | `ltrimstr` takes 1 argument");
  CHECK(refusal("range") == "E0202 [range]@0 jq: `range/0` is not defined | `range` takes 1, 2 or 3 arguments");
  CHECK(refusal("id") == "E0202 [id]@0 jq: `id/0` is not defined");
  CHECK(refusal("customer") == "E0202 [customer]@0 jq: `customer/0` is not defined");
  CHECK(refusal("customer(1)") == "E0202 [customer]@0 jq: `customer/1` is not defined");
  CHECK(refusal("$x") == "E0202 [$x]@0 jq: `$x` is not defined");
  CHECK(refusal(". as $total | $totl") == "E0202 [$totl]@14 jq: `$totl` is not defined | did you mean `$total`?");
  CHECK(refusal("1 + $stat") == "E0202 [$stat]@4 jq: `$stat` is not defined | did you mean `$state`?");
  CHECK(refusal("$env.HOME") == "E0202 [$env]@0 jq: `$env` is not defined | did you mean `$ENV`?");
  CHECK(refusal("_strindices(1)") == "E0202 [_strindices]@0 jq: `_strindices/1` is not defined");
  CHECK(refusal("sub(\"a\", \"b\")") == "E0202 [sub]@0 jq: `sub/1` is not defined | arguments are parted by `;`");
  CHECK(refusal("get_search_list | nope") == "E0202 [nope]@18 jq: `nope/0` is not defined | did you mean `not`?");
  CHECK(refusal("get_search_list | $nope") == "E0202 [$nope]@18 jq: `$nope` is not defined");
  CHECK(refusal("nope(get_search_list; $nope)") == "E0202 [$nope]@22 jq: `$nope` is not defined");
  CHECK(refusal("break $out") == "E0202 [break]@0 jq: the label `$out` is not defined | `label` defines one");
  CHECK(refusal(".a | @jsn") == "E0202 [@jsn]@5 jq: there is no format `@jsn` | did you mean `@json`?");
}

TEST_CASE("what cannot work in a chain", "[expr]") {
  CHECK(refusal("[., input]") == "E0202 [input]@4 jq: `input/0` is not available | records come from the chain");
  CHECK(refusal("first(inputs)") == "E0202 [inputs]@6 jq: `inputs/0` is not available | records come from the chain");
  CHECK(refusal("input_line_number") ==
        "E0202 [input_line_number]@0 jq: `input_line_number/0` is not available | records come from the chain");
  CHECK(refusal("{a: input_filename}") ==
        "E0202 [input_filename]@4 jq: `input_filename/0` is not available | records come from the chain");
  CHECK(refusal("halt") == "E0202 [halt]@0 jq: `halt/0` is not available | a chain ends with its input");
  CHECK(refusal("halt_error(1)") ==
        "E0202 [halt_error]@0 jq: `halt_error/1` is not available | a chain ends with its input; "
        "for a failed record use `error`");
}

TEST_CASE("what a newer jq has is native, and not to be had together with libjq", "[expr]") {
  const auto refused = [](const std::string& program, const std::string& marked, const std::string& words) {
    CHECK(refusal(in_libjq(program)).starts_with("E0203 [" + marked + "]@"));
    CHECK(refusal(in_libjq(program)).ends_with(words));
  };
  refused("pick(.a)", "pick", "jq: `pick/1` needs jq 1.7, this libjq is 1.6 | `get_search_list/0` runs in libjq");
  refused("abs", "abs", "jq: `abs/0` needs jq 1.7, this libjq is 1.6 | `get_search_list/0` runs in libjq");
  refused("trimstr(\"a\")", "trimstr",
          "jq: `trimstr/1` needs jq 1.8, this libjq is 1.6 | `get_search_list/0` runs in libjq");
  refused("@urid", "@urid", "jq: `@urid` needs jq 1.8, this libjq is 1.6 | `get_search_list/0` runs in libjq");
  refused("@base32d \"\\(.)\"", "@base32d",
          "jq: `@base32d` needs jq 1.7, this libjq is 1.6 | `get_search_list/0` runs in libjq");
  refused(
      "1 + 2 as $x | $x", "1 + 2",
      "jq: an operator before `as` needs jq 1.8, this libjq is 1.6 | put it in brackets; `get_search_list/0` runs in "
      "libjq");
  refused("if . then 1 end", "get_search_list",
          "jq: `get_search_list/0` needs libjq, and this libjq is 1.6: syntax error, unexpected end");
  for (const char* const program : {"pick(.a)",
                                    "abs",
                                    "toarray",
                                    "have_decnum",
                                    "have_literal_numbers",
                                    "trim",
                                    "ltrim",
                                    "rtrim",
                                    "trimstr(\"a\")",
                                    "skip(1; .[])",
                                    "add(.[])",
                                    "debug(1)",
                                    "scan(\"a\"; \"g\")",
                                    "@base32d",
                                    "@urid \"\\(.)\"",
                                    "if .a then 1 end",
                                    "if .a then 1 elif .b then 2 end",
                                    ".a.[0]",
                                    ". as $x | {$x: 1}",
                                    ". as $end | 1"}) {
    INFO(program);
    CHECK(refusal(program) == "compiles");
  }
}

TEST_CASE("slips in the syntax", "[expr]") {
  CHECK(refusal(".a == 'b'") == "E0201 ['b']@6 jq: a single quote in the program | jq strings use double quotes");
  CHECK(refusal("don't") == "E0201 [']@3 jq: a single quote in the program | jq strings use double quotes");
  CHECK(refusal("1) | (2") == "E0201 [)]@1 jq: `)` closes nothing");
  CHECK(refusal("$state | 1) | (2") == "E0201 [)]@10 jq: `)` closes nothing");
  CHECK(refusal("{a: [1}") == "E0201 [}]@6 jq: `}` does not close the `[` | expected `]` first");
  CHECK(refusal("map(.a") == "E0201 [(]@3 jq: `(` is not closed");
  CHECK(refusal("\"a\\(1") == "E0201 [(]@3 jq: `(` is not closed");
  CHECK(refusal(". + \"abc") == "E0201 [\"abc]@4 jq: a string is not closed");
  CHECK(refusal("\"a\\(1)b") == "E0201 [\"a\\(1)b]@0 jq: a string is not closed");
  CHECK(refusal(".\0.a"s) == "E0201 [\0]@1 jq: a NUL byte in the program"s);
  CHECK(refusal(".a |") == "E0201 [|]@3 jq: the program ends after `|` | a value is missing");
  CHECK(refusal(".a as $x") == "E0201 [$x]@6 jq: the program ends too early | expected `|`");
  CHECK(refusal("$state |") == "E0201 [|]@7 jq: the program ends after `|` | a value is missing");
  CHECK(refusal(".a .b c") == "E0201 [c]@6 jq: unexpected `c` | an operator is missing before it");
  CHECK(refusal("and 1") == "E0201 [and]@0 jq: unexpected `and` | a value is missing before it");
  CHECK(refusal(". == = 1") == "E0201 [=]@5 jq: unexpected `=` | a value is missing before it");
  CHECK(refusal(".a && .b") == "E0201 [&&]@3 jq: unexpected `&&` | jq writes `and`");
  CHECK(refusal(".a || .b") == "E0201 [||]@3 jq: unexpected `||` | jq writes `or`");
  CHECK(refusal("!.a") == "E0201 [!]@0 jq: unexpected `!` | jq negates with `| not`");
  CHECK(refusal("\xC3\xA9") ==
        "E0201 [\xC3\xA9]@0 jq: unexpected `\xC3\xA9` | such letters stand in double quotes only");
  CHECK(refusal("$1") == "E0201 [$]@0 jq: a name is missing behind `$`");
  CHECK(refusal("\"\\q\"").starts_with("E0201 [\\q]@1 jq: invalid escape | there are: "));
  CHECK(refusal("{(1): 2}") == "E0201 [(1)]@1 jq: cannot use number (1) as object key | keys are strings");
  CHECK(refusal("include \"nowhere\"; .") ==
        "E0201 [include \"nowhere\"]@0 jq: module not found: nowhere | -L DIR says where it is");
}

TEST_CASE("an empty program", "[expr]") {
  CHECK(refusal("") == "E0112 []@0 empty expression | `.` is the record itself");
  CHECK(refusal(" \n") == "E0112 [ \n]@0 empty expression | `.` is the record itself");
  CHECK(refusal("# c") == "E0112 [# c]@0 empty expression | `.` is the record itself");
}

TEST_CASE("the engine is named", "[expr]") {
  CHECK(detail::engine(Compiled(detail::compile(".")).get()) == "native");
  CHECK(detail::engine(Compiled(detail::compile("get_search_list")).get()) == "libjq 1.6 (for get_search_list/0)");
  CHECK(detail::engines() == "1.8 (native), libjq 1.6");
}

TEST_CASE("debug writes to standard error and passes its input on", "[expr]") {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  const int kept = dup(STDERR_FILENO);
  dup2(fileno(file.get()), STDERR_FILENO);
  const std::string result = run("debug | .a", "{\"a\":1}");
  dup2(kept, STDERR_FILENO);
  close(kept);
  std::rewind(file.get());
  char line[100] = {};
  REQUIRE(std::fgets(line, sizeof line, file.get()) != nullptr);
  CHECK(std::string(line) == "[\"DEBUG:\",{\"a\":1}]\n");
  CHECK(result == "1");
}

TEST_CASE("programs in several threads do not disturb each other", "[expr]") {
  std::vector<std::string> results(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < results.size(); ++i) {
    threads.emplace_back([&results, i] {
      const Compiled program(detail::compile("[.[] | . * 1.5] | add | tostring"));
      for (int round = 0; round < 500; ++round) results[i] = run(program, "[0.1,2.25,1e10]");
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& result : results) CHECK(result == "\"15000000003.525\"");
}
