// SPDX-License-Identifier: Apache-2.0
// The door: bytes in pieces of every size, places of faults, the three formats.
#include "lines.h"

#include <cstring>
#include <fstream>

#include "case_file.h"
#include "harness.h"

using namespace streamz;
using namespace streamz::testing;

namespace {

// Reads `text` in reads of `step` bytes.
struct Pieces : Source {
  std::string text, format = "jsonl";
  std::size_t step = 1;
  static void describe(Spec<Pieces>& s) { s.summary("reads a text in pieces"); }
  void run() override {
    LineReader reader;
    reader.open(node(), "in.jsonl", format);
    for (std::size_t at = 0; at < text.size(); at += step) {
      const std::size_t size = std::min(step, text.size() - at);
      std::memcpy(reader.space().data(), text.data() + at, size);
      if (!reader.commit(size)) return;
    }
    reader.finish();
  }
};

Seen read(const std::string& text, const std::string& format = "jsonl", std::size_t step = 1,
          OnError on_error = OnError::fail, std::size_t max_line = 1000) {
  install_host();
  Seen seen;
  seen.outputs.resize(1);
  Graph graph;
  Chain chain;
  Node* from = nullptr;
  Node* to = nullptr;
  auto& pieces = add_own_node<Pieces>(graph, from);
  pieces.text = text;
  pieces.format = format;
  pieces.step = step;
  add_own_node<Keeper>(graph, to).outputs = &seen.outputs[0];
  graph.connect(*from, 0, *to, 0);
  assign_strands(graph);
  RunOptions options;
  options.handle_signals = false;
  options.quiet = true;
  options.capture = &seen.messages;
  options.on_error = on_error;
  options.max_line = max_line;
  seen.status = run(graph, chain, options).status;
  return seen;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("lines come out as they went in, however they were read") {
  const std::string text = "{\"a\": 1.0}\r\n\n  \n[1e2,12345678901234567890]\n \"\\ud800\" \nnull\n1e400";
  const Texts expected{"{\"a\": 1.0}", "[1e2,12345678901234567890]", " \"\\ud800\" ", "null", "1e400"};
  for (std::size_t step = 1; step <= text.size(); ++step) {
    INFO("reads of " << step);
    const Seen seen = read(text, "jsonl", step);
    CHECK(seen.messages.empty());
    CHECK(seen.outputs[0] == expected);
  }
}

TEST_CASE("a bad line names its line, column and byte, and costs itself alone") {
  const std::string text = "1\n{\"a\":1,}\n3\n";
  const Seen failed = read(text);
  CHECK(failed.status == 5);
  CHECK(failed.outputs[0] == Texts{"1"});
  CHECK(failed.messages.find("error[R0302]: input: ") != std::string::npos);
  CHECK(failed.messages.find("= record: in.jsonl:2:8 (byte 9): {\"a\":1,}") != std::string::npos);
  const Seen skipped = read(text, "jsonl", 1, OnError::skip);
  CHECK(skipped.status == 0);
  CHECK(skipped.outputs[0] == Texts{"1", "3"});
}

TEST_CASE("every line is validated, looked at or not") {
  for (const char* const bad :
       {"{'a':1}", "NaN", "01", "{\"a\":1}{\"a\":2}", "[1,]", "\"\x01\"", "\"\xff\"", "tru", "{}x"}) {
    INFO(bad);
    CHECK(read(bad).status == 5);
  }
}

TEST_CASE("a byte order mark is taken off at the start of the input only") {
  CHECK(read("\xEF\xBB\xBF{}\n").outputs[0] == Texts{"{}"});
  CHECK(read("{}\n\xEF\xBB\xBF{}\n").status == 5);
}

TEST_CASE("a line over the limit is an error, and the next one is read") {
  const std::string text = "1\n\"" + std::string(70000, 'x') + "\"\n2\n";
  CHECK(read(text, "jsonl", 4096).messages.find("the line is over 1000 bytes (--max-line)") != std::string::npos);
  const Seen skipped = read(text, "jsonl", 4096, OnError::skip);
  CHECK(skipped.outputs[0] == Texts{"1", "2"});
}

TEST_CASE("a line that looks like a part of a longer value says so") {
  CHECK(read("{\n  \"a\": 1\n}\n").messages.find("for values over several lines: format=json") != std::string::npos);
}

TEST_CASE("format=json reads values over several lines, and the elements of one array") {
  const std::string text = "{\n \"a\": 1\n}\n[1]2 3\n\"x\"";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    CHECK(read(text, "json", step).outputs[0] == Texts{"{  \"a\": 1 }", "[1]", "2", "3", "\"x\""});
  }
  CHECK(read("[1, {\"a\":[2]}\n, 3]", "json").outputs[0] == Texts{"1", "{\"a\":[2]}", "3"});
  const Seen failed = read("{\"a\":1}\n\n{\"a\" 2}", "json");
  CHECK(failed.outputs[0] == Texts{"{\"a\":1}"});
  CHECK(failed.messages.find("in.jsonl:3:") != std::string::npos);
}

TEST_CASE("format=text makes each line a string") {
  CHECK(read("a \"b\"\n\n\tc\r\nd", "text").outputs[0] == Texts{"\"a \\\"b\\\"\"", "\"\"", "\"\\tc\"", "\"d\""});
  CHECK(read("\xff\n", "text").messages.find("the line is not UTF-8") != std::string::npos);
}

namespace {

struct Document {
  bool good;
  std::string text, message;
  int line;
};

// With N times TEXT for ${TEXT*N}.
std::string repeated(std::string_view from) {
  std::string out;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from.substr(i, 2) != "${") {
      out += from[i];
      continue;
    }
    const std::size_t times = from.find('*', i), end = from.find('}', times);
    for (int n = std::stoi(std::string(from.substr(times + 1, end - times - 1))); n > 0; --n) {
      out += from.substr(i + 2, times - i - 2);
    }
    i = end;
  }
  return out;
}

std::vector<Document> documents() {
  std::ifstream file("tests/data/documents.txt");
  std::vector<Document> all;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.starts_with('#')) continue;
    const std::size_t bar = line.starts_with('-') ? line.rfind('|') : line.size();
    all.push_back({line.starts_with('+'), unescaped(repeated(std::string_view(line).substr(2, bar - 2))),
                   line.substr(std::min(bar + 1, line.size())), number});
  }
  return all;
}

}  // namespace

TEST_CASE("every document is accepted unchanged, or refused for its true reason and alone") {
  const std::vector<Document> all = documents();
  CHECK(all.size() >= 300);
  for (const Document& document : all) {
    INFO("tests/data/documents.txt:" << document.line);
    const std::string stream = "null\n" + document.text + "\n[0]";
    const Seen skipped = read(stream, "jsonl", 7, OnError::skip, 100'000);
    CHECK(skipped.status == 0);
    CHECK(skipped.outputs[0] == (document.good ? Texts{"null", document.text, "[0]"} : Texts{"null", "[0]"}));
    const Seen last = read("null\n" + document.text, "jsonl", 1, OnError::fail, 100'000);
    CHECK(last.status == (document.good ? 0 : 5));
    if (document.good) {
      CHECK(last.outputs[0] == Texts{"null", document.text});
    } else {
      CHECK(last.messages.find("error[R0302]") == 0);
      CHECK(last.messages.find(document.message) != std::string::npos);
      CHECK(last.messages.find("= record: in.jsonl:2:") != std::string::npos);
    }
  }
}
