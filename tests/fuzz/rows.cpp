// SPDX-License-Identifier: Apache-2.0
// Any bytes as a table, the first byte saying which: each row is a valid record, or an error.
#include <cstdlib>

#include "lines.h"
#include "rows.h"

using namespace streamz;

namespace {

void check(const std::string& record) {
  std::string padded = record;
  padded.resize(record.size() + 64);
  if (check_json({padded.data(), record.size()}, 0)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  RowReader reader((data[0] & 1) != 0 ? Table::csv : Table::tsv, (data[0] & 2) != 0);
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto take = [&](auto call) {
    std::string record;
    try {
      if (call(record)) check(record);
      return true;
    } catch (const Error& error) {
      return error.code.empty();  // otherwise nothing behind it can be read
    }
  };
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end);
    if (!take([&](std::string& record) { return reader.take(line, record); })) return 0;
  }
  take([&](std::string& record) { return reader.finish(record); });
  return 0;
}
