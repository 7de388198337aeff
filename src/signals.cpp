// SPDX-License-Identifier: Apache-2.0
#include "signals.h"

#include <signal.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <tuple>
#include <utility>

#include "child.h"

namespace streamz {

namespace {

constexpr std::size_t kMostWaiting = 256;
struct Signalled {
  std::atomic<int> signal{0};
  std::atomic<std::int64_t> signal_at{0};  // ms
  std::atomic<bool> timed_out{false};
  std::atomic<bool> status_wanted{false};
  std::atomic<unsigned> hang_ups{0};
  std::atomic<bool>* draining = nullptr;
  std::array<int, kMostWaiting> wake{};
  std::atomic<std::size_t> count{0};
  long drain_seconds = 10, drain_microseconds = 0;
};
Signalled signalled;

void arm(long seconds, long microseconds) {
  const itimerval timer{{0, 0}, {seconds, microseconds}};
  setitimer(ITIMER_REAL, &timer, nullptr);
}

void wake_all() {
  for (std::size_t i = 0; i < signalled.count.load(); ++i) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(signalled.wake[i], &one, sizeof one);
  }
}

void drain_from_handler() {
  signalled.draining->store(true);
  wake_all();
  arm(signalled.drain_seconds, signalled.drain_microseconds);
}

// timeout(1) sends its signal twice in one moment, to its child and to the group: nobody who asks again is so fast.
constexpr std::int64_t kOneMoment = 100;  // ms

std::int64_t now_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

void on_signal(int signal) {
  const int error = errno;
  if (signalled.signal.load() != 0 && now_ms() < signalled.signal_at.load() + kOneMoment) return;
  signalled.signal_at.store(now_ms());
  if (signalled.signal.exchange(signal) != 0) {  // the second one: at once
    kill_children();
    ::signal(signal, SIG_DFL);
    raise(signal);
  }
  drain_from_handler();
  errno = error;
}

void on_hang_up(int /*signal*/) {
  const int error = errno;
  signalled.hang_ups.fetch_add(1);
  wake_all();
  errno = error;
}

void on_status(int /*signal*/) {
  const int error = errno;
  signalled.status_wanted.store(true);
  wake_all();  // an idle run answers too
  errno = error;
}

void on_alarm(int /*signal*/) {
  if (!signalled.draining->load()) {
    signalled.timed_out.store(true);
    drain_from_handler();
    return;
  }
  static const char message[] = "streamz: stopped before everything was delivered (--drain-timeout)\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, message, sizeof message - 1);
  kill_children();
  _exit(6);
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

std::pair<long, long> split(Duration duration) {
  const long microseconds = std::max<long>(1, duration.count() / 1000);
  return {microseconds / 1'000'000, microseconds % 1'000'000};
}

}  // namespace

void take_signals(const SignalPlan& plan) {
  signalled.draining = plan.draining;
  std::tie(signalled.drain_seconds, signalled.drain_microseconds) = split(plan.drain_timeout);
  const std::size_t count = std::min(plan.wake.size(), kMostWaiting);
  std::copy_n(plan.wake.begin(), count, signalled.wake.begin());
  signalled.count.store(count);
  handle(SIGINT, on_signal);
  handle(SIGTERM, on_signal);
  handle(SIGALRM, on_alarm);
  handle(SIGUSR1, on_status);
  // Where somebody sits at a terminal it means that he is gone.
  if (isatty(STDERR_FILENO) == 0) handle(SIGHUP, on_hang_up);
  if (plan.timeout) arm(split(*plan.timeout).first, split(*plan.timeout).second);
}

void end_timers() { arm(0, 0); }

void leave_signals() {
  end_timers();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) handle(signal, SIG_DFL);
  signalled.count.store(0);
}

int ended_by_signal() { return signalled.signal.load(); }
bool timed_out() { return signalled.timed_out.load(); }
bool take_status_request() {
  return signalled.status_wanted.load(std::memory_order_relaxed) && signalled.status_wanted.exchange(false);
}
unsigned hang_ups() { return signalled.hang_ups.load(std::memory_order_relaxed); }

}  // namespace streamz
