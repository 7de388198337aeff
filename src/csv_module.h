// SPDX-License-Identifier: Apache-2.0
// The border between the program and the module that links libcsv: one table of functions.
// Tested by tests/cases/from_file.test and tests/rows_test.cpp.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace streamz {

// The fields of one row, one behind the other.
struct Row {
  std::string bytes;
  std::vector<std::size_t> ends;  // of each field in `bytes`

  std::size_t size() const { return ends.size(); }
  std::string_view operator[](std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends[i - 1];
    return std::string_view(bytes).substr(begin, ends[i] - begin);
  }
  void add(std::string_view field) {
    bytes += field;
    ends.push_back(bytes.size());
  }
  void clear() {
    bytes.clear();
    ends.clear();
  }
};

class CsvParser {
 public:
  virtual ~CsvParser() = default;
  // Takes one line with its line break, and adds its fields to `row`. True: the row is complete; false: it
  // goes on in the next line, or the line was blank. Throws Error when quotes are not as RFC 4180 has them;
  // the next line begins a row then.
  virtual bool take(std::string_view line, Row& row) = 0;
  virtual bool finish(Row& row) = 0;  // the input ended: the last line may have had no line break
};

struct CsvModule {
  CsvParser* (*open)();  // the caller deletes it
};

}  // namespace streamz

// The one symbol of the module.
extern "C" __attribute__((visibility("default"))) const streamz::CsvModule streamz_csv_module;
