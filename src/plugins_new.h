// SPDX-License-Identifier: Apache-2.0
// `streamz plugins new`: a plugin that builds, passes its tests and can be installed, to begin with. Goes
// in: a name, a kind, a language. Goes out: a folder, and the commands that come next.
// Tested by tests/e2e/plugins_new.sh.
#pragma once

#include <string>

#include "index.h"

namespace streamz {

struct NewPlugin {
  std::string name;  // of the stage, of its package and of the folder
  Kind kind = Kind::node;
  std::string language;  // "cpp", "python" or "sh"
};

// Makes the folder below the working directory and returns what to print. Throws Error: code "usage" for a
// name that cannot be used; none when a file cannot be written.
std::string new_plugin(const NewPlugin& plugin, const Index& index);

}  // namespace streamz
