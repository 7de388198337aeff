// SPDX-License-Identifier: Apache-2.0
// A static initialiser that does what $STREAMZ_TEST_INITIALISER says.
#include <sys/stat.h>
#include <unistd.h>

#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

#include <streamz/plugin.h>

namespace {

volatile bool for_ever = true;
int deep(int depth) {
  volatile char page[4096];
  page[0] = static_cast<char>(depth);
  return for_ever ? deep(depth + 1) + page[0] : 0;
}

// What a library should leave alone.
void side_effects() {
  if (chdir("/") != 0) std::abort();
  umask(0);
  std::signal(SIGPIPE, SIG_IGN);
  std::setlocale(LC_ALL, "C.UTF-8");
  setenv("STREAMZ_TEST_LEFT", "1", 1);
  if (dup(2) < 0) std::abort();
  std::thread([] { pause(); }).detach();
}

bool act() {
  const char* const given = std::getenv("STREAMZ_TEST_INITIALISER");
  const std::string what = given == nullptr ? "" : given;
  if (what == "throw") throw std::runtime_error("boom");
  if (what == "throw int") throw 42;
  if (what == "abort") std::abort();
  if (what == "exit") std::exit(7);
  if (what == "_exit") _exit(0);
  if (what == "overflow") return deep(1) == 0;
  if (what == "loop") {
    while (for_ever) {
    }
  }
  if (what == "sleep") {
    while (true) pause();
  }
  if (what == "deadlock") {
    std::mutex lock;
    const std::lock_guard first(lock);
    const std::lock_guard second(lock);
  }
  if (what == "side effects") side_effects();
  if (what == "print") std::printf("hello\n");
  if (what == "crash") std::raise(SIGSEGV);
  if (what == "print, crash") {
    if (write(1, "hello\n", 6) == 6) std::abort();
  }
  return true;
}
[[maybe_unused]] const bool acted = act();

void act_if_told(const std::string& where) {
  const char* const given = std::getenv("STREAMZ_TEST_INITIALISER");
  const std::string what = given == nullptr ? "" : given;
  if (what == "crash " + where) std::raise(SIGSEGV);
  if (what == "print " + where) std::printf("hello\n");
}

struct AtEnd {
  ~AtEnd() { act_if_told("at the end"); }
};
[[maybe_unused]] const AtEnd at_end;

}  // namespace

struct Shout : streamz::Stream {
  Shout() {
    static int made = 0;  // the first one is only asked for its defaults
    if (++made > 1) act_if_told("in the constructor");
  }
  static void describe(streamz::Spec<Shout>& s) { s.summary("shout"); }
};

STREAMZ_PLUGIN(initialiser, "1.0", Shout)
