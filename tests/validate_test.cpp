// SPDX-License-Identifier: Apache-2.0
#include "validate.h"

#include <vector>

#include "catch.h"

using namespace streamz;
using namespace std::string_literals;

namespace {

const std::vector<std::string> kGood = {
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "-1",
    "10",
    "1.5",
    "-1.5e10",
    "1E+2",
    "1e-2",
    "0.0",
    "0e0",
    "1e400",
    "-1e-400",
    "12345678901234567890123456789012345678901234567890",
    "0.1234567890123456789",
    "\"\"",
    "\"a\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\udc00x\"",
    "\"\\uD834\\uDD1E\"",
    R"("\"\\\/\b\f\n\r\t")",
    "\"/\"",
    "\"'\"",
    "\"\x7F\"",
    "\"\xC2\x80\"",
    "\"\xDF\xBF\"",
    "\"\xE0\xA0\x80\"",
    "\"\xED\x9F\xBF\"",
    "\"\xEE\x80\x80\"",
    "\"\xEF\xBB\xBF\"",
    "\"\xEF\xBF\xBF\"",
    "\"\xF0\x90\x80\x80\"",
    "\"\xF4\x8F\xBF\xBF\"",
    "[]",
    "{}",
    "[ ]",
    "{ }",
    "[1]",
    "[1,2]",
    "[ 1 , 2 ]",
    "[[],[[]],{}]",
    "[null,true,false]",
    "{\"a\":1}",
    "{\"a\":1,\"a\":2}",
    "{\"\":\"\"}",
    " {\t\"a\"\n:\r1 } ",
    "{\"a\":{\"b\":[{\"c\":null}]}}",
    "\n1\n",
    "[\"//\",\"#\",\"NaN\"]",
    "[1e1,-0.5,[2]]",
    "{\"a\":[1,{\"b\":[]},\"]\"]}",
};

