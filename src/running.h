// SPDX-License-Identifier: Apache-2.0
// One run: what its strands share. Goes in: a bound graph. Goes out: the first failure, the counts, and
// the moment at which everybody has to stop. For run.cpp, strand.cpp, host.cpp and the door.
// Tested by tests/run_test.cpp.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <string>

#include "checkpointing.h"
#include "dead_letters.h"
#include "run.h"
#include "strand.h"
#include "thrown.h"

namespace streamz {

class Run {
 public:
  Run(Graph& graph, const Chain& chain, const RunOptions& options);
  RunResult go();

  const RunOptions& options() const { return options_; }
  Clock& clock() { return clock_; }
  WaitingRoom& room() { return room_; }

  // Sources return, what was read is delivered, windows are flushed. From any thread.
  void drain();
  // The first failure of the run: printed, and every edge closed. From any thread.
  void fail(const Diagnostic& what, int status);
  // The same for a stage that cannot go on, with status 1.
  void fail(const Node& node, const std::exception& error);
  void fail(const Node& node, std::string_view reason, const char* code);
  bool draining() const { return draining_.load(std::memory_order_acquire); }
  bool failed() const { return failed_.load(std::memory_order_acquire); }
  // Nobody can go on: one source feeds two inputs unevenly (E0134).
  void stuck();

  // A record failed and is to be left out: counts it; false when that was one too many.
  bool count_left_out(OnError::Then what);
  void write_dead_letter(const Node& node, const FailedRecord& failed);

  // ---- for checkpointing.h. Everybody comes to the end of his record and rests until go_on().
  void pause();
  void go_on();
  void suspend();  // the run ends here, and goes on another time; between the two above
  bool pausing() const { return pausing_.load(std::memory_order_relaxed); }
  // Told to end, a run with checkpoints is not brought to its end, but to a last checkpoint.
  bool suspending() const { return checkpoints_.has_value() && draining(); }
  bool at_rest() const { return at_rest_.load(std::memory_order_acquire); }
  std::int64_t sync_dead_letters();  // bytes in their file, which are on the disk; -1: there is none
  void cut_dead_letters(std::int64_t size);

  void warn(const Diagnostic& what);
  // Some source announces batches: what a stage makes must say which records it comes from.
  void set_acknowledging() { acknowledging_.store(true, std::memory_order_relaxed); }
  bool acknowledging() const { return acknowledging_.load(std::memory_order_relaxed); }
  // Called by sources now and then, with what came in since: moves the line of --progress, and answers
  // SIGUSR1 with one line.
  void brought_in(std::uint64_t records);
  void note_output(std::string_view text);  // for -e: the last output of standard output

  // Where a node stands in the chain.
  Span span_of(const Node& node) const { return node.stage == nullptr ? Span{} : node.stage->span; }

 private:
  void prepare();
  void close_all();
  void start_threads();
  std::string committed(const Node& node) const;
  void summary(RunResult& result);
  RunResult result();

  Graph& graph_;
  const Chain& chain_;
  const RunOptions& options_;
  Clock clock_;
  WaitingRoom room_;
  std::deque<Strand> strands_;
  std::atomic<bool> draining_{false};
  std::atomic<bool> failed_{false};
  std::atomic<bool> acknowledging_{false};
  std::mutex mutex_;  // the two below, and stderr
  int status_ = 0;
  std::string last_output_;
  bool any_output_ = false;
  std::atomic<std::uint64_t> skipped_{0}, dead_{0};
  std::optional<DeadLetters> dead_letters_;
  std::optional<Checkpointing> checkpoints_;
  std::atomic<bool> pausing_{false}, at_rest_{false};
  std::atomic<std::uint64_t> read_{0};
  std::atomic<std::int64_t> progress_due_{0};
  Time started_{};
};

// Calls a stage outside update(): what it throws ends the run.
template <class Call>
void Strand::guarded(Node& node, Call call) {
  node.in_callback = true;
  node.current = nullptr;
  unwritten_ = true;
  try {
    call();
  } catch (...) {
    run_.fail(node, thrown_error());
  }
  node.in_callback = false;
  if (node.done.load(std::memory_order_relaxed) && !node.flushing) finish(node);
}

}  // namespace streamz
