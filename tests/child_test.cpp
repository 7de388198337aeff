// SPDX-License-Identifier: Apache-2.0
#include "child.h"

#include <poll.h>
#include <unistd.h>

#include <csignal>

#include "catch.h"

using namespace streamz;

namespace {

Program shell(const std::string& script) {
  Program program;
  program.path = "/bin/sh";
  program.arguments = {"-c", script};
  return program;
}

// What it prints until it ends or closes its output.
std::string output(const Child& child) {
  std::string text;
  char bytes[4096];
  pollfd ready{child.out(), POLLIN, 0};
  while (poll(&ready, 1, 20'000) > 0) {
    const ssize_t size = read(child.out(), bytes, sizeof bytes);
    if (size == 0) break;
    if (size > 0) text.append(bytes, static_cast<std::size_t>(size));
  }
  return text;
}

int status_at_end(const Child& child) {
  pollfd ended{child.ended_descriptor(), POLLIN, 0};
  REQUIRE(poll(&ended, 1, 20'000) == 1);
  return child.status().value();
}

}  // namespace

TEST_CASE("a child has its variables and its pipes, and takes signals as usual") {
  Program program = shell("read -r line; echo \"$line $WHO $HOME\"; exec sleep 1000");
  program.environment = {"WHO=you", "HOME=here"};
  Child child;
  child.start(program);
  CHECK_FALSE(child.status());
  CHECK(write(child.in(), "for\n", 4) == 4);
  char bytes[64];
  pollfd ready{child.out(), POLLIN, 0};
  REQUIRE(poll(&ready, 1, 20'000) == 1);
  CHECK(std::string(bytes, static_cast<std::size_t>(read(child.out(), bytes, sizeof bytes))) == "for you here\n");
  child.signal(SIGTERM);
  CHECK(end_text(status_at_end(child)) == "was killed by SIGTERM");
}

TEST_CASE("without input there is nothing to read") {
  Program program = shell("cat; echo end; exit 3");
  program.input = false;
  Child child;
  child.start(program);
  CHECK(child.in() == -1);
  CHECK(output(child) == "end\n");
  CHECK(end_text(status_at_end(child)) == "exited with status 3");
}

TEST_CASE("a signal that ended it is named") {
  Child child;
  child.start(shell("kill -USR1 $$"));
  CHECK(end_text(status_at_end(child)) == "was killed by SIGUSR1");
}

TEST_CASE("what cannot be run is said at once") {
  Program program;
  program.path = "/no/such/program";
  Child child;
  CHECK_THROWS_WITH(child.start(program), "/no/such/program cannot be run: No such file or directory");
  program.path = "/";
  Child other;
  CHECK_THROWS_WITH(other.start(program), "/ cannot be run: Permission denied");
}

TEST_CASE("a child and what it started end with their object, even if they do not want to") {
  pid_t pid = 0;
  {
    Child child;
    child.start(shell("trap '' TERM; echo $$; exec >&-; while :; do sleep 1000; done"));
    pid = std::stoi(output(child));
    REQUIRE(kill(-pid, 0) == 0);
  }
  CHECK(kill(pid, 0) == -1);
}

TEST_CASE("all children can be killed from a signal handler") {
  Child one, other;
  one.start(shell("exec sleep 1000"));
  other.start(shell("exec sleep 1000"));
  kill_children();
  CHECK(end_text(status_at_end(one)) == "was killed by SIGKILL");
  CHECK(end_text(status_at_end(other)) == "was killed by SIGKILL");
}

TEST_CASE("the time that a child has worked is known") {
  Child child;
  child.start(shell("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo; exec sleep 1000"));
  pollfd ready{child.out(), POLLIN, 0};
  REQUIRE(poll(&ready, 1, 60'000) == 1);
  CHECK(child.processor_time() > std::chrono::milliseconds(1));
}
