// SPDX-License-Identifier: Apache-2.0
// Private modules: libraries that most chains never need (libjq, the codecs), each behind one table of
// functions, opened from ../lib/streamz/modules beside the program when first used.
// Tested by tests/module_test.cpp.
#pragma once

#include <string>

namespace streamz {

// The address of `symbol` in module NAME; opened once, never closed. Throws Error when the module is
// not there, naming the file and the package to install.
void* module_symbol(const std::string& name, const char* symbol);

// The tree the program stands in: the parent of the directory of /proc/self/exe.
// Without a slash at its end. Throws Error where /proc is not mounted.
const std::string& installation_root();

}  // namespace streamz
