// SPDX-License-Identifier: Apache-2.0
#include "guard.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string_view>

#include <fmt/format.h>

namespace streamz {

namespace {

constexpr int failed_to_compile = 3;  // the exit status of a chain that does not get to run

// What the handlers need: made before, since a handler may only write.
struct LastWords {
  bool standing = false;
  int aside = -1;
  std::string package, library, place;
  std::chrono::milliseconds limit{};
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

void say_all(std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) say(part);
}

[[noreturn]] void end_process() {
  const LastWords& w = words();
  say_all({"  = file: ", w.library, "\n  = help: streamz plugins check ", w.package, "\n"});
  _exit(failed_to_compile);
}

[[noreturn]] void crashed(std::string_view how) {
  const LastWords& w = words();
  pass_on(w.aside);
  say_all({"error[E0150]: ", w.package, " crashed while loading: ", how, " in ", w.place, " of ", w.library, "\n"});
  end_process();
}

[[noreturn]] void hung() {
  const LastWords& w = words();
  pass_on(w.aside);
  const bool whole = w.limit.count() % 1000 == 0;
  char digits[20];
  const char* const end = std::to_chars(digits, std::end(digits), w.limit.count() / (whole ? 1000 : 1)).ptr;
  say_all({"error[E0151]: ", w.package, " did not load within ", {digits, end}, whole ? " s\n" : " ms\n"});
  end_process();
}

void on_signal(int signal) {
  if (signal == SIGALRM) hung();
  crashed(signal_name(signal));
}

// Not a signal handler: may format.
void on_exit_called(int status, void*) {
  if (words().standing) crashed(fmt::format("exit({})", status & 0xff));
}

}  // namespace

Guard::Guard(const std::string& package, const std::string& library, std::chrono::milliseconds limit) {
  LastWords& w = words();
  w.package = package;
  w.library = library;
  w.limit = limit;
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

void Guard::enter(std::string_view place) { words().place = place; }

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
