// SPDX-License-Identifier: Apache-2.0
// Names of files: their parts, those that match a pattern, and how they stand in a saved state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <paths.h>

bool is_pattern(const std::string& path);                      // * ? [abc], and no file is called so
std::vector<std::string> matches(const std::string& pattern);  // sorted

using streamz::directory_of;
std::string base_of(const std::string& path);
std::string in_directory(const std::string& directory, const std::string& name);

// A name in a state, which is JSON: any bytes as ASCII, in quotes.
std::string escaped(const std::string& name);
std::string unescaped(std::string_view text);
