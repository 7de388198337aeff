// SPDX-License-Identifier: Apache-2.0
#include "last_words.h"

#include <unistd.h>

#include <cstring>

namespace streamz {

namespace {

constexpr std::size_t stack_size = 65536;

}  // namespace

std::string_view signal_name(int signal) {
  static char name[16] = "SIG";  // the name of the last call: a process has one crash
  const char* const rest = sigabbrev_np(signal);
  std::strncpy(name + 3, rest == nullptr ? "?" : rest, sizeof name - 4);
  return name;
}

void say(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

HandlerStack::HandlerStack() : memory_(new char[stack_size]) {
  const stack_t stack{memory_.get(), 0, stack_size};
  sigaltstack(&stack, &old_);
}

HandlerStack::~HandlerStack() { sigaltstack(&old_, nullptr); }

}  // namespace streamz
