// SPDX-License-Identifier: Apache-2.0
// Checkpoints of a run: taken while it goes on, and taken up again. Goes in: a graph whose strands can be
// brought to rest. Goes out: the file of checkpoint.h, every so often, and once more when the run is told to
// stop; and a graph that stands where an earlier run stood.
//
// While everybody rests between two records, sinks bring what they have to the disk, and stages, sources and
// queues say what they hold. So a record is before the checkpoint for all of them or for none.
// Tested by tests/e2e/checkpoint.sh and tests/e2e/kill.sh.
#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "checkpoint.h"
#include "graph.h"

namespace streamz {

class Run;

class Checkpointing {
 public:
  // Throws Error when the directory cannot be had, or holds the checkpoint of another chain.
  Checkpointing(Run& run, Graph& graph, std::string chain);
  ~Checkpointing();
  Checkpointing(const Checkpointing&) = delete;
  Checkpointing& operator=(const Checkpointing&) = delete;

  // ---- before the strands start
  bool complete() const { return from_ && from_->complete; }  // there is nothing left to do
  void set_progress();                                        // Node::came of each stage
  void restore(Node& node);                                   // behind its start()
  void refill();                                              // what was on its way, once there are queues

  // ---- while they run
  void begin();
  int wake_descriptor() const { return wake_; }  // to be written to when the run is draining
  void end();                                    // once all have ended; a run that came to its end says so

 private:
  void main();
  void stop();
  void take();
  bool collect(Checkpoint& checkpoint);
  bool collect_waiting(Checkpoint& checkpoint);
  bool write(const Checkpoint& checkpoint);
  void write_and_commit(Checkpoint& checkpoint);
  void failed(const Error& error);

  Run& run_;
  Graph& graph_;
  std::size_t stages_;  // of the chain: the first so many nodes
  CheckpointDirectory directory_;
  std::string chain_;
  Node* committing_ = nullptr;  // the source that is exactly once, if any
  std::int64_t number_ = 0;     // of the last checkpoint
  std::optional<Checkpoint> from_;
  std::thread thread_;
  int wake_ = -1;
  std::atomic<bool> over_{false};
};

// The chain as it is compared: also what stands at its open ends.
std::string identity_of(const Chain& chain, const Graph& graph);

}  // namespace streamz
