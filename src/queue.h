// SPDX-License-Identifier: Apache-2.0
// A cut between two strands: a bounded queue with one writer and one reader. Goes in: records from the
// writer's thread. Goes out: the same, in order, handed over in batches; sooner when the writer waits,
// or when the reader is idle and the writer slow. A full queue blocks the writer, unless its stage asked for
// records to be dropped, or a checkpoint is wanted: then everybody has to come to the end of his record.
// Whether it is full is looked at behind every so many records, and not when a batch happens to be handed over: so
// in virtual time, where each side goes on as far as it can, the same input gives the same output.
// Tested by tests/run_test.cpp and tests/e2e/virtual_time.sh.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <vector>

#include "node.h"

namespace streamz {

// Records on their way between threads. Those that stand side by side in one chunk hold it together: its
// count would otherwise go to and fro between two processors for every record.
class RecordBatch {
 public:
  void push(const Record& x);
  std::size_t size() const { return items_.size() - first_; }
  std::size_t bytes() const { return bytes_; }
  const Record& front();  // valid until pop(), or while a copy lives
  void pop();
  void clear();
  template <class F>
  void each(F f) const {
    for (std::size_t i = first_; i < items_.size(); ++i) f(items_[i].text);
  }

 private:
  struct Item {
    std::string_view text;
    std::uint32_t line;
    std::uint32_t holder;  // in holders_
  };
  std::vector<Item> items_;
  std::vector<Record> holders_;
  std::size_t first_ = 0;  // items before it were taken
  std::size_t bytes_ = 0;
  Record current_;  // the front, once it was asked for
  std::uint32_t current_holder_ = UINT32_MAX;
};

class Queue {
 public:
  Queue(Edge& edge, Queueing limits);

  // ---- the writer's side
  void push(const Record& x);  // may block for room
  void end();                  // nothing follows
  void hand_over();            // gives the reader what was collected so far
  // Of what was pushed: the records that are not popped yet, or their bytes.
  std::uint64_t load() const { return pushed_ - popped_.load(); }
  // Returns when one of the queues is filled to at most the Nth part of its limit, drops what is too much, or has a
  // reader that wants no more; and when the run is over, or a checkpoint is wanted. They have one writer.
  static void wait_for_room(std::span<Queue* const> queues, unsigned nth);

  // ---- the reader's side
  const Record* front();  // null: nothing there at present
  void pop();
  bool ended();  // everything was taken and nothing follows
  std::uint64_t dropped() const { return dropped_; }

  // ---- while both sides rest
  std::vector<std::string> waiting() const;  // the texts of what is in it
  void refill(const Record& x);              // ... of an earlier run, before anything else

  Edge& edge() const { return edge_; }

 private:
  // What a record counts: itself, or its bytes.
  std::uint64_t units(std::size_t size) const { return limits_.bytes == 0 ? 1 : size; }
  std::uint64_t units(const RecordBatch& batch) const { return limits_.bytes == 0 ? batch.size() : batch.bytes(); }
  bool is_overdue() const;
  bool make_room(std::uint64_t units);

  Edge& edge_;
  const Queueing limits_;
  const std::uint64_t limit_, batch_;  // units: of the whole, and between two looks at it

  // ---- the writer's
  RecordBatch collected_;
  std::uint64_t pushed_ = 0;  // units, from the beginning
  std::uint64_t next_look_;   // at so many of them
  std::chrono::steady_clock::time_point collecting_since_;
  std::uint64_t dropped_ = 0;

  std::mutex mutex_;
  std::deque<RecordBatch> shared_;  // none is empty
  std::uint64_t shared_units_ = 0;
  bool ended_ = false;

  std::atomic<std::uint64_t> popped_{0};   // units, from the beginning
  std::atomic<std::uint64_t> wake_at_{0};  // the writer waits until so many are popped; 0: it does not

  RecordBatch taken_;  // the reader's
};

}  // namespace streamz
