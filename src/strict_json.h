// SPDX-License-Identifier: Apache-2.0
// A small JSON file that anybody may have written, to its value. Tested by tests/manifest_test.cpp.
#pragma once

#include <simdjson.h>

#include <filesystem>
#include <string>

namespace streamz {

// At most 1 MiB and 32 levels, UTF-8 with or without a byte order mark, no key twice in an object, no
// NUL. Otherwise throws Error E0141 that begins with the file's name and, for a slip in the syntax, its
// line and column. A file that is being written at this moment gets a second look. What is returned
// lives in the parser.
simdjson::dom::element parse_strictly(simdjson::dom::parser& parser, const std::filesystem::path& file);

// The same of a text; `file` is its name.
simdjson::dom::element parse_strictly(simdjson::dom::parser& parser, const std::filesystem::path& file,
                                      const std::string& text);

}  // namespace streamz
