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

constexpr std::size_t kMuch = 64 << 10;  // bytes: enough to be busy with

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

Queue::Queue(Edge& edge, Queueing limits)
    : edge_(edge),
      limits_(limits),
      limit_(std::max<std::uint64_t>(limits.bytes != 0 ? limits.bytes : limits.records, 1)),
      batch_(limits.bytes != 0 ? std::max<std::uint64_t>(limits.bytes / 4, 1) : batch_of(limits.records)),
      next_look_(batch_) {}

bool Queue::is_overdue() const {
  return edge_.to->thread->idle() && std::chrono::steady_clock::now() - collecting_since_ > kPatience;
}

void Queue::push(const Record& x) {
  const std::uint64_t size = units(x.raw().size());
  if (limits_.overflow != Queueing::block && !make_room(size)) return;
  if (collected_.size() == 0) collecting_since_ = std::chrono::steady_clock::now();
  collected_.push(x);
  pushed_ += size;
  if (pushed_ >= next_look_) {
    next_look_ = pushed_ + batch_;
    hand_over();
    Queue* const self[] = {this};
    wait_for_room(self, 1);
  } else if (collected_.bytes() >= kMuch || is_overdue()) {
    hand_over();
  }
}

// For a record of that size, where one has to be dropped for it; false: itself. What the reader has taken is its own.
bool Queue::make_room(std::uint64_t size) {
  const std::lock_guard<std::mutex> lock(mutex_);
  while (shared_units_ + units(collected_) + size > limit_) {
    if (limits_.overflow == Queueing::drop_old && !shared_.empty()) {
      RecordBatch& oldest = shared_.front();
      shared_units_ -= units(oldest.front().raw().size());
      oldest.pop();
      if (oldest.size() == 0) shared_.pop_front();
    } else if (limits_.overflow == Queueing::drop_old && collected_.size() > 0) {
      collected_.pop();
    } else if (limits_.overflow == Queueing::drop_old || shared_units_ + units(collected_) == 0) {
      return true;  // it is alone
    } else {
      ++dropped_;
      return false;
    }
    ++dropped_;
  }
  return true;
}

void Queue::wait_for_room(std::span<Queue* const> queues, unsigned nth) {
  Strand& writer = *queues.front()->edge_.from->thread;
  const auto takes_more = [&](const Queue* queue) {
    return queue->load() <= queue->limit_ / nth || queue->limits_.overflow != Queueing::block ||
           queue->edge_.closed.load(std::memory_order_acquire);
  };
  const auto shall_wait = [&] { return !writer.pausing() && std::none_of(queues.begin(), queues.end(), takes_more); };
  if (!shall_wait()) return;
  do {
    for (Queue* const queue : queues) queue->wake_at_.store(queue->pushed_ - queue->limit_ / nth);
  } while (writer.wait_for_room(shall_wait) && shall_wait());
  for (Queue* const queue : queues) queue->wake_at_.store(0);
}

void Queue::hand_over() {
  if (collected_.size() == 0) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    shared_units_ += units(collected_);
    shared_.push_back(std::exchange(collected_, {}));
  }
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
    const std::lock_guard<std::mutex> lock(mutex_);
    if (shared_.empty()) return nullptr;
    taken_ = std::move(shared_.front());
    shared_.pop_front();
    shared_units_ -= units(taken_);
  }
  return &taken_.front();
}

// Either the writer sees that something was popped, or this sees that it waits.
void Queue::pop() {
  const std::uint64_t size = units(taken_.front().raw().size());
  taken_.pop();
  const std::uint64_t popped = popped_.fetch_add(size) + size;
  const std::uint64_t wake_at = wake_at_.load();
  if (wake_at != 0 && popped >= wake_at) edge_.from->thread->call();
}

std::vector<std::string> Queue::waiting() const {
  std::vector<std::string> texts;
  taken_.each([&](std::string_view text) { texts.emplace_back(text); });
  for (const RecordBatch& batch : shared_) batch.each([&](std::string_view text) { texts.emplace_back(text); });
  collected_.each([&](std::string_view text) { texts.emplace_back(text); });
  return texts;
}

void Queue::refill(const Record& x) {
  taken_.push(x);
  pushed_ += units(x.raw().size());
}

bool Queue::ended() {
  if (taken_.size() != 0) return false;
  const std::lock_guard<std::mutex> lock(mutex_);
  return ended_ && shared_.empty();
}

}  // namespace streamz
