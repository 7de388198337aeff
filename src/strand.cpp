// SPDX-License-Identifier: Apache-2.0
#include "strand.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "crash.h"
#include "parallel.h"
#include "parts.h"
#include "running.h"
#include "signals.h"
#include "thrown.h"

namespace streamz {

Strand::Strand(Run& run)
    : run_(run), room_(run.room()), seat_(run.room().enter()), notify_([this] {
        done_batches_.store(true, std::memory_order_release);
        call();
      }) {}

void Strand::main() {
  try {
    work();
  } catch (...) {  // of this side, and not of a stage
    run_.fail(*nodes_.front(), thrown_error());
    for (Queue* const queue : outputs_) queue->end();
  }
  room_.leave(seat_);
}

void Strand::work() {
  const CrashReport::Thread here(nodes_);
  make_copies();
  for (Node* const node : nodes_) {
    if (node->came != Progress::open) finish(*node);
  }
  for (Node* const node : nodes_) {
    const bool begins = node->kind() == Kind::source && !node->finished && !run_.failed();
    if (begins) run_source(*node);
  }
  run_queues();
  hand_over();
}

// By the thread that works with them: what two processors write to must not lie side by side in memory, as it does when
// one thread has asked for the memory of both.
void Strand::make_copies() {
  for (Node* const node : nodes_) {
    if (!node->is_copied()) continue;
    if (node->object == nullptr) {
      node->object = make_like(*node);
      detail::Access::node(*node->object) = node;
    }
    if (!run_.failed()) guarded(*node, [&] { node->object->start(); });
  }
}

// ---- records

// Each stage with a state goes on as another object, which knows of it only what was saved. Called between
// two records, when none of them is on the stack.
void Strand::make_anew() {
  for (Node* const node : nodes_) {
    const bool has_state = node->kind() == Kind::node && node->spec != nullptr && !node->spec->state.empty();
    if (!has_state || node->flushing || run_.failed()) continue;
    State state;
    guarded(*node, [&] {
      node->object->save(state);
      unschedule(*node);
      node->unwanted.assign(node->unwanted.size(), false);
      node->some_unwanted = false;
      node->object = make_like(*node);
      detail::Access::node(*node->object) = node;
      node->object->start();
      node->object->restore(state);
    });
  }
}

bool Strand::emit(Node& from, const Record& x, int port) {
  if (run_.options().trace) trace(from, x, port);
  if (static_cast<std::size_t>(port) >= from.out.size()) return false;
  ++from.records_out;
  bool open = false;
  for (Edge* const edge : from.out[static_cast<std::size_t>(port)]) {
    if (edge->closed.load(std::memory_order_relaxed)) continue;
    if (edge->cut) {
      edge->queue->push(x);
    } else {
      deliver(*edge, x);
    }
    open |= !edge->closed.load(std::memory_order_relaxed);
  }
  return open;
}

void Strand::trace(const Node& from, const Record& x, int port) {
  if (from.is_private || from.spec == nullptr) return;
  const std::string name = port == 0 ? "" : "." + from.port_name(port);
  fmt::print(stderr, "{}{}: {}\n", from.label, name, x.raw());
}

// Between copies of a stage: it is none of theirs.
void Strand::pass_mark(Node& node, const Record& mark) {
  for (const auto& port : node.out) {
    for (Edge* const edge : port) {
      if (edge->closed.load(std::memory_order_relaxed)) continue;
      if (edge->cut) {
        edge->queue->push(mark);
      } else {
        deliver(*edge, mark);
      }
    }
  }
}

void Strand::deliver(Edge& edge, const Record& x) {
  Node& to = *edge.to;
  if (is_turn_mark(x) && !to.takes_marks) return pass_mark(to, x);
  if (to.some_unwanted && to.unwanted[static_cast<std::size_t>(edge.to_port)]) {
    run_.fail(to,
              "input " + std::to_string(edge.to_port) +
                  " is full while another gets nothing, and one source feeds both: it cannot be held back",
              "E0134");
    return;
  }
  const Record* const before = to.current;
  to.current = &x;
  ++to.records_in;
  detail::Access::port(*to.object) = edge.to_port;
  try {
    if (to.takes_parts && lines_in(x) > 0) {
      combine(to, x);
    } else {
      to.object->update(x);
    }
  } catch (...) {
    update_failed(edge, x);
  }
  to.current = before;
  if (to.done.load(std::memory_order_relaxed) && !to.flushing) finish(to);
}

// ---- time and descriptors

void Strand::schedule(Node& node, Time due, bool amid) {
  timers_.push({due, timer_order_++, &node, amid});
  timers_amid_ += amid ? 1 : 0;
  ++node.timers;
}

void Strand::unschedule(Node& node) {
  if (node.timers == 0) return;
  std::vector<Timer> kept;
  for (; !timers_.empty(); timers_.pop()) {
    if (timers_.top().node != &node) {
      kept.push_back(timers_.top());
    } else if (timers_.top().amid) {
      --timers_amid_;
    }
  }
  for (const Timer& timer : kept) timers_.push(timer);
  node.timers = 0;
}

void Strand::watch(Node& node, int fd, short events, bool holds) {
  std::erase_if(watches_, [&](const Watch& watch) { return watch.node == &node && watch.fd == fd && !watch.hung_up; });
  if (fd >= 0 && events != -1) watches_.push_back({fd, events, &node, {}, holds});
}

void Strand::watch_hang_up(Node& node, int fd, std::function<void()> hung_up) {
  watches_.push_back({fd, 0, &node, std::move(hung_up), false});
}

void Strand::run_timers() {
  if (timers_.empty()) return;
  const Time now = run_.clock().now();
  while (!timers_.empty() && timers_.top().due <= now && !run_.failed()) {
    const Timer timer = timers_.top();
    timers_.pop();
    Node& node = *timer.node;
    --node.timers;
    timers_amid_ -= timer.amid ? 1 : 0;
    if (node.finished) continue;
    guarded(node, [&] { node.object->on_timer(timer.due); });
    complete_if_over(node);
  }
}

std::vector<pollfd> Strand::descriptors(int fd, short events) {
  std::vector<pollfd> fds(1);  // the first is the waiting room's
  if (fd >= 0) fds.push_back({fd, events, 0});
  for (const Watch& watch : watches_) fds.push_back({watch.fd, watch.events, 0});
  return fds;
}

void Strand::run_ready(const std::vector<pollfd>& fds, std::size_t first) {
  const std::vector<Watch> watches = watches_;  // a call may change them
  for (std::size_t i = first; i < fds.size() && i - first < watches.size(); ++i) {
    const Watch& watch = watches[i - first];
    if (fds[i].revents == 0 || watch.node->finished) continue;
    guarded(*watch.node, [&] {
      if (watch.hung_up) {
        watch.hung_up();
      } else {
        watch.node->object->on_ready(watch.fd);
      }
    });
    complete_if_over(*watch.node);
  }
}

// ---- waiting

bool Strand::room_went_on() {
  if (room_.stuck()) run_.stuck();
  return !run_.failed();
}

void Strand::let_go() {
  if (unwritten_) {
    unwritten_ = false;
    for (Node* const node : nodes_) {
      const bool works = !node->finished || node->kind() == Kind::sink;
      if (works && node->came != Progress::finished) guarded(*node, [&] { node->object->idle(); });
    }
    unwritten_ = false;
  }
  hand_over();
}

void Strand::notice_hang_up() {
  const unsigned now = hang_ups();
  if (now == hang_ups_) return;
  hang_ups_ = now;
  for (Node* const node : nodes_) {
    if (!node->finished) guarded(*node, [&] { node->object->reopen(); });
  }
}

void Strand::hand_over() {
  for (Queue* const queue : outputs_) queue->hand_over();
}

// ---- queues

void Strand::run_queues() {
  while (!all_finished()) {
    run_timers();
    notice_closed_outputs();
    notice_hang_up();
    if (run_.failed()) {
      for (Node* const node : nodes_) finish(*node);
      break;
    }
    if (take_from_queues()) {
      patient_ = true;
      continue;
    }
    let_go();
    std::vector<pollfd> fds = descriptors(-1, 0);
    idle_.store(true, std::memory_order_seq_cst);
    room_.wait(seat_, wanted(), next_timer(), fds, holds_clock(),
               [&] { return !queues_have_work() && !run_.failed() && !all_finished(); });
    idle_.store(false, std::memory_order_release);
    if (room_.stuck()) run_.stuck();
    patient_ = std::any_of(fds.begin(), fds.end(), [](const pollfd& fd) { return fd.revents != 0; });
    run_ready(fds, 1);
  }
  let_go();
}

bool Strand::queues_have_work() {
  return std::any_of(inputs_.begin(), inputs_.end(), [](Queue* queue) {
    const Edge& edge = queue->edge();
    const Node& to = *edge.to;
    if (edge.ended) return false;
    const bool unwanted = to.some_unwanted && to.unwanted[static_cast<std::size_t>(edge.to_port)];
    return (!unwanted && queue->front() != nullptr) || queue->ended();
  });
}

// One round over the queues: up to a batch from each, so that none starves.
bool Strand::take_from_queues() {
  bool progress = false;
  for (Queue* const queue : inputs_) progress |= take_from(*queue);
  return progress;
}

bool Strand::take_from(Queue& queue) {
  Edge& edge = queue.edge();
  if (edge.ended) return false;
  Node& to = *edge.to;
  bool progress = false;
  for (int i = 0; i < 64; ++i) {
    if (to.some_unwanted && to.unwanted[static_cast<std::size_t>(edge.to_port)]) break;
    const Record* const x = queue.front();
    if (x == nullptr) break;
    progress = true;
    unwritten_ = true;
    if (!edge.closed.load(std::memory_order_relaxed)) deliver(edge, *x);
    queue.pop();
    if (run_.options().restoring) make_anew();
  }
  if (queue.ended()) {
    edge.ended = true;
    end_input(edge);
    return true;
  }
  return progress;
}

bool Strand::pausing() const { return run_.pausing(); }

bool Strand::over() const { return ended_by_readers_ || run_.failed(); }

bool Strand::all_finished() const {
  return std::all_of(nodes_.begin(), nodes_.end(), [](const Node* node) { return node->finished; });
}

}  // namespace streamz
