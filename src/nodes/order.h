// SPDX-License-Identifier: Apache-2.0
// The order of JSON values, which is jq's: null, false, true, numbers, strings, arrays, objects. Strings by
// their characters; arrays by their elements; objects by their keys first, then by the values of these.
// Tested by tests/folds_test.cpp.
#pragma once

#include <string_view>

namespace streamz {

// Less than, equal to or greater than 0, as a is less than, equal to or greater than b.
int compare_json(std::string_view a, std::string_view b);

}  // namespace streamz
