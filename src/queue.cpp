// SPDX-License-Identifier: Apache-2.0
#include "queue.h"

#include <algorithm>

#include "strand.h"

namespace streamz {

namespace {

constexpr std::size_t kBatch = 64;

}  // namespace

Queue::Queue(Edge& edge, Queueing limits)
    : edge_(edge), limits_(limits), batch_size_(std::clamp<std::size_t>(limits.records, 1, kBatch)) {
  collected_.reserve(batch_size_);
}

bool Queue::has_room() const {
  if (shared_.empty()) return true;
  if (limits_.bytes != 0) return shared_bytes_ < limits_.bytes;
  return shared_.size() + collected_.size() <= std::max<std::size_t>(limits_.records, 1);
}

void Queue::push(const Record& x) {
  collected_.push_back(x);
  if (collected_.size() >= batch_size_ || edge_.to->thread->idle()) hand_over();
}

void Queue::append(std::unique_lock<std::mutex>& /*lock*/) {
  for (Record& x : collected_) {
    shared_bytes_ += x.raw().size();
    shared_.push_back(std::move(x));
  }
  collected_.clear();
}

// Waits for room; false when the reader wants no more or the run is over. Called with the lock held.
bool Queue::block(std::unique_lock<std::mutex>& lock) {
  blocking_ = true;
  const bool room = wait_for_room(lock);
  blocking_ = false;
  return room;
}

bool Queue::wait_for_room(std::unique_lock<std::mutex>& lock) {
  Strand& writer = *edge_.from->thread;
  while (!has_room()) {
    if (edge_.closed.load(std::memory_order_acquire)) return false;
    writer_waits_ = true;
    lock.unlock();
    const bool go_on = writer.wait_for_room([this] {
      const std::lock_guard<std::mutex> check(mutex_);
      return !has_room() && !edge_.closed.load(std::memory_order_acquire);
    });
    lock.lock();
    if (!go_on) return false;
  }
  return true;
}

void Queue::hand_over() {
  if (collected_.empty() || blocking_) return;
  std::unique_lock<std::mutex> lock(mutex_);
  if (!has_room()) {
    if (limits_.overflow == Queueing::drop_new) {
      dropped_ += collected_.size();
      collected_.clear();
      return;
    }
    while (limits_.overflow == Queueing::drop_old && !shared_.empty() && !has_room()) {
      shared_bytes_ -= shared_.front().raw().size();
      shared_.pop_front();
      ++dropped_;
    }
    if (limits_.overflow == Queueing::block && !block(lock)) {
      collected_.clear();
      return;
    }
  }
  append(lock);
  lock.unlock();
  edge_.to->thread->call();
}

void Queue::end() {
  hand_over();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
  }
  edge_.to->thread->call();
}

const Record* Queue::front() {
  if (taken_.empty()) {
    bool writer_waits = false;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      for (std::size_t i = 0; i < batch_size_ && !shared_.empty(); ++i) {
        shared_bytes_ -= shared_.front().raw().size();
        taken_.push_back(std::move(shared_.front()));
        shared_.pop_front();
      }
      writer_waits = writer_waits_ && has_room();
      if (writer_waits) writer_waits_ = false;
    }
    if (writer_waits) edge_.from->thread->call();
  }
  return taken_.empty() ? nullptr : &taken_.front();
}

void Queue::pop() { taken_.pop_front(); }

bool Queue::ended() {
  if (!taken_.empty()) return false;
  const std::lock_guard<std::mutex> lock(mutex_);
  return ended_ && shared_.empty();
}

}  // namespace streamz
