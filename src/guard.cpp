// SPDX-License-Identifier: Apache-2.0
#include "guard.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

namespace streamz {

namespace {

constexpr int failed_to_compile = 3;  // the exit status of a chain that does not get to run

// What the handlers need: made before, since a handler may only write.
struct LastWords {
  bool standing = false;
  int aside = -1;
  std::string crashed, in, hung, file;
};
LastWords& words() {
  static LastWords the_words;  // one process, one guard
  return the_words;
}

// Everything below is async-signal-safe.

std::size_t pass_on(int aside) {
  char buffer[4096];
  off_t at = 0;
  while (true) {
    const ssize_t got = pread(aside, buffer, sizeof buffer, at);
    if (got <= 0) return static_cast<std::size_t>(at);
    say({buffer, static_cast<std::size_t>(got)});
    at += got;
  }
}

[[noreturn]] void last_words(std::string_view first, std::string_view how, std::string_view last) {
  pass_on(words().aside);
  say(first);
  say(how);
  say(last);
  say(words().file);
  _exit(failed_to_compile);
}

void on_signal(int signal) {
  if (signal == SIGALRM) last_words(words().hung, "", "");
  last_words(words().crashed, signal_name(signal), words().in);
}

// Not a signal handler: may format.
void on_exit_called(int status, void*) {
  if (words().standing) last_words(words().crashed, fmt::format("exit({})", status & 0xff), words().in);
}

}  // namespace

Guard::Guard(const std::string& package, const std::string& library, std::chrono::milliseconds limit)
    : library_(library) {
  LastWords& w = words();
  w.crashed = fmt::format("error[E0150]: {} crashed while loading: ", package);
  const auto seconds = std::chrono::duration<double>(limit).count();
  w.hung = fmt::format("error[E0151]: {} did not load within {:g} s\n", package, seconds);
  w.file = fmt::format("  = file: {}\n  = help: streamz plugins check {}\n", library, package);
  static const int registered = on_exit(on_exit_called, nullptr);
  static_cast<void>(registered);

  std::fflush(stdout);
  aside_ = memfd_create("streamz-stdout", MFD_CLOEXEC);
  stdout_ = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
  if (aside_ >= 0) dup2(aside_, STDOUT_FILENO);
  w.aside = aside_;

  stack_.emplace();
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_ONSTACK;
  sigset_t ours;
  sigemptyset(&ours);
  for (std::size_t i = 0; i < std::size(signals_); ++i) {
    sigaction(signals_[i], &action, &old_actions_[i]);
    sigaddset(&ours, signals_[i]);
  }
  pthread_sigmask(SIG_UNBLOCK, &ours, &old_mask_);  // a blocked alarm would let it hang
  w.standing = true;
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(limit);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(limit - whole);
  const itimerval timer{{0, 0}, {whole.count(), rest.count()}};
  setitimer(ITIMER_REAL, &timer, &old_timer_);
}

Guard::~Guard() { end(); }

void Guard::enter(std::string_view place) { words().in = fmt::format(" in {} of {}\n", place, library_); }

std::size_t Guard::end() {
  if (!standing_) return 0;
  standing_ = false;
  const itimerval none{};
  setitimer(ITIMER_REAL, &none, nullptr);
  words().standing = false;
  pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
  for (std::size_t i = 0; i < std::size(signals_); ++i) sigaction(signals_[i], &old_actions_[i], nullptr);
  stack_.reset();
  setitimer(ITIMER_REAL, &old_timer_, nullptr);

  std::fflush(stdout);
  if (stdout_ >= 0) {
    dup2(stdout_, STDOUT_FILENO);
    close(stdout_);
  } else {
    close(STDOUT_FILENO);  // as it was
  }
  if (aside_ < 0) return 0;
  const std::size_t stray = pass_on(aside_);
  close(aside_);
  return stray;
}

}  // namespace streamz
