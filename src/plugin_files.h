// SPDX-License-Identifier: Apache-2.0
// A plugin's files, before code of it runs. Goes in: a manifest that was read. Goes out: nothing, or why it is not
// loaded. Tested by tests/loader_test.cpp and tests/elf_file_test.cpp.
#pragma once

#include <optional>

#include "error.h"
#include "index.h"

namespace streamz {

// The checks on a plugin's files that need none of its code: owner and mode of directory, manifest and
// library, ELF header, ABI note; of a program that it can be run. Throws what Loader::load would throw for
// them. Returns what it would have thrown for owner and mode without `allow_unsafe`.
std::optional<Error> check_files(const Manifest& manifest, bool allow_unsafe = false);

// The same for every plugin of the index, or for that of one entry: those that fail become broken in it.
void check_files(const Index& index, const Entry* only = nullptr);

}  // namespace streamz
