// SPDX-License-Identifier: Apache-2.0
// The helpers for stage authors: parts of a JSON text, and the formats of file names.
#include "streamz/text.h"

#include <vector>

#include "catch.h"
#include "streamz/format.h"

using namespace streamz;

namespace {

std::vector<std::string> elements(std::string_view array) {
  std::vector<std::string> out;
  text::each_element(array, [&](std::string_view element) { return out.emplace_back(element), true; });
  return out;
}

std::string shown(const std::optional<std::string_view>& found) { return found ? std::string(*found) : "(none)"; }

}  // namespace

TEST_CASE("text: elements come out as they were written") {
  const struct {
    const char* array;
    std::vector<std::string> elements;
  } cases[] = {
      {"[]", {}},
      {" [ ] ", {}},
      {"[1]", {"1"}},
      {"[1.0,1e2 , 12345678901234567890]", {"1.0", "1e2", "12345678901234567890"}},
      {R"(["a,]","\"","\\"])", {R"("a,]")", R"("\"")", R"("\\")"}},
      {R"([[1,[2]],{"a":[3]},null,true])", {"[1,[2]]", R"({"a":[3]})", "null", "true"}},
      {R"([ {"]":"}"} , [ "[" ] ])", {R"({"]":"}"})", R"([ "[" ])"}},
      {R"(["\\\"","\\\\\"x"])", {R"("\\\"")", R"("\\\\\"x")"}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.array);
    CHECK(elements(c.array) == c.elements);
    CHECK(text::count_elements(c.array) == c.elements.size());
  }
}

TEST_CASE("text: the walk over elements stops when it is told to") {
  int seen = 0;
  text::each_element("[1,2,3]", [&](std::string_view) { return ++seen < 2; });
  CHECK(seen == 2);
}

TEST_CASE("text: one element, counted from either end") {
  CHECK(shown(text::element("[1,2,3]", 0)) == "1");
  CHECK(shown(text::element("[1,2,3]", 2)) == "3");
  CHECK(shown(text::element("[1,2,3]", 3)) == "(none)");
  CHECK(shown(text::element("[1,2,3]", -1)) == "3");
  CHECK(shown(text::element("[1,2,3]", -3)) == "1");
  CHECK(shown(text::element("[1,2,3]", -4)) == "(none)");
  CHECK(shown(text::element("{}", 0)) == "(none)");
  CHECK(shown(text::element("[]", -1)) == "(none)");
}

TEST_CASE("text: one field") {
  const struct {
    const char *object, *name, *value;
  } cases[] = {
      {R"({"a":1.0})", "a", "1.0"},
      {R"({ "a" : [1, 2] , "b":2})", "a", "[1, 2]"},
      {R"({"a":1,"a":2})", "a", "2"},
      {R"({"a":{"b":1},"b":2})", "b", "2"},
      {R"({"a":"\"b\":1","b":2})", "b", "2"},
      {R"({"a\u0062":1})", "ab", "1"},
      {R"({"\ud83d\ude00":1})", "\xF0\x9F\x98\x80", "1"},
      {R"({"a":1})", "b", "(none)"},
      {R"({"":1})", "", "1"},
      {"{}", "a", "(none)"},
      {"[1]", "a", "(none)"},
      {"\"a\"", "a", "(none)"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.object, c.name);
    CHECK(shown(text::field(c.object, c.name)) == c.value);
  }
}

TEST_CASE("text: what a string says, and back") {
  CHECK(text::decoded(R"("a\n\t\"\\\/\u00e9\b\f\r")") == "a\n\t\"\\/\xC3\xA9\b\f\r");
  CHECK(text::decoded(R"("\u20ac\ud83d\ude00")") == "\xE2\x82\xAC\xF0\x9F\x98\x80");
  CHECK(text::decoded(R"("\ud83dx")") == "\xEF\xBF\xBDx");
  CHECK(text::decoded(R"("\ud83d\u0041")") ==
        "\xEF\xBF\xBD"
        "A");
  CHECK(text::decoded(R"("")").empty());
  CHECK(text::quoted("a\"\\\n\t\r\x01\x1f\xC3\xA9") == "\"a\\\"\\\\\\n\\t\\r\\u0001\\u001f\xC3\xA9\"");
  CHECK(text::quoted("") == "\"\"");
}

TEST_CASE("text: kinds for messages") {
  CHECK(std::string(text::kind_of(" [1]")) == "an array");
  CHECK(std::string(text::kind_of("{}")) == "an object");
  CHECK(std::string(text::kind_of("\"\"")) == "a string");
  CHECK(std::string(text::kind_of("-1")) == "a number");
  CHECK(std::string(text::kind_of("null")) == "null");
  CHECK(std::string(text::kind_of("false")) == "a boolean");
}

TEST_CASE("format: by the name of a file") {
  CHECK(format_of("a.jsonl") == FileFormat::jsonl);
  CHECK(format_of("a.ndjson") == FileFormat::jsonl);
  CHECK(format_of("a.json") == FileFormat::json);
  CHECK(format_of("dir.json/a") == FileFormat::jsonl);
  CHECK(format_of("a.json.gz") == FileFormat::json);
  CHECK(format_of("a.log.zst") == FileFormat::text);
  CHECK(format_of("a.txt") == FileFormat::text);
  CHECK(format_of("a.gz") == FileFormat::jsonl);
  CHECK(format_of("a") == FileFormat::jsonl);
  CHECK(format_of("-") == FileFormat::jsonl);
  CHECK(format_of("d/a.csv") == FileFormat::csv);
  CHECK(format_of("a.tsv.gz") == FileFormat::tsv);
  CHECK(compression_of("a.tsv.gz") == "gzip");
  CHECK(compression_of("a.zst") == "zstd");
  CHECK(compression_of("gz") == "");
  CHECK(compression_of("d.gz/a") == "");
}

TEST_CASE("number_or_string: a number is what JSON writes as one") {
  for (const char* text : {"0", "-0", "10", "1.0", "-1.5e+10", "1E5", "12345678901234567890123"}) {
    CHECK(text::number_or_string(text) == text);
  }
  for (const char* text :
       {"", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", " 1", "1 ", "0x1", "NaN", "1_000", "1,5"}) {
    CHECK(text::number_or_string(text) == text::quoted(text));
  }
}

TEST_CASE("with_field: takes the place of what is there, or stands at the end") {
  CHECK(text::with_field("{}", "a", "1") == R"({"a":1})");
  CHECK(text::with_field(R"({ "b" : 2 })", "a", "1") == R"({"b":2,"a":1})");
  CHECK(text::with_field(R"({"a":0,"b":2.0})", "a", "[1]") == R"({"a":[1],"b":2.0})");
  CHECK(text::with_field(R"({"a":0,"b":2,"\u0061":3})", "a", "1") == R"({"a":1,"b":2})");
  CHECK(text::with_field(R"({"b":2})", "\"", "1") == R"({"b":2,"\"":1})");
  CHECK(std::string(to_string(FileFormat::text)) == "text");
}
