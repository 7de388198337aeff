// SPDX-License-Identifier: Apache-2.0
// The guard around a plugin's first code: while it stands, a crash, a hang and exit() end the process
// with one error that names the plugin, and standard output is kept aside.
// Tested by tests/guard_test.cpp.
#pragma once

#include <sys/time.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "last_words.h"

namespace streamz {

// One at a time, on the thread that loads. Nothing can be thrown out of a signal handler below dlopen(),
// so the last words go to standard error and the process ends with status 3.
class Guard {
 public:
  // `limit`: for all of it.
  Guard(const std::string& package, const std::string& library, std::chrono::milliseconds limit);
  ~Guard();
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  // What code of it runs from now on: "a static initialiser".
  void enter(std::string_view place);

  // Takes the guard down. Returns how many bytes were written to standard output meanwhile; they are on
  // standard error now.
  std::size_t end();

 private:
  static constexpr int signals_[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM};
  bool standing_ = true;
  std::optional<HandlerStack> stack_;
  sigset_t old_mask_{};
  struct sigaction old_actions_[std::size(signals_)]{};
  itimerval old_timer_{};
  int stdout_ = -1;  // where descriptor 1 led
  int aside_ = -1;   // where it leads now
};

}  // namespace streamz
