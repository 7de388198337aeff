// SPDX-License-Identifier: Apache-2.0
#include "queue.h"

#include <algorithm>

#include "strand.h"

namespace streamz {

namespace {

// A quarter of what the queue holds, so that both sides go on; few records make one batch.
std::size_t batch_of(std::size_t records) {
  return std::clamp<std::size_t>(records / 4, std::min<std::size_t>(std::max<std::size_t>(records, 1), 64), 256);
}

// What a wake-up costs: an idle reader is called for less than a batch when the writer is slower than this.
constexpr std::chrono::microseconds kPatience{20};

}  // namespace

void RecordBatch::push(const Record& x) {
  if (holders_.empty() || holders_.back().chunk() != x.chunk()) holders_.push_back(x);
  items_.push_back({x.raw(), x.line(), static_cast<std::uint32_t>(holders_.size() - 1)});
  bytes_ += x.raw().size();
}

const Record& RecordBatch::front() {
  const Item& item = items_[first_];
  if (current_holder_ != item.holder) {
    current_ = holders_[item.holder];
    current_holder_ = item.holder;
  }
  current_.assign(item.text, item.line);
  return current_;
}

void RecordBatch::pop() {
  bytes_ -= items_[first_].text.size();
  if (++first_ == items_.size()) clear();
}

void RecordBatch::clear() {
  items_.clear();
  holders_.clear();
  first_ = bytes_ = 0;
  current_ = Record();
  current_holder_ = UINT32_MAX;
}

Queue::Queue(Edge& edge, Queueing limits) : edge_(edge), limits_(limits), batch_size_(batch_of(limits.records)) {}

bool Queue::has_room() const {
  if (shared_.empty()) return true;
  if (limits_.bytes != 0) return shared_bytes_ < limits_.bytes;
  return shared_records_ + collected_.size() <= std::max<std::size_t>(limits_.records, 1);
}

bool Queue::is_overdue() const {
  return edge_.to->thread->idle() && std::chrono::steady_clock::now() - collecting_since_ > kPatience;
}

void Queue::push(const Record& x) {
  if (collected_.size() == 0) collecting_since_ = std::chrono::steady_clock::now();
  collected_.push(x);
  if (collected_.size() >= batch_size_ || is_overdue()) hand_over();
}

void Queue::append(std::unique_lock<std::mutex>& /*lock*/) {
  shared_records_ += collected_.size();
  shared_bytes_ += collected_.bytes();
  shared_.push_back(std::exchange(collected_, {}));
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
  while (!has_room() && !writer.pausing()) {
    if (edge_.closed.load(std::memory_order_acquire)) return false;
    writer_waits_ = true;
    lock.unlock();
    const bool go_on = writer.wait_for_room([this] {
      const std::lock_guard<std::mutex> check(mutex_);
      return !has_room() && !edge_.from->thread->pausing() && !edge_.closed.load(std::memory_order_acquire);
    });
    lock.lock();
    if (!go_on) return false;
  }
  return true;
}

void Queue::hand_over() {
  if (collected_.size() == 0 || blocking_) return;
  std::unique_lock<std::mutex> lock(mutex_);
  if (!has_room()) {
    if (limits_.overflow == Queueing::drop_new) {
      dropped_ += collected_.size();
      collected_.clear();
      return;
    }
    while (limits_.overflow == Queueing::drop_old && !shared_.empty() && !has_room()) {
      RecordBatch& oldest = shared_.front();
      shared_bytes_ -= oldest.front().raw().size();
      --shared_records_;
      oldest.pop();
      if (oldest.size() == 0) shared_.pop_front();
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
  if (taken_.size() == 0) {
    bool writer_waits = false;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!shared_.empty()) {
        taken_ = std::move(shared_.front());
        shared_.pop_front();
        shared_records_ -= taken_.size();
        shared_bytes_ -= taken_.bytes();
      }
      writer_waits = writer_waits_ && has_room();
      if (writer_waits) writer_waits_ = false;
    }
    if (writer_waits) edge_.from->thread->call();
  }
  return taken_.size() == 0 ? nullptr : &taken_.front();
}

void Queue::pop() { taken_.pop(); }

std::vector<std::string> Queue::waiting() const {
  std::vector<std::string> texts;
  taken_.each([&](std::string_view text) { texts.emplace_back(text); });
  for (const RecordBatch& batch : shared_) batch.each([&](std::string_view text) { texts.emplace_back(text); });
  collected_.each([&](std::string_view text) { texts.emplace_back(text); });
  return texts;
}

void Queue::refill(const Record& x) { taken_.push(x); }

bool Queue::ended() {
  if (taken_.size() != 0) return false;
  const std::lock_guard<std::mutex> lock(mutex_);
  return ended_ && shared_.empty();
}

}  // namespace streamz
