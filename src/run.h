// SPDX-License-Identifier: Apache-2.0
// Step 5: drives a bound graph to its end. Goes in: a Graph and the options of the run. Goes out: an
// exit status, and what was counted. Sources run on their strands; timers, signals, backpressure,
// acknowledgement and the orderly end are decided here and in strand.cpp, queue.cpp, acks.cpp.
// Tested by tests/run_test.cpp, tests/acks_test.cpp and tests/e2e.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "clock.h"
#include "error.h"
#include "graph.h"

namespace streamz {

struct RunOptions {
  OnError on_error = OnError::fail;
  std::uint64_t max_errors = UINT64_MAX;  // failed records that are left out before the run fails after all
  std::string dead_letters;               // the file for those that failed; "": none
  std::string checkpoint;                 // the directory; "": none
  Duration checkpoint_interval = std::chrono::seconds(5);
  bool fresh = false;                // forget the checkpoint that is there
  std::uint64_t limit = UINT64_MAX;  // records each source brings in
  std::size_t jobs = 1;              // copies of each stage that can be had more than once; 0: usual_jobs()
  std::size_t max_line = 16 << 20;   // bytes of one input line
  std::size_t max_memory = 0;        // bytes; 0: as much as there is
  Clock::Kind clock = Clock::Kind::wall;
  std::optional<Duration> timeout;  // the whole run; status 124
  Duration drain_timeout = std::chrono::seconds(10);
  bool exit_status = false;  // -e
  bool progress = false;
  bool quiet = false;  // -q: no summary lines
  bool trace = false;  // every record that a stage emits, on stderr
  enum class Stats { none, text, json } stats = Stats::none;
  ErrorFormat error_format = ErrorFormat::text;
  bool color = false;              // of diagnostics
  bool handle_signals = true;      // false in tests
  bool restoring = false;          // after each record stages are made anew from what they save: a test of that
  std::string* capture = nullptr;  // diagnostics go here instead of stderr
};

// Runs to the end and returns the exit status (language help, "exit status"). Errors are printed on
// stderr as they happen. A signal that ended the run is re-raised by the caller: see `signal`.
struct RunResult {
  int status = 0;
  int signal = 0;  // re-raise this with the default action after flushing
};
RunResult run(Graph& graph, const Chain& chain, const RunOptions& options);

}  // namespace streamz
