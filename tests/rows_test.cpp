// SPDX-License-Identifier: Apache-2.0
// Tables: what is written reads back as what it was, on random records.
#include "rows.h"

#include <fmt/format.h>

#include <random>

#include "catch.h"
#include "streamz/text.h"

using namespace streamz;

namespace {

// The records that the lines of `text` make.
std::vector<std::string> read(Table table, const std::string& text, bool header = true) {
  RowReader reader(table, header);
  std::vector<std::string> records;
  std::string record;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t size = std::min(rest.find('\n'), rest.size() - 1) + 1;
    if (reader.take(rest.substr(0, size), record)) records.push_back(record);
    rest.remove_prefix(size);
  }
  if (reader.finish(record)) records.push_back(record);
  return records;
}

std::string write(Table table, const std::vector<std::string>& records, bool header = true) {
  RowWriter writer(table, header);
  std::string text;
  for (const std::string& record : records) writer.append(record, text);
  return text;
}

}  // namespace

TEST_CASE("rows: what is written reads back") {
  const auto seed = static_cast<unsigned>(GENERATE(take(20, random(0, 1'000'000))));
  INFO("seed " << seed);
  std::mt19937 engine(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(engine() % n); };
  static const std::vector<std::string> pieces = {"a",    ",", "\"", "\n", "\t", "\\", " ",
                                                  "\r\n", "é", "1",  "t",  "\r", "=",  "'"};
  const auto field = [&]() -> std::string {
    if (below(3) == 0) return std::to_string(static_cast<long>(below(1000)) - 500);
    std::string text = "x";  // a text that is no number
    for (std::size_t i = below(6); i > 0; --i) text += pieces[below(pieces.size())];
    return text::quoted(below(8) == 0 ? "" : text);
  };
  for (const bool header : {true, false}) {
    const std::size_t columns = 1 + below(4);
    std::vector<std::string> records;
    for (std::size_t i = 1 + below(10); i > 0; --i) {
      std::string record;
      for (std::size_t c = 0; c < columns; ++c) {
        record += (c == 0 ? "" : ",") + (header ? fmt::format("\"k{}\":", c) : "") + field();
      }
      records.push_back(header ? "{" + record + "}" : "[" + record + "]");
    }
    CHECK(read(Table::csv, write(Table::csv, records, header), header) == records);
    if (columns > 1) CHECK(read(Table::tsv, write(Table::tsv, records, header), header) == records);
  }
}

TEST_CASE("rows: the first row of a file") {
  using Fields = std::vector<std::string>;
  CHECK(RowReader::first_row(Table::csv, "a,\"b\nc\"\n1,2\n") == Fields{"a", "b\nc"});
  CHECK(RowReader::first_row(Table::tsv, "a\tb\\tc\n1\t2\n") == Fields{"a", "b\tc"});
  CHECK(RowReader::first_row(Table::csv, "a,\"b") == std::nullopt);
  CHECK(RowReader::first_row(Table::csv, "") == std::nullopt);
}

TEST_CASE("rows: each field is UTF-8 by itself") {
  for (const Table table : {Table::csv, Table::tsv}) {
    const std::string between = table == Table::csv ? "," : "\t";
    CHECK(read(table, "a" + between + "b\n\xC3\xA1" + between + "\xC3\xA1\n").size() == 1);
    CHECK_THROWS_WITH(read(table, "a" + between + "b\nx\xC3" + between + "\xA1\n"), "the row is not UTF-8");
  }
}
