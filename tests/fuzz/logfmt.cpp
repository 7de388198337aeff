// SPDX-License-Identifier: Apache-2.0
// Any bytes as a line of key=value pairs: valid JSON where they are UTF-8, or an error.
#include "nodes/logfmt.h"

#include <simdjson.h>

#include <cstdlib>

#include "target.h"

using namespace streamz;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view line = fuzz::text_of(data, size);
  try {
    const std::string json = LogfmtLine(line).to_json();
    if (simdjson::validate_utf8(line.data(), line.size()) && !fuzz::is_json(json)) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
