// SPDX-License-Identifier: Apache-2.0
// The variables of jq programs that options give: --arg, --argjson, --rawfile, --slurpfile. Goes in: an
// option and its two words. Goes out: names with JSON texts, which expr/ is told of.
// Tested by tests/cli_test.cpp and tests/e2e/variables.sh.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace streamz {

class Variables {
 public:
  // `option`: "--arg" and so on. Throws Error with code "usage", which shows the words and marks the place.
  void add(const std::string& option, const std::string& name, const std::string& value);

  // What was given, and `$ARGS`, which holds all of it by name.
  std::vector<std::pair<std::string, std::string>> with_args() const;

 private:
  struct Given {
    std::string option, name, json;
  };
  std::vector<Given> given_;
};

}  // namespace streamz
