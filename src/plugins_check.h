// SPDX-License-Identifier: Apache-2.0
// `streamz plugins check`: every package tried in a process of its own, which loads it, makes its stages and
// runs their examples. Goes in: the index. Goes out: for each package whether a chain could use it, why not,
// and what loading it changes in a process. Tested by tests/e2e/bad_plugins.sh and tests/plugins/bad.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "index.h"

namespace streamz {

struct PackageReport {
  enum class Verdict { ok, warn, fail } verdict = Verdict::fail;
  std::string package;
  std::string code, message, hint;   // of a failure
  std::vector<std::string> remarks;  // what it changes on load, what its stages leave unsaid
  int stages = 0, examples = 0;      // tried
  double milliseconds = 0;
};

// All packages that are not shadowed; with a name only the package that is called so or has that stage, and
// none when nobody has it. A package has ten seconds.
std::vector<PackageReport> check_packages(const Index& index, std::string_view name = {});

std::string to_text(const std::vector<PackageReport>& reports);
std::string to_json(const std::vector<PackageReport>& reports);

}  // namespace streamz