struct Bad {
  std::string text;
  const char* what;
  std::size_t offset;
};
const std::vector<Bad> kBad = {
    // nothing, or too little
    {"", "there is no value", 0},
    {" \t\r\n", "there is no value", 4},
    {"[", "the text ends inside an array", 1},
    {"[1", "the text ends inside an array", 2},
    {"[1,", "the text ends inside an array", 3},
    {"{", "the text ends inside an object", 1},
    {"{\"a\"", "the text ends inside an object", 4},
    {"{\"a\":", "the text ends inside an object", 5},
    {"{\"a\":1", "the text ends inside an object", 6},
    {"{\"a\":1,", "the text ends inside an object", 7},
    {"{\"a\":[1}", "expected a comma or `]`", 7},
    // too much
    {"1 2", "two values on one line", 2},
    {"{\"a\":1}{\"a\":2}", "two values on one line", 7},
    {"[1] \"a\"", "two values on one line", 4},
    {"nulltrue", "`nulltrue` is not JSON", 0},
    {"[1]]", "`]` after the value", 3},
    {"{}}", "`}` after the value", 2},
    {"1,", "`,` after the value", 1},
    {"\"a\":1", "`:` after the value", 3},
    {"{} // x", "JSON has no comments", 3},
    {"1\0"s, "a control character (0x00) outside a string", 1},
    // between the values
    {"[1 2]", "expected a comma or `]`", 3},
    {"[1;2]", "expected a comma or `]`", 2},
    {"[1:2]", "expected a comma or `]`", 2},
    {"[,1]", "a value is missing before `,`", 1},
    {"[1,,2]", "a value is missing before `,`", 3},
    {"[1,]", "a comma before `]`", 3},
    {"]", "a value is missing before `]`", 0},
    {"}", "a value is missing before `}`", 0},
    {",", "a value is missing before `,`", 0},
    {"{\"a\":1 \"b\":2}", "expected a comma or `}`", 7},
    {"{\"a\":1]", "expected a comma or `}`", 6},
    {"{\"a\":1,}", "a comma before `}`", 7},
    {"{,}", "expected a key in double quotes", 1},
    {"{a:1}", "expected a key in double quotes", 1},
    {"{1:2}", "expected a key in double quotes", 1},
    {"{null:2}", "expected a key in double quotes", 1},
    {"{[]:2}", "expected a key in double quotes", 1},
    {"{'a':1}", "JSON strings use double quotes", 1},
    {"{\"a\" 1}", "expected a colon", 5},
    {"{\"a\"=1}", "expected a colon", 4},
    {"{\"a\",1}", "expected a colon", 4},
    {"{\"a\":}", "a value is missing before `}`", 5},
    {"{\"a\"::1}", "a value is missing before `:`", 5},
    {"[}", "a value is missing before `}`", 1},
    {"{]", "expected a key in double quotes", 1},
    // words
    {"NaN", "`NaN` is not JSON", 0},
    {"[NaN]", "`NaN` is not JSON", 1},
    {"nan", "`nan` is not JSON", 0},
    {"Infinity", "`Infinity` is not JSON", 0},
    {"-Infinity", "`-Infinity` is not JSON", 0},
    {"undefined", "`undefined` is not JSON", 0},
    {"True", "`True` is not JSON: write `true`", 0},
    {"{\"a\":FALSE}", "`FALSE` is not JSON: write `false`", 5},
    {"None", "`None` is not JSON: write `null`", 0},
    {"nul", "`nul` is not JSON", 0},
    {"truee", "`truee` is not JSON", 0},
    {"'a'", "JSON strings use double quotes", 0},
    {"[1,'a']", "JSON strings use double quotes", 3},
    {"// c\n1", "JSON has no comments", 0},
    {"[1 /* c */]", "JSON has no comments", 3},
    {"# c\n1", "JSON has no comments", 0},
    {"/1", "a value is missing before `/`", 0},
    {"(1)", "a value is missing before `(`", 0},
    {"`a`", "a value is missing before ```", 0},
    {"\xC3\xA9", "`\xC3\xA9` outside a string", 0},
    {"[\xE2\x80\x9C"
     "a\xE2\x80\x9D]",
     "`\xE2\x80\x9C` outside a string", 1},
    {"\xC2\xA0"
     "1",
     "`\xC2\xA0` outside a string", 0},
    {"\x0B"
     "1",
     "a control character (0x0b) outside a string", 0},
    {"[1\x0C]", "a control character (0x0c) outside a string", 2},
    {"\x7F", "a control character (0x7f) outside a string", 0},
    {"\0"s, "a control character (0x00) outside a string", 0},
    {"\xEF\xBB\xBF{}", "a byte order mark before the value", 0},
    {"\x1E{}", "a control character (0x1e) outside a string", 0},
    // numbers
    {"01", "a number has a leading zero", 0},
    {"-01", "a number has a leading zero", 0},
    {"[1,00]", "a number has a leading zero", 3},
    {"00.5", "a number has a leading zero", 0},
    {"-", "a digit is missing after `-`", 1},
    {"[-]", "a digit is missing after `-`", 2},
    {"--1", "a digit is missing after `-`", 1},
    {"-.5", "a digit is missing after `-`", 1},
    {"1.", "a digit is missing after the point", 2},
    {"[1.]", "a digit is missing after the point", 3},
    {"1.e5", "a digit is missing after the point", 2},
    {"1e", "a digit is missing in the exponent", 2},
    {"1e+", "a digit is missing in the exponent", 3},
    {"1E-x", "a digit is missing in the exponent", 3},
    {"+1", "`+1` is not JSON", 0},
    {".5", "`.5` is not JSON", 0},
    {"0x10", "`0x10` is not a number", 0},
    {"1_000", "`1_000` is not a number", 0},
    {"1.2.3", "`1.2.3` is not a number", 0},
    {"[12a]", "`12a` is not a number", 1},
    {"1n", "`1n` is not a number", 0},
    {"2020-01-01", "`2020-01-01` is not a number", 0},
    // strings
    {"\"", "a string is not closed", 0},
    {"\"a", "a string is not closed", 0},
    {"[\"a]", "a string is not closed", 1},
    {"\"a\\\"", "a string is not closed", 0},
    {"\"a\\", "a string is not closed", 0},
    {"{\"a:1}", "a string is not closed", 1},
    {"\"a\nb\"", "a control character (0x0a) inside a string: write \\u000a", 2},
    {"\"\t\"", "a control character (0x09) inside a string: write \\u0009", 1},
    {"\"\x01\"", "a control character (0x01) inside a string: write \\u0001", 1},
    {"\"\0\""s, "a control character (0x00) inside a string: write \\u0000", 1},
    {"\"\x1F\"", "a control character (0x1f) inside a string: write \\u001f", 1},
    {"{\"a\x02\":1}", "a control character (0x02) inside a string: write \\u0002", 3},
    {"\"\\q\"", "`\\q` is not an escape", 1},
    {"\"\\'\"", "`\\'` is not an escape", 1},
    {"\"\\x41\"", "`\\x` is not an escape", 1},
    {"\"\\U0041\"", "`\\U` is not an escape", 1},
    {"\"\\\n\"", "a backslash before no escape", 1},
    {"\"\\u\"", "\\u needs four hexadecimal digits", 1},
    {"\"\\u12\"", "\\u needs four hexadecimal digits", 1},
    {"\"\\u12G4\"", "\\u needs four hexadecimal digits", 1},
    {"\"ab\\u123", "\\u needs four hexadecimal digits", 3},
    // UTF-8
    {"\"\x80\"", "not UTF-8 (0x80)", 1},
    {"\"\xBF\"", "not UTF-8 (0xbf)", 1},
    {"\"a\xFF\"", "not UTF-8 (0xff)", 2},
    {"\"\xFE\"", "not UTF-8 (0xfe)", 1},
    {"\"\xC0\x80\"", "not UTF-8 (0xc0)", 1},
    {"\"\xC1\xBF\"", "not UTF-8 (0xc1)", 1},
    {"\"\xC3\"", "not UTF-8 (0xc3)", 1},
    {"\"\xC3", "not UTF-8 (0xc3)", 1},
    {"\"\xC3(\"", "not UTF-8 (0xc3)", 1},
    {"\"\xE0\x80\x80\"", "not UTF-8 (0xe0)", 1},
    {"\"\xE0\x9F\xBF\"", "not UTF-8 (0xe0)", 1},
    {"\"\xE2\x82\"", "not UTF-8 (0xe2)", 1},
    {"\"\xED\xA0\x80\"", "not UTF-8 (0xed)", 1},
    {"\"\xED\xBF\xBF\"", "not UTF-8 (0xed)", 1},
    {"\"\xF0\x80\x80\x80\"", "not UTF-8 (0xf0)", 1},
    {"\"\xF0\x8F\xBF\xBF\"", "not UTF-8 (0xf0)", 1},
    {"\"\xF4\x90\x80\x80\"", "not UTF-8 (0xf4)", 1},
    {"\"\xF5\x80\x80\x80\"", "not UTF-8 (0xf5)", 1},
    {"\"\xF0\x9F\x98\"", "not UTF-8 (0xf0)", 1},
    {"{\"\xFF\":1}", "not UTF-8 (0xff)", 2},
    {"[\xFF]", "not UTF-8 (0xff)", 1},
};

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

