// SPDX-License-Identifier: Apache-2.0
// Words to argument values: durations, sizes, rates, counts, booleans, paths, JSON.
// Goes in: one word of a chain and the parameter it is for. Goes out: the value, or the fact that is
// wrong with it. Tested by tests/values_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "streamz/spec.h"

namespace streamz {

// Each throws Error with the fact ("`10secs` is not a duration"), the label in Error::hint where the
// caret needs one of its own ("unit `secs` unknown: use ns us ms s m h d w"), and a code where it is
// not E0113.
long parse_integer(std::string_view text);
double parse_number(std::string_view text);
bool parse_boolean(std::string_view text);
Duration parse_duration(std::string_view text);
Size parse_size(std::string_view text);
Rate parse_rate(std::string_view text);
std::string parse_path(std::string_view text);
std::string parse_json(std::string_view text);  // the text itself, once it is one JSON value

std::string to_text(Duration duration);  // "1m30s", the shortest form that parses back
std::string to_text(Rate rate);
std::string to_text(Size size);

// Checks a word against a parameter's types, one_of, min and max, without any stage. Nothing when it
// fits; otherwise the Error that binding would throw. Does not compile expressions.
std::optional<Error> check_argument(const Param& param, std::string_view text);

// The mechanical correction of a word that does not fit ("10secs" is "10s"), or "".
std::string corrected(const Param& param, std::string_view text);

// The parts of a list, trimmed: at commas outside brackets and double quotes (and single quotes, in text
// that a shell has not seen). Views into `text`.
std::vector<std::string_view> list_parts(std::string_view text, bool single_quotes);
std::vector<std::string> split_list(std::string_view text);

// How a type is shown in usage lines: "N", "DUR", "EXPR", "N|DUR", "update|final|DUR".
std::string type_label(const Param& param);

// The whole of a file, "-" is standard input. Throws Error with code "usage" when it cannot be read.
std::string read_file(const std::string& name);

// An expression as it was written, or what the file of `@PATH` holds: PATH has a slash or ends in .jq,
// so that @csv stays jq's.
bool names_program_file(std::string_view word);

// detail::Host::read_argument and show_argument.
void read_argument(void* target, Type type, std::string_view text);
std::string show_argument(const void* target, Type type);

}  // namespace streamz
