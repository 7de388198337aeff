// SPDX-License-Identifier: Apache-2.0
// Runs a chain between stages of a test: a source that announces one batch for each record, and sinks
// that keep what they are told to. With a virtual clock, so that every moment can be looked at.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "catch.h"
#include "host.h"
#include "own_node.h"
#include "run.h"

namespace streamz::testing {

// What a Feeder does, in order.
struct Action {
  enum { emit, pass_time, release } what;
  int port = 0;      // emit: the output port, and the number of its slot
  std::string text;  // emit: JSON
  Duration time{};   // pass_time
};
inline Action emit(std::string text, int port = 0) { return {Action::emit, port, std::move(text), {}}; }
inline Action pass(Duration time) { return {Action::pass_time, 0, {}, time}; }
inline Action release() { return {Action::release, 0, {}, {}}; }

// What a test sees: by action, the frontier of each slot once everything had come to rest.
struct Seen {
  std::vector<std::map<int, std::int64_t>> after;
  std::map<int, std::int64_t> at_end;
  std::vector<std::vector<std::string>> outputs;  // by sink
  std::string messages;
  int status = 0;

  // The frontiers of one slot, action by action.
  std::vector<std::int64_t> frontier(int slot) const {
    std::vector<std::int64_t> all;
    for (const auto& one : after) all.push_back(one.count(slot) == 0 ? 0 : one.at(slot));
    return all;
  }
  std::int64_t last(int slot) const { return at_end.count(slot) == 0 ? 0 : at_end.at(slot); }
};

class Keeper : public Sink {
 public:
  std::vector<std::string>* outputs = nullptr;
  bool withhold = false;
  static void describe(Spec<Keeper>& s) { s.summary("keeps what it gets"); }
  void update(const Record& x) override {
    outputs->emplace_back(x.raw());
    if (withhold) acks.add(x);
  }
  // By the feeder, while every strand is at rest.
  void let_go() {
    withhold = false;
    acks.release();
  }
};

class Feeder : public Source {
 public:
  std::vector<Action> actions;
  Seen* seen = nullptr;
  bool slot_per_record = false;
  std::vector<Keeper*> keepers;
  std::map<int, std::int64_t> counts;
  static void describe(Spec<Feeder>& s) { s.summary("feeds a chain"); }

  void run() override {
    int number = 0;
    for (const Action& action : actions) {
      if (action.what == Action::emit) {
        const int slot_number = slot_per_record ? number++ : action.port;
        const Slot here = slot(std::to_string(slot_number));
        slots_[here] = slot_number;
        batch(here, ++counts[slot_number]);
        emit_text(action.text, action.port);
      } else if (action.what == Action::pass_time) {
        wait_until(now() + action.time);
      } else {
        for (Keeper* const keeper : keepers) keeper->let_go();
      }
      if (!wait_until(now())) return;
      seen->after.push_back(seen->at_end);
    }
  }
  void acked(Slot here, std::int64_t next) override { seen->at_end[slots_[here]] = next; }

 private:
  std::map<Slot, int> slots_;
};

struct Setup {
  std::string chain;
  std::vector<Action> actions;
  std::set<int> withhold{};      // numbers of the sinks that do not acknowledge
  bool slot_per_record = false;  // so that each input is acknowledged for itself
  std::string plugins{};         // a directory of them
};

// Feeds every open input of the chain from one source (input port p of the first open stage from the
// source's port p), and puts a Keeper at every open output.
inline Seen run_chain(const Setup& setup) {
  install_host();
  Seen seen;
  const bool none = setup.plugins.empty();
  const Index index(SearchPath{none ? std::vector<std::string>{} : std::vector{setup.plugins}, none, false});
  Problems problems;
  const Chain chain = parse(setup.chain, index, problems);
  Ends ends;
  ends.leave_open = true;
  Loader loader;  // before the graph: its stages are destroyed by their classes
  Graph graph = connect(chain, index, ends, problems);
  if (!problems.has_errors()) bind(graph, chain, index, loader, problems);
  for (const Diagnostic& problem : problems.all()) seen.messages += to_text(problem, chain.text);
  if (problems.has_errors()) {
    seen.status = 3;
    return seen;
  }
  const OpenEnds open = open_ends(graph);
  std::vector<Keeper*> keepers;
  seen.outputs.resize(open.outputs.size());
  for (std::size_t i = 0; i < open.outputs.size(); ++i) {
    Node* node = nullptr;
    auto& keeper = add_own_node<Keeper>(graph, node);
    keeper.outputs = &seen.outputs[i];
    keeper.withhold = setup.withhold.count(static_cast<int>(i)) != 0;
    keepers.push_back(&keeper);
    graph.connect(*open.outputs[i], 0, *node, 0);
  }
  Node* node = nullptr;
  auto& feeder = add_own_node<Feeder>(graph, node);
  feeder.actions = setup.actions;
  feeder.seen = &seen;
  feeder.slot_per_record = setup.slot_per_record;
  feeder.keepers = keepers;
  std::set<int> ports{0};
  for (const Action& action : setup.actions) ports.insert(action.port);
  for (const int port : ports) {
    if (!open.inputs.empty()) graph.connect(*node, port, *open.inputs.front(), port);
  }
  assign_strands(graph);
  RunOptions options;
  options.clock = Clock::Kind::virtual_time;
  options.handle_signals = false;
  options.quiet = true;
  options.capture = &seen.messages;
  seen.status = run(graph, chain, options).status;
  return seen;
}

}  // namespace streamz::testing
