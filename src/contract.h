// SPDX-License-Identifier: Apache-2.0
// What every stage owes its users, built in or plugin: that it says what it is and what its arguments are.
// Tested by tests/contract_test.cpp, over all stages there are.
#pragma once

#include <string>
#include <vector>

#include "index.h"

namespace streamz {

// What the stage leaves unsaid ("no summary", "n has no description"); empty: nothing.
std::vector<std::string> left_unsaid(const Entry& entry);

}  // namespace streamz
