// SPDX-License-Identifier: Apache-2.0
// The source's side of a strand (strand.h): what comes in, waiting, and the acknowledgements that go back.
#include <algorithm>
#include <utility>

#include "running.h"
#include "thrown.h"

namespace streamz {

void Strand::run_source(Node& source) {
  try {
    static_cast<Source&>(*source.object).run();
  } catch (...) {
    run_.fail(source, thrown_error());
  }
  end_batch();
  // A run that goes on another time is not brought to its end: what is held stays in the checkpoint.
  while (run_.suspending() && !run_.failed()) pause();
  finish(source);
}

// Waits until the checkpoint is taken.
void Strand::pause() {
  let_go();
  while ((run_.pausing() || run_.suspending()) && !run_.failed()) {
    std::vector<pollfd> fds(1);
    room_.wait(seat_, WaitingRoom::For::pause, Time::max(), fds, false,
               [&] { return (run_.pausing() || run_.suspending()) && !run_.failed(); });
  }
}

void Strand::tell_progress() { run_.brought_in(emits_ - std::exchange(told_, emits_)); }

void Strand::look_around() {
  run_timers();
  notice_closed_outputs();
  notice_hang_up();
}

bool Strand::emit_pack(Node& source, const Record& pack) {
  Edge& edge = *source.out.front().front();
  if (ended_by_readers_ || run_.failed()) return false;
  unwritten_ = true;
  deliver(edge, pack);
  look_around();
  if (done_batches_.load(std::memory_order_relaxed)) acknowledge();
  return !edge.closed.load(std::memory_order_relaxed) && !ended_by_readers_;
}

bool Strand::source_emit(Node& source, const Record& x, int port) {
  if (run_.pausing()) pause();  // what the source saves leads to this record
  if (ended_by_readers_ || run_.failed()) return false;
  unwritten_ = true;
  bool open = emit(source, x, port) || source.open_outputs > 0;
  if (++brought_in_ >= run_.options().limit) {
    ended_by_readers_ = true;
    open = false;
  }
  // A source that never waits still has timers behind it, acknowledgements to hear of and readers in
  // other threads that may be gone.
  if (++emits_ % 64 == 0) {
    look_around();
    tell_progress();
  }
  if (done_batches_.load(std::memory_order_relaxed)) acknowledge();
  if (run_.options().restoring) make_anew();
  return open && !ended_by_readers_;
}

bool Strand::wait(int fd, short events, Time until) {
  end_batch();
  // In virtual time everybody else comes to rest first, so that what this source does next finds the
  // effects of what it did before.
  const bool settles = run_.clock().is_virtual() && fd < 0;
  bool settled = !settles;
  for (;;) {
    run_timers();
    acknowledge();
    notice_closed_outputs();
    notice_hang_up();
    if (ended_by_readers_ || run_.failed() || run_.draining()) return false;
    tell_progress();
    if (fd >= 0) {
      pollfd ready{fd, events, 0};
      if (poll(&ready, 1, 0) > 0) return true;
    }
    if (settled && run_.clock().now() >= until) return true;
    let_go();
    std::vector<pollfd> fds = descriptors(fd, events);
    idle_.store(true, std::memory_order_release);
    const auto what = settles ? WaitingRoom::For::settled : wanted();
    const bool rest = room_.wait(seat_, what, std::min(until, next_timer()), fds, fd >= 0 || holds_clock(), [&] {
      return !run_.failed() && !run_.draining() && !done_batches_.load(std::memory_order_acquire);
    });
    idle_.store(false, std::memory_order_release);
    if (room_.stuck()) run_.stuck();
    settled = rest || !settles;
    run_ready(fds, fd >= 0 ? 2 : 1);
  }
}

Slot Strand::slot(std::string_view name) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i]->name() == name) return static_cast<Slot>(i);
  }
  slots_.push_back(std::make_unique<SlotState>(std::string(name), notify_));
  return static_cast<Slot>(slots_.size() - 1);
}

void Strand::batch(Slot slot, std::int64_t next) {
  end_batch();
  run_.set_acknowledging();
  batch_ = slots_.at(slot)->announce(next);
  batch_tokens_ = detail::Tokens::of(batch_);
}

void Strand::end_batch() {
  if (batch_ == nullptr) return;
  batch_tokens_->release();
  batch_->release();
  batch_ = nullptr;
  batch_tokens_ = nullptr;
}

void Strand::revoke(Slot slot) { slots_.at(slot)->revoke(); }

void Strand::set_place(Slot slot, std::int64_t offset) {
  const std::string& name = slots_.at(slot)->name();
  if (place_.input == nullptr || *place_.input != name) place_.input = intern(name);
  place_.byte = static_cast<std::uint64_t>(offset);
}

void Strand::finish_source() {
  for (Node* const node : nodes_) {
    if (node->kind() == Kind::source) guarded(*node, [&] { static_cast<Source&>(*node->object).finish(); });
  }
}

void Strand::acknowledge() {
  if (slots_.empty() || !done_batches_.exchange(false)) return;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i]->advance() || run_.failed()) continue;
    for (Node* const node : nodes_) {
      if (node->kind() == Kind::source) {
        static_cast<Source&>(*node->object).acked(static_cast<Slot>(i), slots_[i]->frontier());
      }
    }
  }
}

}  // namespace streamz
