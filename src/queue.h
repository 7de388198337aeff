// SPDX-License-Identifier: Apache-2.0
// A cut between two strands: a bounded queue with one writer and one reader. Goes in: records from the
// writer's thread. Goes out: the same, in order, handed over 64 at a time, or at once when the reader
// is idle. A full queue blocks the writer, unless its stage asked for records to be dropped.
// Tested by tests/run_test.cpp.
#pragma once

#include <deque>
#include <mutex>
#include <vector>

#include "node.h"

namespace streamz {

class Queue {
 public:
  Queue(Edge& edge, Queueing limits);

  // ---- the writer's side
  void push(const Record& x);  // may block for room
  void end();                  // nothing follows
  void hand_over();            // gives the reader what was collected so far

  // ---- the reader's side
  const Record* front();  // null: nothing there at present
  void pop();
  bool ended();  // everything was taken and nothing follows
  std::uint64_t dropped() const { return dropped_; }

  Edge& edge() const { return edge_; }

 private:
  bool has_room() const;
  void append(std::unique_lock<std::mutex>& lock);
  bool block(std::unique_lock<std::mutex>& lock);
  bool wait_for_room(std::unique_lock<std::mutex>& lock);

  Edge& edge_;
  const Queueing limits_;
  const std::size_t batch_size_;
  std::vector<Record> collected_;  // the writer's
  bool blocking_ = false;          // the writer's: inside block(), where other queues are handed over

  std::mutex mutex_;
  std::deque<Record> shared_;
  std::size_t shared_bytes_ = 0;
  bool ended_ = false;
  bool writer_waits_ = false;
  std::uint64_t dropped_ = 0;

  std::deque<Record> taken_;  // the reader's
};

}  // namespace streamz
