// SPDX-License-Identifier: Apache-2.0
// A static initialiser that does what $STREAMZ_TEST_INITIALISER says.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <streamz/plugin.h>

namespace {

bool act() {
  const char* const given = std::getenv("STREAMZ_TEST_INITIALISER");
  const std::string what = given == nullptr ? "" : given;
  if (what == "throw") throw std::runtime_error("boom");
  if (what == "throw int") throw 42;
  if (what == "abort") std::abort();
  if (what == "exit") std::exit(7);
  if (what == "print") std::printf("hello\n");
  if (what == "crash") std::raise(SIGSEGV);
  if (what == "print, crash") {
    if (write(1, "hello\n", 6) == 6) std::abort();
  }
  return true;
}
[[maybe_unused]] const bool acted = act();

}  // namespace

struct Shout : streamz::Stream {
  static void describe(streamz::Spec<Shout>& s) { s.summary("shout"); }
};

STREAMZ_PLUGIN(initialiser, "1.0", Shout)
