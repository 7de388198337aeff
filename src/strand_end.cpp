// SPDX-License-Identifier: Apache-2.0
// How the stages of a strand (strand.h) come to their ends: downwards when an input ends, upwards when nobody reads an
// output any more.
// Tested by tests/run_test.cpp.
#include <algorithm>

#include "running.h"

namespace streamz {

void Strand::end_input(Edge& edge) {
  Node& to = *edge.to;
  if (to.finished) return;
  const bool last = --to.open_inputs == 0;
  const bool port_ended = std::none_of(to.in.begin(), to.in.end(), [&](const Edge* other) {
    return other->to_port == edge.to_port && other != &edge && !other->ended;
  });
  edge.ended = true;
  if (port_ended && !to.flushing && to.came == Progress::open && !run_.failed())
    guarded(to, [&] { to.object->on_end(edge.to_port); });
  if (last && !to.flushing) finish(to);
}

void Strand::finish(Node& node) {
  if (node.flushing) return;
  node.flushing = true;
  if (node.came != Progress::open) {  // it has done that before
    return complete_if_over(node);
  }
  if (!run_.failed()) {
    guarded(node, [&] { node.object->flush(); });
  } else {
    guarded(node, [&] { node.object->idle(); });  // what was delivered is written; nothing is made of it
  }
  complete_if_over(node);
}

// What is flushed goes on while it waits for a moment or for the outside world.
void Strand::complete_if_over(Node& node) {
  const auto watching = [&](const Watch& watch) { return watch.node == &node && !watch.hung_up; };
  const bool waits = node.timers > 0 || std::any_of(watches_.begin(), watches_.end(), watching);
  if (node.flushing && (!waits || run_.failed())) complete(node);
}

void Strand::complete(Node& node) {
  if (node.finished) return;
  node.finished = true;
  std::erase_if(watches_, [&](const Watch& watch) { return watch.node == &node; });
  for (const auto& port : node.out) {
    for (Edge* const edge : port) {
      if (edge->cut) {
        edge->queue->end();
      } else {
        end_input(*edge);
      }
    }
  }
}

void Strand::done(Node& node) {
  if (node.done.exchange(true)) return;
  if (node.kind() == Kind::source) ended_by_readers_ = true;
  close_inputs(node);
}

void Strand::close_inputs(Node& node) {
  for (Edge* const edge : node.in) {
    if (edge->closed.exchange(true)) continue;
    if (edge->cut) {
      edge->from->thread->call();  // it notices by itself
      continue;
    }
    output_closed(*edge);
  }
}

// A stage whose outputs nobody reads wants no more itself, unless it does something else with its records.
void Strand::output_closed(const Edge& edge) {
  Node& from = *edge.from;
  if (edge.from_port == from.errors_port()) return;
  const bool reads_for_itself = from.kind() == Kind::sink || (from.spec != nullptr && from.spec->effects);
  if (--from.open_outputs == 0 && !reads_for_itself) done(from);
}

void Strand::notice_closed_outputs() {
  for (Queue* const queue : outputs_) {
    Edge& edge = queue->edge();
    if (edge.noticed || !edge.closed.load(std::memory_order_acquire)) continue;
    edge.noticed = true;
    Node& from = *edge.from;
    output_closed(edge);
    if (from.done.load() && from.kind() != Kind::source) finish(from);
  }
}

}  // namespace streamz
