// SPDX-License-Identifier: Apache-2.0
// Any bytes as a line of key=value pairs: valid JSON where they are UTF-8, or an error.
#include "nodes/logfmt.h"

#include <simdjson.h>

#include <cstdlib>

#include "lines.h"

using namespace streamz;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  try {
    std::string json = LogfmtLine(line).to_json();
    const std::size_t length = json.size();
    json.resize(length + 64);
    if (simdjson::validate_utf8(line.data(), line.size()) && check_json({json.data(), length}, 0)) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
