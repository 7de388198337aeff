// SPDX-License-Identifier: Apache-2.0
// fork() and not posix_spawn(): only code between fork and exec can ask for the parent's death signal,
// without which a killed streamz leaves children behind.
#include "child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

#include <fmt/format.h>

#include "files/pipe.h"

namespace streamz {

namespace {

constexpr int kGrace = 1000;  // ms between SIGTERM and SIGKILL

// Children that a signal handler can find. Those beyond have the parent's death signal alone.
std::array<std::atomic<pid_t>, 256> running{};

void enter(pid_t pid) {
  for (auto& place : running) {
    pid_t nobody = 0;
    if (place.compare_exchange_strong(nobody, pid)) return;
  }
}

void leave(pid_t pid) {
  for (auto& place : running) {
    pid_t same = pid;
    if (place.compare_exchange_strong(same, 0)) return;
  }
}

[[noreturn]] void refuse(const std::string& fact, const std::string& hint = {}) { throw Error(fact, hint, "E0155"); }

struct Pipe {
  int ends[2] = {-1, -1};  // read, write

  Pipe() {
    if (pipe2(ends, O_CLOEXEC) != 0) refuse(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  }
  ~Pipe() {
    for (const int end : ends) {
      if (end >= 0) close(end);
    }
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  // This process's end, which never blocks it.
  int take(int which) {
    const int fd = std::exchange(ends[which], -1);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    widen_pipe(fd);
    return fd;
  }
};

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (const std::string& word : words) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

// What the child needs, made before fork(): behind it only async-signal-safe calls are allowed.
struct Image {
  const char* path;
  char** arguments;
  char** environment;
  int descriptors[4];  // its 0, 1, 2, and the one to report on, which becomes 3
  pid_t parent;
};

[[noreturn]] void become(const Image& image) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != image.parent) _exit(127);
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &action, nullptr);
  int raised[4];  // out of the way of 0 to 3, whichever they are
  for (int i = 0; i < 4; ++i) raised[i] = fcntl(image.descriptors[i], F_DUPFD, 10);
  for (int i = 0; i < 3; ++i) dup2(raised[i], i);
  dup3(raised[3], 3, O_CLOEXEC);
  closefrom(4);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  rlimit memory{};  // --max-memory is this process's alone
  getrlimit(RLIMIT_DATA, &memory);
  memory.rlim_cur = memory.rlim_max;
  setrlimit(RLIMIT_DATA, &memory);
  execve(image.path, image.arguments, image.environment);
  const int reason = errno;
  [[maybe_unused]] const auto written = write(3, &reason, sizeof reason);
  _exit(127);
}

pid_t fork_into(const Image& image) {
  // No handler of this process may run in the child.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = fork();
  if (pid == 0) become(image);
  const int reason = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) refuse(fmt::format("cannot start a process: {}", std::strerror(reason)));
  setpgid(pid, pid);  // whoever of the two is first
  return pid;
}

// Why execve() failed; 0 when it did not.
int reported(int fd) {
  int reason = 0;
  ssize_t size = 0;
  do {
    size = read(fd, &reason, sizeof reason);
  } while (size < 0 && errno == EINTR);
  return size == sizeof reason ? reason : 0;
}

[[noreturn]] void cannot_run(const std::string& path, int reason) {
  if (reason == ENOEXEC) refuse(path + " is not a program", "a script begins with its interpreter: #!/bin/sh");
  refuse(fmt::format("{} cannot be run: {}", path, std::strerror(reason)));
}

}  // namespace

void Child::start(const Program& program) {
  Pipe in, out, err, report;
  std::vector<std::string> arguments = {program.path};
  arguments.insert(arguments.end(), program.arguments.begin(), program.arguments.end());
  const std::vector<char*> argv = pointers(arguments);
  std::vector<char*> variables = pointers(program.environment);
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view name(*each, std::strcspn(*each, "=") + 1);
    const auto ours = [&](const std::string& variable) { return variable.starts_with(name); };
    if (std::none_of(program.environment.begin(), program.environment.end(), ours)) {
      variables.insert(variables.end() - 1, *each);
    }
  }
  if (!program.input) {
    close(std::exchange(in.ends[0], open("/dev/null", O_RDONLY | O_CLOEXEC)));
    close(std::exchange(in.ends[1], -1));
  }
  pid_ = fork_into(Image{program.path.c_str(),
                         const_cast<char**>(argv.data()),
                         variables.data(),
                         {in.ends[0], program.output >= 0 ? program.output : out.ends[1], err.ends[1], report.ends[1]},
                         getpid()});
  enter(pid_);
  close(std::exchange(report.ends[1], -1));
  if (const int reason = reported(report.ends[0]); reason != 0) {
    end();
    cannot_run(program.path, reason);
  }
  pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));  // glibc 2.36 declares it for C alone
  if (pidfd_ < 0) {
    const int reason = errno;
    end();
    refuse(fmt::format("cannot watch a process: {}", std::strerror(reason)));
  }
  if (program.input) in_ = in.take(1);
  if (program.output < 0) out_ = out.take(0);
  err_ = err.take(0);
}

void Child::close_one(int& descriptor) {
  if (descriptor >= 0) close(std::exchange(descriptor, -1));
}

// Left waitable until end(): as long as the process is not reaped, its group's number is nobody else's.
std::optional<int> Child::status() const {
  siginfo_t info{};
  if (pid_ < 0 || waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT | WNOHANG) != 0 || info.si_pid == 0) {
    return std::nullopt;
  }
  return info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0) : W_EXITCODE(0, info.si_status);
}

Duration Child::processor_time() const {
  clockid_t clock{};
  timespec used{};
  if (pid_ < 0 || clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &used) != 0) return {};
  return std::chrono::seconds(used.tv_sec) + Duration(used.tv_nsec);
}

void Child::signal(int number) const {
  if (pid_ > 0) kill(-pid_, number);
}

void Child::end() {
  close_in();
  close_out();
  close_err();
  if (pid_ < 0) return;
  if (!status()) {
    signal(SIGTERM);
    pollfd ended{pidfd_, POLLIN, 0};
    while (pidfd_ >= 0 && poll(&ended, 1, kGrace) < 0 && errno == EINTR) {
    }
  }
  signal(SIGKILL);
  leave(pid_);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  close_one(pidfd_);
}

std::string end_text(int status) {
  if (WIFEXITED(status)) return fmt::format("exited with status {}", WEXITSTATUS(status));
  const char* const name = sigabbrev_np(WTERMSIG(status));
  return name == nullptr ? fmt::format("was killed by signal {}", WTERMSIG(status))
                         : fmt::format("was killed by SIG{}", name);
}

void kill_children() noexcept {
  for (const auto& place : running) {
    const pid_t pid = place.load(std::memory_order_relaxed);
    if (pid > 0) kill(-pid, SIGKILL);
  }
}

}  // namespace streamz
