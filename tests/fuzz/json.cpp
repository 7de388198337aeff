// SPDX-License-Identifier: Apache-2.0
// Any bytes at the door: what is let in is what a DOM parser reads too, but for what the door lets through as text
// (large numbers, lone surrogates), and what is cut into values and put together again is the same.
#include <simdjson.h>

#include <cstdlib>

#include "target.h"
#include "validate.h"

using namespace streamz;

namespace {

bool dom_reads(std::string_view text, bool& door_may) {
  static simdjson::dom::parser parser;
  const simdjson::error_code error = parser.parse(text.data(), text.size()).error();
  door_may = error == simdjson::NUMBER_ERROR || error == simdjson::STRING_ERROR || error == simdjson::UTF8_ERROR;
  return error == simdjson::SUCCESS;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const fuzz::Padded padded(fuzz::text_of(data, size));
  const std::string_view text = padded.text();
  const auto fault = check_json(text, 0);
  if (fault && fault->offset > size) std::abort();
  const auto exact = validate_json(text);
  if (fault.has_value() != exact.has_value()) std::abort();
  bool door_may = false;
  const bool read = dom_reads(text, door_may);
  if (read && fault && fault->what.find("byte order mark") == std::string::npos) std::abort();
  if (!read && !fault && !door_may) std::abort();

  ValueSplitter splitter;
  std::string_view rest = text;
  while (splitter.next(rest, true) == ValueSplitter::Found::value) {
    if (splitter.end() > rest.size() || splitter.begin() >= splitter.end()) std::abort();
    if (!fuzz::is_json(splitter.value(rest))) break;  // as the door: a value that is none ends it
    const std::size_t passed = splitter.end();
    rest.remove_prefix(passed);
    splitter.dropped(passed);
  }
  return 0;
}
