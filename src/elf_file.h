// SPDX-License-Identifier: Apache-2.0
// A plugin's library as a file, before it is opened: is it a whole shared library for this machine, and
// was it built for this ABI? Runs no code of it. The loader's own answers are misleading ("No such file"
// for another machine) or fatal (a truncated file kills the process).
// Tested by tests/elf_file_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace streamz {

struct ElfFacts {
  std::optional<std::string> tag;   // of .note.streamz
  std::vector<std::string> needed;  // libraries it is linked with
};

// Reads the headers of an opened file. Throws Error E0146 when it cannot be loaded here.
ElfFacts read_elf(int fd, const std::string& file);

// Throws Error E0147 that names the first field in which the tag differs from `here`.
void require_same_tag(const std::string& package, std::string_view tag, std::string_view here);
void require_same_abi(const std::string& package, const std::string& file, const ElfFacts& facts,
                      std::string_view here);

}  // namespace streamz