// All that a splitter finds when the input comes in pieces and what is done with is dropped.
std::vector<std::string> split(std::string_view input, std::size_t piece) {
  ValueSplitter splitter;
  std::vector<std::string> found;
  std::string buffer;
  std::size_t dropped = 0;
  for (std::size_t i = 0; i <= input.size(); i += piece) {
    buffer += input.substr(i, piece);
    const bool last = i + piece > input.size();
    while (true) {
      const auto result = splitter.next(buffer, last);
      if (result == ValueSplitter::Found::fault) {
        found.push_back("! " + splitter.fault().what + " @" + std::to_string(dropped + splitter.fault().offset));
        return found;
      }
      if (result == ValueSplitter::Found::more) break;
      found.emplace_back(splitter.value(buffer));
    }
    const std::size_t done = splitter.begin();
    buffer.erase(0, done);
    splitter.dropped(done);
    dropped += done;
  }
  return found;
}

}  // namespace

TEST_CASE("JSON is accepted", "[validate]") {
  for (const std::string& text : kGood) {
    INFO(text);
    const auto fault = validate_json(text);
    INFO((fault ? fault->what : ""));
    CHECK_FALSE(fault.has_value());
  }
}

TEST_CASE("everything else is refused with the cause and the place", "[validate]") {
  for (const Bad& bad : kBad) {
    INFO(bad.text);
    const auto fault = validate_json(bad.text);
    REQUIRE(fault.has_value());
    CHECK(fault->what == bad.what);
    CHECK(fault->offset == bad.offset);
  }
}

