// SPDX-License-Identifier: Apache-2.0
// One child process between pipes, in a process group of its own. Goes in: a program, its arguments and
// what is added to its environment. Goes out: non-blocking descriptors for its standard input, output
// and error, one that is ready once it has ended, and its end. Nothing of it outlives this object, or
// this process.
// Tested by tests/child_test.cpp.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "streamz/record.h"

namespace streamz {

struct Program {
  std::string path;
  std::vector<std::string> arguments;    // without the first, which is the path
  std::vector<std::string> environment;  // "NAME=value", added to this process's
  bool input = true;                     // a pipe on its standard input; otherwise /dev/null
  int output = -1;                       // where its standard output goes; -1: a pipe
};

class Child {
 public:
  Child() = default;
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // To be called on a thread that lives as long as the process: its end would end the child. Throws
  // Error E0155 when the program cannot be run.
  void start(const Program& program);

  // -1 once closed.
  int in() const { return in_; }
  int out() const { return out_; }
  int err() const { return err_; }
  int ended_descriptor() const { return pidfd_; }  // readable once the process has ended
  void close_in() { close_one(in_); }
  void close_out() { close_one(out_); }
  void close_err() { close_one(err_); }

  // How it ended, as wait(2) says it; nothing while it runs. Never blocks.
  std::optional<int> status() const;
  Duration processor_time() const;
  void signal(int number) const;  // to its whole group
  // SIGTERM, and SIGKILL to what is left after a second; then it is gone. Also what it left behind in its
  // group is ended.
  void end();

 private:
  static void close_one(int& descriptor);

  pid_t pid_ = -1;
  int in_ = -1, out_ = -1, err_ = -1, pidfd_ = -1;
};

// "exited with status 3", "was killed by SIGSEGV".
std::string end_text(int status);

// SIGKILL to the groups of all children of this process. For handlers of signals that end it.
void kill_children() noexcept;

}  // namespace streamz
