// SPDX-License-Identifier: Apache-2.0
#include "guard.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data_stdout.h"
#include "plugin_fixture.h"

using namespace streamz;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

#if defined(__SANITIZE_THREAD__)
constexpr bool kThreadSanitizer = true;
#elif defined(__has_feature)
constexpr bool kThreadSanitizer = __has_feature(thread_sanitizer);
#else
constexpr bool kThreadSanitizer = false;
#endif

struct Ended {
  int status = -1;   // exit status; -1: by a signal
  std::string said;  // on standard error
};

// Runs f in a child process, which ends with status 99 when f returns.
template <class F>
Ended in_child(F f) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    f();
    _exit(99);
  }
  close(ends[1]);
  Ended ended;
  char buffer[4096];
  ssize_t got = 0;
  while ((got = read(ends[0], buffer, sizeof buffer)) > 0) ended.said.append(buffer, static_cast<std::size_t>(got));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status)) ended.status = WEXITSTATUS(status);
  return ended;
}

Ended load_in_child(const std::string& initialiser) {
  Plugin plugin("initialiser");
  plugin.with(fixture("initialiser"));
  const Entry& entry = plugin.entry();
  return in_child([&] {
    setenv("STREAMZ_TEST_INITIALISER", initialiser.c_str(), 1);
    Loader loader;
    loader.load(entry);
  });
}

}  // namespace

TEST_CASE("a static initialiser that throws is one error, and the file is not opened again") {
  if (kThreadSanitizer) return;  // it counts what dlopen() began and, left by an exception, never ended
  Plugin plugin("initialiser");
  plugin.with(fixture("initialiser"));
  setenv("STREAMZ_TEST_INITIALISER", "throw", 1);
  const std::string error = "E0149 initialiser failed while loading: boom (not tried again in this process)";
  Loader loader;
  CHECK(failure(loader, plugin) == error);
  unsetenv("STREAMZ_TEST_INITIALISER");
  CHECK(failure(loader, plugin) == error);
  CHECK(failure(plugin) == error);  // nor by another loader

  Plugin other("initialiser");
  other.with(fixture("initialiser"));
  setenv("STREAMZ_TEST_INITIALISER", "throw int", 1);
  CHECK_THAT(failure(other), StartsWith("E0149 initialiser failed while loading: threw int ("));
  unsetenv("STREAMZ_TEST_INITIALISER");
}

TEST_CASE("a static initialiser that ends the process leaves one error") {
  struct Case {
    std::string initialiser, said;
  };
  const Case cases[] = {
      {"crash", "error[E0150]: initialiser crashed while loading: SIGSEGV in a static initialiser of "},
      {"abort", "error[E0150]: initialiser crashed while loading: SIGABRT in a static initialiser of "},
      {"exit", "error[E0150]: initialiser crashed while loading: exit(7) in a static initialiser of "},
      {"print, crash", "hello\nerror[E0150]: initialiser crashed while loading: SIGABRT in a static initialiser of "},
  };
  for (const Case& c : cases) {
    // The thread sanitizer ends a process that leaves from inside dlopen with a report and a status of its own.
    if (kThreadSanitizer && std::string(c.initialiser) == "exit") continue;
    INFO(c.initialiser);
    const Ended ended = load_in_child(c.initialiser);
    CHECK(ended.status == 3);
    CHECK_THAT(ended.said, StartsWith(c.said));
    CHECK_THAT(ended.said, Contains("/initialiser.so\n  = file: "));
    CHECK_THAT(ended.said, EndsWith("  = help: streamz plugins check initialiser\n"));
  }
}

TEST_CASE("what hangs under the guard is ended") {
  const Ended ended = in_child([] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);  // a blocked alarm must ring as well
    const Guard guard("slow", "/x/slow.so", std::chrono::milliseconds(20));
    while (true) pause();
  });
  CHECK(ended.status == 3);
  CHECK(ended.said ==
        "error[E0151]: slow did not load within 20 ms\n  = file: /x/slow.so\n  = help: streamz plugins check slow\n");
}

TEST_CASE("the guard leaves the process as it was") {
  struct sigaction before {
  }, after{};
  sigaction(SIGSEGV, nullptr, &before);
  { const Guard guard("p", "p.so", std::chrono::seconds(10)); }
  sigaction(SIGSEGV, nullptr, &after);
  CHECK(before.sa_handler == after.sa_handler);
  itimerval timer{};
  getitimer(ITIMER_REAL, &timer);
  CHECK(timer.it_value.tv_sec == 0);
  CHECK(timer.it_value.tv_usec == 0);
}

TEST_CASE("what a plugin prints while loading is no data") {
  Plugin plugin("initialiser");
  plugin.with(fixture("initialiser"));
  setenv("STREAMZ_TEST_INITIALISER", "print", 1);
  Loader loader;
  CHECK_NOTHROW(loader.load(plugin.entry()));
  unsetenv("STREAMZ_TEST_INITIALISER");
  REQUIRE(loader.warnings.size() == 1);
  CHECK(loader.warnings[0].code == "W0149");
  CHECK(loader.warnings[0].message ==
        "initialiser wrote 6 bytes to standard output while loading; they went to standard error");
}

TEST_CASE("what the constructor of a stage prints is no data either") {
  Plugin plugin("initialiser");
  plugin.with(fixture("initialiser"));
  setenv("STREAMZ_TEST_INITIALISER", "print in the constructor", 1);
  Loader loader;
  const StageClass* type = nullptr;
  CHECK(loader.make(plugin.entry(), type) != nullptr);
  unsetenv("STREAMZ_TEST_INITIALISER");
  CHECK(type == &loader.load(plugin.entry()));
  REQUIRE(loader.warnings.size() == 1);
  CHECK(loader.warnings[0].message ==
        "initialiser wrote 6 bytes to standard output while loading; they went to standard error");
}

TEST_CASE("what a plugin prints is said also where it cannot be loaded") {
  Plugin plugin("initialiser", "Nothing");
  plugin.with(fixture("initialiser"));
  setenv("STREAMZ_TEST_INITIALISER", "print", 1);
  Loader loader;
  CHECK_THAT(failure(loader, plugin), StartsWith("E0152 initialiser has no class Nothing (it has: "));
  unsetenv("STREAMZ_TEST_INITIALISER");
  REQUIRE(loader.warnings.size() == 1);
  CHECK(loader.warnings[0].code == "W0149");
}

TEST_CASE("standard output is moved away from descriptor 1") {
  protect_stdout();
  const int data = data_stdout();
  CHECK(data >= 10);
  CHECK((fcntl(data, F_GETFD) & FD_CLOEXEC) != 0);
  protect_stdout();
  CHECK(data_stdout() == data);
  struct stat one {
  }, two{};
  REQUIRE(fstat(STDOUT_FILENO, &one) == 0);
  REQUIRE(fstat(STDERR_FILENO, &two) == 0);
  CHECK(one.st_dev == two.st_dev);
  CHECK(one.st_ino == two.st_ino);
}