TEST_CASE("depth is bounded, and the bound is exact", "[validate]") {
  CHECK_FALSE(validate_json(nested(1024)).has_value());
  const auto fault = validate_json(nested(1025));
  REQUIRE(fault.has_value());
  CHECK(fault->what == "depth over 1024");
  CHECK(fault->offset == 1024);
  CHECK_FALSE(validate_json(nested(3), 3).has_value());
  CHECK(validate_json("{\"a\":[[{}]]}", 3)->what == "depth over 3");
  CHECK_FALSE(validate_json(nested(5'000'000), 5'000'000).has_value());
}

TEST_CASE("a stream is cut into its values, however it is fed", "[validate]") {
  struct Case {
    std::string input;
    std::vector<std::string> values;
  };
  const std::vector<Case> cases = {
      {"", {}},
      {" \n\t ", {}},
      {"1", {"1"}},
      {"12 34\n", {"12", "34"}},
      {"{\"a\":1}{\"a\":2}", {"{\"a\":1}", "{\"a\":2}"}},
      {"{\n  \"a\": [1,\n 2]\n}\n\n{ }\n", {"{\n  \"a\": [1,\n 2]\n}", "{ }"}},
      {"\"a\"\"b\"true null\"\\\"\"", {"\"a\"", "\"b\"", "true", "null", "\"\\\"\""}},
      {"{\"}\":\"{\\\"[\"} 1", {"{\"}\":\"{\\\"[\"}", "1"}},
      {"\"\\\\\" [1]", {"\"\\\\\"", "[1]"}},
      {"1[2]3", {"1", "[2]", "3"}},
      {"nonsense 'x'", {"nonsense", "'x'"}},
      // the elements of an array
      {"[]", {}},
      {" [ ] ", {}},
      {"[1]", {"1"}},
      {"[1,2 , [3,4],{\"a\":[5]},\"]\"]\n", {"1", "2", "[3,4]", "{\"a\":[5]}", "\"]\""}},
      {"[\n {\"a\":1},\n {\"a\":2}\n]\n", {"{\"a\":1}", "{\"a\":2}"}},
      {"[[]]", {"[]"}},
      // faults
      {"1,2", {"1", "! `,` between two values @1"}},
      {"{} ]", {"{}", "! `]` between two values @3"}},
      {"}", {"! `}` between two values @0"}},
      {"[1 2]", {"1", "! expected a comma or `]` @3"}},
      {"[1,,2]", {"1", "! a value is missing before `,` @3"}},
      {"[,1]", {"! a value is missing before `,` @1"}},
      {"[1,]", {"1", "! a comma before `]` @3"}},
      {"[1:2]", {"1", "! expected a comma or `]` @2"}},
      {"[1}", {"1", "! expected a comma or `]` @2"}},
      {"[:]", {"! a value is missing before `:` @1"}},
      {"[1] [2]",
       {"1", "! more after the array whose elements are the values: for an array a line use format=jsonl @4"}},
      {"[1]]", {"1", "! more after the array whose elements are the values: for an array a line use format=jsonl @3"}},
      {"[1,", {"1", "! the input ends before the array is closed @3"}},
      {"[1", {"1", "! the input ends before the array is closed @2"}},
      {"[", {"! the input ends before the array is closed @1"}},
      {"{\"a\":1}\n{\"a\":", {"{\"a\":1}", "! the input ends inside a value @13"}},
      {"1 \"abc", {"1", "! a string is not closed @2"}},
      {"{\"a", {"! a string is not closed @0"}},
  };
  for (const Case& c : cases) {
    for (const std::size_t piece : {1, 2, 3, 7, 1000}) {
      INFO(c.input << " in pieces of " << piece);
      CHECK(split(c.input, piece) == c.values);
    }
  }
}
