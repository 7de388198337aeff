// SPDX-License-Identifier: Apache-2.0
// What guard.cpp and crash.cpp share: the signals of a crash, their names, and writing from inside a handler.
#pragma once

#include <csignal>
#include <memory>
#include <string_view>

namespace streamz {

constexpr int crash_signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};

// Both may be called in a signal handler.
std::string_view signal_name(int signal);  // "SIGSEGV"; valid until the next call
void say(std::string_view text);           // on standard error

// A stack for the handlers of this thread, which may have used up its own. One at a time on a thread.
class HandlerStack {
 public:
  HandlerStack();
  ~HandlerStack();
  HandlerStack(const HandlerStack&) = delete;
  HandlerStack& operator=(const HandlerStack&) = delete;

 private:
  std::unique_ptr<char[]> memory_;
  stack_t old_{};
};

}  // namespace streamz
