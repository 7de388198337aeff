// SPDX-License-Identifier: Apache-2.0
// Names of files as text, and their parts: <filesystem> takes each path apart that it is given, and an unknown stage
// asks for a dozen of directories.
// Tested by tests/paths_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace streamz {

// What stands before the last slash of a path: "." where there is none, "/" of a file in it.
std::string directory_of(const std::string& file);

// DIR/NAME of DIR/FILE.
std::string beside(const std::string& file, std::string_view name);

// Where a link leads, as it says; nothing when it is none.
std::optional<std::string> target_of(const std::string& link);

}  // namespace streamz
