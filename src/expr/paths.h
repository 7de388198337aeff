// SPDX-License-Identifier: Apache-2.0
// Parts of values: `.a`, `.[0]`, `.[1:3]`, and the same along paths. Slices of a record are looked into
// where they stand; what is changed is taken apart as far as the path goes.
// Tested by tests/jq_manual_test.cpp.
#pragma once

#include <optional>

#include "value.h"

namespace streamz::expr {

Value part(Value& of, Value& key);  // fails with jq's words
Value field(Value& of, std::string_view key);
Value slice(Value& of, Value& from, Value& to);
bool has(Value& of, Value& key);
Value object_key(Value key);  // decoded; what is no string fails

// The items of what a program gives as a path.
const std::vector<Value>& path_of(Value& path);
Value get_path(Value of, const std::vector<Value>& path);
Value set_path(Value of, const std::vector<Value>& path, std::size_t at, Value value);
Value delete_paths(Value of, Value paths);

Value slice_key(Value from, Value to);  // {"start":from,"end":to}, as it stands in paths

}  // namespace streamz::expr
