// SPDX-License-Identifier: Apache-2.0
// The quick opinion on JSON text against the exact one: what the quick one takes must be right, and it must
// take everything that is right but for what nests very deeply.
#include "expr/grammar.h"

#include <algorithm>
#include <chrono>
#include <random>

#include "catch.h"
#include "expr/parsed.h"
#include "validate.h"

using namespace streamz;
using namespace streamz::expr;
using namespace std::string_literals;

namespace {

// As in a block: 64 bytes behind the text are readable, and they are not blanks.
bool is_taken(Parse& parse, const std::string& text, const std::string& behind) {
  std::string padded = text + behind;
  padded.append(64, ']');
  return parse.validate(std::string_view(padded).substr(0, text.size()));
}

// What LineParse takes of lines that are read together.
std::vector<bool> taken_together(const std::vector<std::string>& lines, std::uint64_t serial) {
  static LineParse parse;
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  const std::size_t size = all.size();
  all.append(64, ']');
  std::vector<bool> taken;
  const char* at = all.data();
  for (const std::string& line : lines) {
    const bool escapes = line.find('\\') != std::string::npos;
    taken.push_back(
        parse.validate({at, line.size()}, all.data() + size, serial, escapes ? Escapes::some : Escapes::none));
    at += line.size() + 1;
  }
  return taken;
}

class RandomText {
 public:
  explicit RandomText(std::uint64_t seed) : random_(seed) {}

  std::string text() {
    out_.clear();
    blanks_ = below(3) == 0;
    add_value(below(6));
    return out_;
  }
  std::string mutated(std::string text) {
    for (unsigned i = 0, changes = 1 + below(3); i < changes; ++i) {
      const std::size_t at = below(static_cast<unsigned>(text.size() + 1));
      switch (below(4)) {
        case 0:
          text.insert(at, 1, byte());
          break;
        case 1:
          text.erase(at, 1 + below(2));
          break;
        case 2:
          if (at < text.size()) text[at] = byte();
          break;
        default:
          text.insert(at, text.substr(below(static_cast<unsigned>(text.size() + 1)), below(8)));
      }
    }
    return text;
  }

 private:
  unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }
  char byte() {
    static const std::string bytes =
        "{}[]::,,\"\"\\\\ \n\t\r0123456789.-+eEtrufalsnbx/'\0\x01\x0B\x1F\x7F\x80\xC3\xA9\xED\xF0\xFF"s;
    return bytes[below(static_cast<unsigned>(bytes.size()))];
  }
  void blank() {
    if (blanks_) out_.append(below(3), " \t\n\r"[below(4)]);
  }
  void add_string() {
    static const std::vector<std::string> parts = {"a",
                                                   "bc",
                                                   "\\n",
                                                   "\\\\",
                                                   "\\\"",
                                                   "\\u00e9",
                                                   "\\ud83d\\ude00",
                                                   "\\ud800",
                                                   "\xC3\xA9",
                                                   "\xF0\x9F\x98\x80",
                                                   "[",
                                                   "}",
                                                   ",",
                                                   ":",
                                                   "'",
                                                   "/",
                                                   "\\/",
                                                   " ",
                                                   "0123456789012345678901234567890123456789"};
    out_ += '"';
    for (unsigned i = below(4); i > 0; --i) out_ += parts[below(static_cast<unsigned>(parts.size()))];
    out_ += '"';
  }
  void add_value(unsigned depth) {
    static const std::vector<std::string> scalars = {"null", "true",     "false", "0",    "-0",
                                                     "1",    "-12.5e+3", "1E400", "0.10", "12345678901234567890123"};
    blank();
    if (depth == 0 || below(4) == 0) {
      if (below(2) == 0) {
        add_string();
      } else {
        out_ += scalars[below(static_cast<unsigned>(scalars.size()))];
      }
    } else {
      const bool object = below(2) == 0;
      out_ += object ? '{' : '[';
      for (unsigned i = 0, size = below(5); i < size; ++i) {
        if (i > 0) out_ += ',';
        blank();
        if (object) {
          add_string();
          blank();
          out_ += ':';
        }
        add_value(depth - 1);
      }
      blank();
      out_ += object ? '}' : ']';
    }
    blank();
  }

  std::mt19937_64 random_;
  std::string out_;
  bool blanks_ = false;
};

}  // namespace

TEST_CASE("the quick opinion on JSON is the exact one", "[grammar]") {
  const auto seed = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  RandomText random(seed);
  Parse parse;
  unsigned good = 0, bad = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::string text = random.text();
    for (const std::string& tried : {text, random.mutated(text), random.mutated(text)}) {
      const bool exact = !validate_json(tried);
      (exact ? good : bad) += 1;
      if (is_taken(parse, tried, text) != exact) FAIL("seed " << seed << ": " << exact << " for " << tried);
    }
  }
  CHECK(good > 20000);
  CHECK(bad > 10000);
}

TEST_CASE("short texts of all kinds of bytes", "[grammar]") {
  const std::string bytes = "{}[]:,\"\\ 01.-eEnu\x1F\xC3";
  Parse parse;
  const std::size_t n = bytes.size();
  for (std::size_t i = 0; i < n * n * n * n; ++i) {
    std::string text{bytes[i % n], bytes[i / n % n], bytes[i / n / n % n], bytes[i / n / n / n]};
    if (is_taken(parse, text, "") == validate_json(text).has_value()) FAIL(text);
    text = "[" + text + "]";
    if (is_taken(parse, text, "") == validate_json(text).has_value()) FAIL(text);
  }
  CHECK_FALSE(is_taken(parse, "", ""));
}

TEST_CASE("what nests very deeply is left to the exact opinion", "[grammar]") {
  Parse parse;
  CHECK(is_taken(parse, std::string(400, '[') + std::string(400, ']'), ""));
  CHECK_FALSE(is_taken(parse, std::string(600, '[') + std::string(600, ']'), ""));
  CHECK_FALSE(is_taken(parse, std::string(100000, '['), ""));
}

// Together they are what each is alone: with one among them that makes the index wrong for all, or goes on in the next.
TEST_CASE("lines that are read together", "[grammar]") {
  const auto seed = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  RandomText random(seed);
  unsigned good = 0, bad = 0;
  for (std::uint64_t round = 1; round <= 2000; ++round) {
    std::vector<std::string> lines;
    for (std::uint64_t i = 0; i < 1 + round % 40; ++i) {
      std::string text = random.text();
      if (round % 3 == 0 && i % (1 + round % 7) == 0) text = random.mutated(text);
      std::replace(text.begin(), text.end(), '\n', ' ');
      if (round % 5 == 0 && i % 4 == 0) text.clear();
      if (round % 4 == 0 && i % 5 == 0) text = "{\"a\":[";
      if (round % 4 == 1 && i % 5 == 0) text = "{\"key\" :";  // with what comes next it would be a value
      lines.push_back(std::move(text));
    }
    const std::vector<bool> taken = taken_together(lines, round);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const bool exact = !validate_json(lines[i]);
      (exact ? good : bad) += 1;
      if (taken[i] != exact) FAIL("seed " << seed << ": " << exact << " for line " << i << ": " << lines[i]);
    }
  }
  CHECK(good > 10000);
  CHECK(bad > 2000);
}
