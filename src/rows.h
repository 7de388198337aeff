// SPDX-License-Identifier: Apache-2.0
// Tables as text, CSV and TSV. Goes in: lines of a file. Goes out: the JSON text of a record for each row;
// and the other way round. A number is a number where its text is one in JSON, and keeps it; everything
// else is a string. CSV is RFC 4180, by libcsv, in a module that is opened when a table is met; in TSV
// nothing is quoted and \t \n \r \\ stand for what they say.
// Tested by tests/rows_test.cpp, tests/cases/from_file.test and tests/cases/to_file.test.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "csv_module.h"
#include "streamz/record.h"

namespace streamz {

enum class Table { csv, tsv };

class RowReader {
 public:
  // header: the first row names the fields, and each further row is an object; otherwise rows are arrays.
  RowReader(Table table, bool header);

  // Takes one line with its line break. True: `record` is the text of a whole one. Throws Error when the row
  // is none, with a code when nothing that follows can be read either.
  bool take(std::string_view line, std::string& record);
  bool finish(std::string& record);  // the end of the input
  void forget();                     // the row that was begun
  std::size_t held() const { return row_.bytes.size(); }
  bool begun() const { return begun_; }  // inside a row that goes on in the next line

  // The fields of the first row of a file; nothing when that is not complete.
  static std::optional<std::vector<std::string>> first_row(Table table, std::string_view text);

 private:
  bool split(std::string_view line);
  bool made(std::string& record);
  void take_header();

  const Table table_;
  bool header_;
  std::unique_ptr<CsvParser> csv_;
  Row row_;
  std::vector<std::string> keys_;  // as JSON strings
  bool begun_ = false;
};

class RowWriter {
 public:
  // header: the first record's keys make a first row, which is left out when there are `columns` already.
  RowWriter(Table table, bool header, std::vector<std::string> columns = {});
  // Adds a row to `out`. Throws Error when the record makes none.
  void append(std::string_view record, std::string& out);

 private:
  void open(std::string_view object, std::string& out);
  void append_object(std::string_view object, std::string& out);
  void append_row(const std::vector<std::string_view>& values, std::string& out) const;

  const Table table_;
  const bool header_;
  std::vector<std::string> columns_;
  std::vector<std::string_view> values_;  // by column
  bool arrays_ = false;                   // what the first record was
};

}  // namespace streamz
