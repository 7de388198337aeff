// SPDX-License-Identifier: Apache-2.0
#include "contract.h"

#include <fmt/format.h>

#include "values.h"

namespace streamz {

std::vector<std::string> left_unsaid(const Entry& entry) {
  const StageSpec* const spec = entry.spec();
  if (spec == nullptr) return {"its manifest does not describe it"};
  std::vector<std::string> faults;
  if (spec->summary.empty()) faults.emplace_back("no summary");
  if (spec->summary.find('\n') != std::string::npos) faults.emplace_back("a summary of several lines");
  for (const Param& param : spec->params) {
    if (param.doc.empty()) faults.push_back(fmt::format("{} has no description", param.name));
    if (param.value.empty()) continue;
    if (const auto error = check_argument(param, param.value)) {
      faults.push_back(fmt::format("the default of {}: {}", param.name, error->what()));
    }
  }
  if (spec->examples.empty()) faults.emplace_back("no example");
  return faults;
}

}  // namespace streamz
