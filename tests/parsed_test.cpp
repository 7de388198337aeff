// SPDX-License-Identifier: Apache-2.0
// What simdjson keeps to itself and the index is made of: checked here, so that a version that does it
// otherwise is found out.
#include "expr/parsed.h"

#include <simdjson.h>

#include <cstring>

#include "acks.h"
#include "catch.h"
#include "expr/write.h"

using namespace streamz;
using namespace streamz::expr;

namespace {

std::string shown(const Value& value) {
  std::string text;
  append_json(text, value);
  return text;
}

std::string field_of(std::string_view object, std::string_view name) {
  Parse parse;
  parse.index(object);
  Value found;
  return parse.document().field(0, name, found) ? shown(found) : "none";
}

Block* block_with(std::string_view text) {
  Block* const block = Block::make(text.size());
  std::memcpy(block->text(), text.data(), text.size());
  return block;
}

}  // namespace

TEST_CASE("the index of simdjson is as it was checked", "[parsed]") {
  CHECK(simdjson::SIMDJSON_VERSION_MAJOR == 3);
  const std::string text = R"({"a" : [1, "x"],"b":null} )" + std::string(64, ' ');
  simdjson::dom::parser parser;
  REQUIRE(parser.allocate(4096) == simdjson::SUCCESS);
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  REQUIRE(parser.implementation->stage1(bytes, 26, simdjson::stage1_mode::regular) == simdjson::SUCCESS);
  std::string found;
  for (std::uint32_t i = 0; i < parser.implementation->n_structural_indexes; ++i) {
    found += text[parser.implementation->structural_indexes[i]];
  }
  CHECK(found == "{\":[1,\"],\":n}");
  CHECK(parser.implementation->structural_indexes[parser.implementation->n_structural_indexes] == 26);
}

TEST_CASE("fields by name", "[parsed]") {
  CHECK(field_of("{}", "a") == "none");
  CHECK(field_of(R"({"a":1,"ab":2})", "a") == "1");
  CHECK(field_of(R"({"a":1,"b":{"a":3},"a":2})", "a") == "2");
  CHECK(field_of(R"({ "x" : [ 1 , {"a":9} ] , "a" : "y" })", "a") == "\"y\"");
  CHECK(field_of(R"({"\u0061":1})", "a") == "1");
  CHECK(field_of(R"({"a\nb":1})", "a\nb") == "1");
  CHECK(field_of(R"({"a\\b":1})", "a\\\\b") == "none");
  CHECK(field_of(R"({"":1})", "") == "1");
  CHECK(field_of("{\"\xC3\xA9\":1}", "\xC3\xA9") == "1");
}

TEST_CASE("slices are written without blanks, and otherwise as they were", "[parsed]") {
  for (const auto& [text, compact] : std::vector<std::pair<std::string, std::string>>{
           {"[1.0,1e2]", "[1.0,1e2]"},
           {" [ 1 , \"a b\" ]\t", "[1,\"a b\"]"},
           {"{ \"a\" :\t{ } }", "{\"a\":{}}"},
           {"[]", "[]"},
           {" 12 ", "12"},
           {"[[],{},[ ]]", "[[],{},[]]"},
           {"[\"\\u00e9\", 12345678901234567890]", "[\"\\u00e9\",12345678901234567890]"}}) {
    Parse parse;
    parse.index(text);
    CHECK(shown(parse.document().root()) == compact);
  }
}

TEST_CASE("a parse is found again by its text and the block's contents", "[parsed]") {
  Block* const block = block_with("[1,2]");
  const Record x({block->text(), 5}, block);
  const Document* first = nullptr;
  {
    const Lease lease(x);
    first = &lease.document();
    const Lease again(x);
    CHECK(&again.document() == first);
    // What is emitted while the record is walked has a parse of its own.
    const Lease other(Record("[3]", nullptr));
    CHECK(&other.document() != first);
    CHECK(shown(other.document().root()) == "[3]");
    CHECK(shown(lease.document().root()) == "[1,2]");
  }
  // Other text at the same address.
  std::memcpy(block->text(), "[3,4]", 5);
  block->renew();
  const Lease changed(x);
  CHECK(shown(changed.document().root()) == "[3,4]");
  CHECK(changed.document().count(0) == 2);
  detail::release(block);
}

TEST_CASE("the door leaves its parse for the expressions behind it", "[parsed]") {
  const std::string text = R"([1,{"a":2}])";
  Block* const block = block_with(text);
  CHECK(Lease::validate({block->text(), text.size()}, block->serial));
  block->text()[1] = '5';  // not seen by what was parsed: numbers are read from the text, places are not
  const Lease lease(Record({block->text(), text.size()}, block));
  CHECK(shown(lease.document().root()) == R"([5,{"a":2}])");
  const std::string bad = "[1,}";
  Block* const other = block_with(bad);
  CHECK_FALSE(Lease::validate({other->text(), bad.size()}, other->serial));
  detail::release(other);
  detail::release(block);
}

TEST_CASE("lines that are read together leave the parse of each", "[parsed]") {
  const std::string large = "[\"" + std::string(2 << 20, 'x') + "\"]", middle(20000, ' ');
  const std::vector<std::string> lines = {
      "{\"a\":1}",          "12 ",   "",     "[1, {\"b\" : [2]}]\r", "{\"a\":", "\"x\\ty\"", large,
      "{\"c\":2}" + middle, " [3] ", "[1]]", "\"not closed",         "[4]"};
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  Block* const block = block_with(all);
  std::vector<std::string> left;
  LineParse parse;
  const char* at = block->text();
  for (const std::string& line : lines) {
    const Record x({at, line.size()}, block);
    const Escapes escapes = line.find('\\') == std::string::npos ? Escapes::none : Escapes::some;
    const bool taken = parse.validate(x.raw(), block->text() + all.size(), block->serial, escapes);
    if (!taken) {
      left.emplace_back("none");
    } else {
      const Lease lease(x);
      const std::string text = shown(lease.document().root());
      left.push_back(text.size() < 100 ? text : std::to_string(text.size()));
      if (text.front() == '{') {
        Value found;
        CHECK(lease.document().field(0, text.substr(2, 1), found));
      }
    }
    at += line.size() + 1;
  }
  CHECK(left == std::vector<std::string>{"{\"a\":1}", "12", "none", "[1,{\"b\":[2]}]", "none", "\"x\\ty\"",
                                         std::to_string(large.size()), "{\"c\":2}", "[3]", "none", "none", "[4]"});
  // Once the reader is gone its parse is not found: the text is parsed anew.
  {
    LineParse gone;
    CHECK(gone.validate({block->text(), 7}, block->text() + all.size(), block->serial, Escapes::none));
  }
  const Lease lease(Record({block->text(), 7}, block));
  CHECK(shown(lease.document().root()) == "{\"a\":1}");
  detail::release(block);
}

TEST_CASE("a large parse is not kept", "[parsed]") {
  const std::string large = "[" + std::string(2 << 20, ' ') + "1]";
  Block* const block = block_with(large);
  const Record x({block->text(), large.size()}, block);
  {
    const Lease lease(x);
    CHECK(shown(lease.document().root()) == "[1]");
  }
  const Lease again(x);
  CHECK(shown(again.document().root()) == "[1]");
  detail::release(block);
}

TEST_CASE("serial numbers do not recur", "[parsed]") {
  Block* const block = Block::make(8);
  const std::uint64_t first = block->serial;
  block->renew();
  CHECK(first != 0);
  CHECK(block->serial != first);
  detail::release(block);
}
