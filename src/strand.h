// SPDX-License-Identifier: Apache-2.0
// A strand: the part of a graph whose stages call each other directly, on one thread. Goes in: a
// source's records, or those of the queues in front of it. Goes out: calls of update(), on_timer(),
// on_ready(), on_end() and flush(), in that stage's order and never two at once.
// Tested by tests/run_test.cpp.
#pragma once

#include <poll.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <queue>
#include <thread>
#include <vector>

#include "acks.h"
#include "node.h"
#include "queue.h"
#include "waiting.h"

namespace streamz {

class Run;
struct FailedRecord;

class Strand {
 public:
  explicit Strand(Run& run);

  // ---- before the start
  void add(Node& node) { nodes_.push_back(&node); }
  void add_input(Queue& queue) { inputs_.push_back(&queue); }
  void add_output(Queue& queue) { outputs_.push_back(&queue); }
  // What came to its end before this run began takes nothing.
  void was_over(Node& node) {
    if (node.kind() != Kind::source) done(node);
  }

  // Runs to the end: the thread's body.
  void main();

  // ---- what stages ask for; the strand's thread only
  bool emit(Node& from, const Record& x, int port);
  bool source_emit(Node& source, const Record& x, int port);
  // A pack, to whoever deals it out. What is in it is counted where it is taken apart.
  bool emit_pack(Node& source, const Record& pack);
  bool wait(int fd, short events, Time until);
  void schedule(Node& node, Time due, bool amid = false);
  void unschedule(Node& node);
  // `holds`: virtual time stands still meanwhile.
  void watch(Node& node, int fd, short events, bool holds);
  // Calls `hung_up` when nobody reads the pipe or socket any more.
  void watch_hang_up(Node& node, int fd, std::function<void()> hung_up);
  void done(Node& node);
  void record_failed(Node& node, const Record& x, const std::string& reason, const std::string& hint);
  // A part of the input is no record; `place` and `column` are those of the fault.
  void input_failed(Node& source, std::string_view text, const std::string& what, const Place& place,
                    std::uint64_t column);
  // Schedules another try of a record that failed after the stage had taken it; false: none is left.
  bool retry(Node& node, unsigned tries);
  OnError policy_of(const Node& node) const;
  // Waits a while before a stage tries again; longer each time. False: the run is over.
  bool rest(unsigned attempt);
  Slot slot(std::string_view name);
  void batch(Slot slot, std::int64_t next);
  void revoke(Slot slot);
  detail::Tokens* batch_tokens() const { return batch_tokens_; }
  void set_place(Slot slot, std::int64_t offset);  // of what the source emits next
  const Place& place() const { return place_; }
  bool in_batches() const { return !slots_.empty(); }
  std::span<const std::unique_ptr<SlotState>> slots() const { return slots_; }
  bool over() const;     // nobody reads the source any more
  bool pausing() const;  // everybody shall come to the end of his record, for a checkpoint
  void acknowledge();    // also called once when the run is over
  void finish_source();  // behind that, when all is well

  // ---- from other threads
  void call() { room_.call(seat_); }
  bool idle() const { return idle_.load(std::memory_order_acquire); }
  int wake_descriptor() const { return room_.wake_descriptor(seat_); }

  // Blocks the writer of a full queue; false when the run is over. What the other queues collected goes
  // on, as it may be what their readers wait for.
  template <class Recheck>
  bool wait_for_room(Recheck recheck) {
    hand_over();
    std::vector<pollfd> fds(1);
    room_.wait(seat_, WaitingRoom::For::room, Time::max(), fds, false, recheck);
    return room_went_on();
  }

 private:
  void work();
  void make_copies();
  void run_source(Node& source);
  void look_around();
  void pause();
  void make_anew();
  void run_queues();
  bool take_from_queues();
  bool take_from(Queue& queue);
  bool queues_have_work();
  void trace(const Node& from, const Record& x, int port);
  void pass_mark(Node& node, const Record& mark);
  void deliver(Edge& edge, const Record& x);
  void update_failed(Edge& edge, const Record& x);
  bool try_again(Edge& edge, const Record& x, Error& error);
  void run_timers();
  void run_ready(const std::vector<pollfd>& fds, std::size_t first);
  std::vector<pollfd> descriptors(int fd, short events);
  void end_input(Edge& edge);
  void finish(Node& node);
  void complete_if_over(Node& node);
  void complete(Node& node);
  void close_inputs(Node& node);
  void output_closed(const Edge& edge);
  void notice_closed_outputs();
  void bury(Node& node, const FailedRecord& failed);
  void failed_record(Node& node, const char* code, const std::string& hint, const FailedRecord& failed,
                     std::uint64_t column);
  void tell_progress();
  void notice_hang_up();
  void let_go();     // idle: sinks write, queues hand over
  void hand_over();  // queues alone
  void end_batch();
  bool all_finished() const;
  bool room_went_on();
  Time next_timer() const { return timers_.empty() ? Time::max() : timers_.top().due; }
  template <class Call>
  void guarded(Node& node, Call call);

  struct Timer {
    Time due;
    std::uint64_t order;  // first scheduled, first called
    Node* node;
    bool amid;  // in the middle of a record
    // At the same moment the stages further down come first: a window that ends now does not hold what
    // arrives now. Not by the order of scheduling alone, which a restored stage cannot know.
    bool operator<(const Timer& other) const {
      if (due != other.due) return due > other.due;
      return node != other.node ? node->number < other.node->number : order > other.order;
    }
  };
  struct Watch {
    int fd;
    short events;
    Node* node;
    std::function<void()> hung_up;
    bool holds = true;
  };
  WaitingRoom::For wanted() const {
    const bool answer = std::any_of(watches_.begin(), watches_.end(), [](const Watch& watch) { return watch.holds; });
    return answer || timers_amid_ > 0 ? WaitingRoom::For::answer : WaitingRoom::For::input;
  }
  bool holds_clock() const {
    return patient_ && std::any_of(watches_.begin(), watches_.end(), [](const Watch& watch) { return watch.holds; });
  }

  Run& run_;
  WaitingRoom& room_;
  std::size_t seat_;
  std::vector<Node*> nodes_;
  std::vector<Queue*> inputs_, outputs_;
  std::priority_queue<Timer> timers_;
  int timers_amid_ = 0;
  std::uint64_t timer_order_ = 0;
  std::vector<Watch> watches_;
  std::atomic<bool> idle_{false};
  bool patient_ = true;     // virtual time waits for what is watched: not after a second without a sign of it
  bool unwritten_ = false;  // something was emitted since the last let_go()
  std::uint64_t emits_ = 0, told_ = 0;  // records that came in; of which the run has been told
  unsigned hang_ups_ = 0;               // SIGHUPs that its stages know of

  // of a source
  bool ended_by_readers_ = false;  // nobody reads it any more
  std::uint64_t brought_in_ = 0;
  Notify notify_;
  std::atomic<bool> done_batches_{false};
  std::vector<std::unique_ptr<SlotState>> slots_;
  Place place_;
  Token* batch_ = nullptr;
  detail::Tokens* batch_tokens_ = nullptr;
};

}  // namespace streamz
