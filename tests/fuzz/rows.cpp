// SPDX-License-Identifier: Apache-2.0
// Any bytes as a table, the first byte saying which: each row is a valid record, or an error.
#include <cstdlib>

#include "rows.h"
#include "target.h"

using namespace streamz;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  RowReader reader((data[0] & 1) != 0 ? Table::csv : Table::tsv, (data[0] & 2) != 0);
  std::string_view rest = fuzz::text_of(data, size).substr(1);
  const auto take = [&](auto call) {
    std::string record;
    try {
      if (call(record) && !fuzz::is_json(record)) std::abort();
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
