// SPDX-License-Identifier: Apache-2.0
#include "waiting.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace streamz {

namespace {

// poll(2)'s milliseconds, rounded up so that a timer is never polled for too early.
timespec remaining(Time now, Time until) {
  const Duration left = std::max(until - now, Duration::zero());
  return {static_cast<time_t>(left.count() / 1'000'000'000), static_cast<long>(left.count() % 1'000'000'000)};
}

}  // namespace

WaitingRoom::~WaitingRoom() {
  for (const Seat& seat : seats_) close(seat.descriptor);
}

std::size_t WaitingRoom::enter() {
  Seat seat;
  seat.descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (seat.descriptor < 0) throw Error("cannot make an event descriptor: the limit of open files is reached");
  seats_.push_back(seat);
  return seats_.size() - 1;
}

void WaitingRoom::leave(std::size_t seat) {
  const std::lock_guard<std::mutex> lock(mutex_);
  seats_[seat].state = Seat::gone;
  consider();
}

void WaitingRoom::prepare(std::size_t seat, For what, Time until, Outside outside) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Seat& mine = seats_[seat];
  mine.state = Seat::looking;
  mine.what = what;
  mine.until = until;
  mine.outside = outside;
  // The clock is moved from block(), after the recheck: a strand with work must not let time pass.
}

void WaitingRoom::block(std::size_t seat, Time until, std::vector<pollfd>& fds) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (seats_[seat].state != Seat::looking) return;  // called in the meantime
    seats_[seat].state = Seat::waiting;
    consider();
    if (seats_[seat].state != Seat::waiting) return;
  }
  fds[0] = {seats_[seat].descriptor, POLLIN, 0};
  // In virtual time only an event ends the wait; real time does not pass, but the outside world lives in it.
  timespec left{1, 0};
  const bool timed = clock_.is_virtual() ? seats_[seat].outside.holds_clock : until != Time::max();
  if (timed && !clock_.is_virtual()) left = remaining(clock_.now(), until);
  ppoll(fds.data(), fds.size(), timed ? &left : nullptr, nullptr);
}

bool WaitingRoom::awake(std::size_t seat) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return !held_; });
  seats_[seat].state = Seat::running;
  std::uint64_t count = 0;
  while (read(seats_[seat].descriptor, &count, sizeof count) < 0 && errno == EINTR) {
  }
  return std::exchange(seats_[seat].settled, false);
}

void WaitingRoom::wake(Seat& seat) {
  seat.state = Seat::running;
  const std::uint64_t one = 1;
  while (write(seat.descriptor, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void WaitingRoom::call(std::size_t seat) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (seats_[seat].state == Seat::waiting || seats_[seat].state == Seat::looking) wake(seats_[seat]);
}

void WaitingRoom::hold() {
  std::unique_lock<std::mutex> lock(mutex_);
  hold_wanted_ = true;
  consider();
  changed_.wait(lock, [this] { return held_; });
}

void WaitingRoom::release() {
  const std::lock_guard<std::mutex> lock(mutex_);
  hold_wanted_ = held_ = false;
  changed_.notify_all();
  for (Seat& seat : seats_) {
    if (seat.state == Seat::waiting && seat.what == For::pause) wake(seat);
  }
  consider();  // what would have moved meanwhile
}

bool WaitingRoom::all_rest() const {
  return std::all_of(seats_.begin(), seats_.end(), [](const Seat& seat) {
    if (seat.state == Seat::gone) return true;
    const bool amid = seat.what == For::room || seat.what == For::retry || seat.what == For::answer;
    return seat.state == Seat::waiting && !amid;
  });
}

void WaitingRoom::consider() {
  if (hold_wanted_) {
    if (!held_ && all_rest()) {
      held_ = true;
      changed_.notify_all();
    }
    return;
  }
  bool full = false, outside = false;
  Time earliest = Time::max();
  Seat* settling = nullptr;
  for (Seat& seat : seats_) {
    if (seat.state == Seat::gone) continue;
    if (seat.state != Seat::waiting) return;  // somebody can still go on
    if (seat.what == For::pause) return;      // a hold() is about to come
    if (seat.outside.waited_for && (seat.outside.holds_clock || !clock_.is_virtual())) return;
    outside |= seat.outside.waited_for;
    if (seat.what == For::settled && (settling == nullptr || seat.until < settling->until)) settling = &seat;
    if (seat.what == For::room) full = true;
    earliest = std::min(earliest, seat.until);
  }
  if (clock_.is_virtual() && earliest != Time::max()) {
    // Timers that are due at a moment go before the one who only waits for that moment to be over.
    clock_.advance_to(earliest);
    bool other = false;
    for (Seat& seat : seats_) {
      if (seat.state == Seat::waiting && seat.until <= earliest && seat.what != For::settled) {
        wake(seat);
        other = true;
      }
    }
    if (!other && settling != nullptr) {
      settling->settled = true;
      wake(*settling);
    }
    return;
  }
  if (earliest == Time::max() && full && !outside) {
    stuck_.store(true, std::memory_order_release);
    for (Seat& seat : seats_) {
      if (seat.state == Seat::waiting) wake(seat);
    }
  }
}

}  // namespace streamz
