// SPDX-License-Identifier: Apache-2.0
// What a library can change in the process that loads it: looked at before and after.
// Tested by tests/plugins/bad.
#pragma once

#include <csignal>
#include <set>
#include <string>
#include <vector>

namespace streamz {

class ProcessState {
 public:
  ProcessState();  // as it is now
  // What differs in `later`: "cwd", "umask", "SIGPIPE ignored", "locale", "1 fd", "1 thread", "environment LANG".
  std::vector<std::string> changes(const ProcessState& later) const;

 private:
  std::string directory_, locale_;
  mode_t mask_;
  std::set<std::string> descriptors_, threads_, environment_;
  struct sigaction actions_[NSIG] {};
};

}  // namespace streamz
