// SPDX-License-Identifier: Apache-2.0
// Whom a file can be trusted to be from. Who could have written a file whose code is about to run: root or this
// user, and nobody else; and who could have put a link where root is about to write.
// Tested by tests/elf_file_test.cpp.
#pragma once

#include <sys/stat.h>

#include <string>

namespace streamz {

// Throws Error E0144 when `info`, the status of what `shown` names, belongs to somebody else or can be
// written by others.
void require_safe(const struct stat& info, const std::string& shown);

// The same for a directory, links followed.
void require_safe_directory(const std::string& directory);

// The same for the directory that a link leads into, and for those on the way: who can exchange a link
// there decides where it leads. A file that is no link, or does not exist, passes.
void require_safe_target(const std::string& file);

// A file that root is about to write: throws Error when it is a link that somebody else has put where everyone can
// put one (as in /tmp). Other users lose no more by following it than they could give away.
void require_no_trap(const std::string& file);

}  // namespace streamz
