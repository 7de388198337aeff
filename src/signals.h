// SPDX-License-Identifier: Apache-2.0
// What signals ask of a run. Goes in: SIGINT and SIGTERM, the alarm of --timeout, SIGHUP and SIGUSR1. Goes out:
// flags, and wake-ups of those who wait; a handler may do no more. A second SIGINT or SIGTERM, and the end of
// --drain-timeout, end the process at once. One run at a time in a process.
// Tested by tests/e2e/signals.sh and tests/e2e/checkpoint.sh.
#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include "streamz/record.h"

namespace streamz {

struct SignalPlan {
  std::atomic<bool>* draining = nullptr;  // set when the run is to end
  std::vector<int> wake;                  // event descriptors that are written to then, and at SIGHUP
  Duration drain_timeout{};
  std::optional<Duration> timeout;
};
void take_signals(const SignalPlan& plan);
void end_timers();     // all is delivered: --timeout and --drain-timeout have nothing to end
void leave_signals();  // default actions again; what came stays known

// Until signals are taken, none came.
int ended_by_signal();       // SIGINT or SIGTERM; 0: neither
bool timed_out();            // --timeout
bool take_status_request();  // SIGUSR1, since the last call
unsigned hang_ups();         // SIGHUPs so far

}  // namespace streamz
