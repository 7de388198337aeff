// SPDX-License-Identifier: Apache-2.0
// The waiting room: what each strand waits for. Goes in: strands that have nothing to do. Goes out:
// wake-ups; the moves of the virtual clock, which passes only when every strand waits; a moment in which
// none of them moves, for a checkpoint; and the one case in which nobody could ever go on (E0134).
// Tested by tests/run_test.cpp.
#pragma once

#include <poll.h>

#include <condition_variable>
#include <mutex>
#include <span>
#include <vector>

#include "clock.h"

namespace streamz {

class WaitingRoom {
 public:
  explicit WaitingRoom(Clock& clock) : clock_(clock) {}

  // A strand's seat, taken before its thread starts.
  std::size_t enter();
  // Its thread ended: it holds nobody up any more.
  void leave(std::size_t seat);

  enum class For {
    input,    // a queue, a timer, a descriptor
    answer,   // the same, and records are out of the house meanwhile
    settled,  // virtual time: until everybody else waits, without a move of the clock
    room,     // a full queue in front of it
    retry,    // a moment, in the middle of a record
    pause     // the end of a hold(), between two records
  };
  // Blocks until the seat is called, `until` has come, or one of `fds` is ready. `recheck` is asked once
  // the seat counts as waiting: false means that there is something to do after all (so no wake-up that
  // came in between is lost). The first of `fds` is reserved for the seat's own wake-up descriptor.
  // `holds`: the virtual clock stands still meanwhile, because one of the others may get ready; if none
  // does within a second of real time, the wait is over. True when everybody else was at
  // rest (virtual time), and not merely called.
  template <class Recheck>
  bool wait(std::size_t seat, For what, Time until, std::vector<pollfd>& fds, bool holds, Recheck recheck) {
    prepare(seat, what, until, {fds.size() > 1, holds});
    if (recheck()) {
      block(seat, until, fds);
    }
    return awake(seat);
  }
  // Wakes a strand, from any thread. Also from a signal handler through wake_descriptor().
  void call(std::size_t seat);
  int wake_descriptor(std::size_t seat) const { return seats_[seat].descriptor; }

  // Waits until every strand rests between two records, or is over, and keeps it so until release(): none comes
  // back from its wait before. Time does not move meanwhile.
  void hold();
  void release();

  // Set when every strand waits and at least one for room in front of it: a chain that can never go on.
  bool stuck() const { return stuck_.load(std::memory_order_acquire); }

  ~WaitingRoom();
  WaitingRoom(const WaitingRoom&) = delete;

 private:
  struct Outside {
    bool waited_for = false;  // there are descriptors
    bool holds_clock = false;
  };
  struct Seat {
    int descriptor = -1;
    // `looking`: about to wait, and asking for the last time whether there is something to do.
    enum State { running, looking, waiting, gone } state = running;
    For what = For::input;
    Time until = Time::max();
    Outside outside;
    bool settled = false;  // was woken because everybody else is at rest
  };
  void prepare(std::size_t seat, For what, Time until, Outside outside);
  void block(std::size_t seat, Time until, std::vector<pollfd>& fds);
  bool awake(std::size_t seat);
  void consider();  // with mutex_ held: time moves, or the chain is stuck
  bool all_rest() const;
  void wake(Seat& seat);

  Clock& clock_;
  std::mutex mutex_;
  std::vector<Seat> seats_;
  std::condition_variable changed_;  // held_
  bool hold_wanted_ = false, held_ = false;
  std::atomic<bool> stuck_{false};
};

}  // namespace streamz
