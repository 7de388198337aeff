// SPDX-License-Identifier: Apache-2.0
#include "parallel.h"

#include <algorithm>

#include "own_node.h"
#include "running.h"

namespace streamz {

namespace {

constexpr std::size_t kTurn = 16;  // records: so few that a handful keeps several busy, so many that marks cost little

struct Dealer : Stream {
  int lanes = 1;

  static void describe(Spec<Dealer>& s) { s.summary("deals records out to copies of a stage"); }

  void update(const Record& x) override {
    emit(x, lane_);
    if (++given_ == kTurn) turn();
  }
  void idle() override {
    if (given_ > 0) turn();  // what comes next need not wait behind what the copy has
  }

 private:
  int lane_ = 0;
  std::size_t given_ = 0;

  void turn() {
    emit(turn_mark(), lane_);
    lane_ = (lane_ + 1) % lanes;
    given_ = 0;
  }
};

struct Gatherer : Stream {
  std::vector<const Lane*> lanes;
  bool judges = true;  // of several, one says why the run fails

  static void describe(Spec<Gatherer>& s) { s.summary("gathers the records of the copies of a stage"); }

  void start() override {
    ended_.assign(lanes.size(), false);
    for (std::size_t i = 1; i < lanes.size(); ++i) want(static_cast<int>(i), false);
  }

  void update(const Record& x) override {
    if (is_turn_mark(x)) {
      turn();
    } else {
      emit(x);
    }
  }

  void on_end(int port) override {
    ended_[static_cast<std::size_t>(port)] = true;
    if (static_cast<std::size_t>(port) == current_ && !failed()) turn();
  }

 private:
  std::size_t current_ = 0;
  std::vector<bool> ended_;

  bool failed() {
    const Lane& lane = *lanes[current_];
    if (!ended_[current_] || !lane.failed) return false;
    if (judges) node()->run->fail(lane.failure, lane.status);
    return true;
  }

  // To the next that has not ended, or has ended with a failure.
  void turn() {
    want(static_cast<int>(current_), false);
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      current_ = (current_ + 1) % lanes.size();
      if (failed() || !ended_[current_]) break;
    }
    want(static_cast<int>(current_), true);
  }
};

std::size_t count_readers(const Node& node) {
  std::size_t count = 0;
  for (const auto& port : node.out) count += port.size();
  return count;
}

// The stages from `first` on that are copied together: nothing but the next one reads each of them.
std::vector<Node*> run_from(Node& first, std::size_t workers, std::size_t jobs) {
  std::vector<Node*> run = {&first};
  while (count_readers(*run.back()) == 1) {
    Node* next = nullptr;
    for (const auto& port : run.back()->out) {
      for (const Edge* const edge : port) next = edge->to;
    }
    if (workers_of(*next, jobs) != workers) break;
    run.push_back(next);
  }
  return run;
}

Node& copy(Graph& graph, Node& original) {
  Node& node = graph.add(original.label, original.stage, original.entry);
  node.spec = original.spec;
  node.type = original.type;
  node.arguments = original.arguments;
  node.on_error = original.on_error;
  node.object = make_like(original);
  node.copy_of = &original;
  return node;
}

// The links of an original inside its run, for its copies.
int port_to(const Node& from, const Node& to) {
  for (const Edge* const edge : to.in) {
    if (edge->from == &from) return edge->from_port;
  }
  return 0;
}

std::vector<Node*> copy_run(Graph& graph, const std::vector<Node*>& run) {
  std::vector<Node*> copies;
  for (Node* const original : run) {
    Node& made = copy(graph, *original);
    if (!copies.empty()) {
      const Node& before = *run[copies.size() - 1];
      graph.connect(*copies.back(), port_to(before, *original), made, 0);
    }
    copies.push_back(&made);
  }
  return copies;
}

void gather(Graph& graph, const std::vector<std::vector<Node*>>& copies) {
  Node& last = *copies.front().back();
  std::vector<std::vector<Edge*>> readers = std::move(last.out);
  last.out.clear();
  bool judges = true;
  for (std::size_t port = 0; port < readers.size(); ++port) {
    if (readers[port].empty()) continue;
    Node* node = nullptr;
    auto& gatherer = add_own_node<Gatherer>(graph, node);
    gatherer.judges = std::exchange(judges, false);
    node->is_private = node->takes_marks = true;
    for (const auto& run : copies) {
      graph.connect(*run.back(), static_cast<int>(port), *node, static_cast<int>(gatherer.lanes.size()));
      gatherer.lanes.push_back(run.front()->lane);
    }
    for (Edge* const edge : readers[port]) {
      edge->from = node;
      edge->from_port = 0;
    }
    node->out.push_back(std::move(readers[port]));
  }
}

void spread(Graph& graph, const std::vector<Node*>& run, std::size_t workers) {
  Node& first = *run.front();
  std::vector<std::vector<Node*>> copies = {run};
  while (copies.size() < workers) copies.push_back(copy_run(graph, run));
  Node* node = nullptr;
  add_own_node<Dealer>(graph, node).lanes = static_cast<int>(workers);
  node->is_private = true;
  Edge* const feeding = first.in.front();
  feeding->to = node;
  node->in.push_back(feeding);
  first.in.clear();
  for (std::size_t i = 0; i < workers; ++i) {
    Lane& lane = graph.lanes.emplace_back();
    for (Node* const each : copies[i]) each->lane = &lane;
    copies[i].front()->own_strand = true;
    graph.connect(*node, static_cast<int>(i), *copies[i].front(), 0);
  }
  gather(graph, copies);
}

}  // namespace

std::size_t workers_of(const Node& node, std::size_t jobs) {
  if (node.spec == nullptr || !node.spec->stateless || node.kind() != Kind::node || node.in.size() != 1) return 1;
  if (node.stage != nullptr) {
    for (const Argument& argument : node.stage->arguments) {
      if (argument.param == "workers") return std::stoul(argument.value);
    }
  }
  return jobs;
}

void work_side_by_side(Graph& graph, std::size_t jobs) {
  const std::size_t size = graph.nodes.size();  // those of the chain
  bool changed = false;
  for (std::size_t i = 0; i < size; ++i) {
    Node& node = graph.nodes[i];
    const std::size_t workers = workers_of(node, jobs);
    const bool begins = node.lane == nullptr && workers > 1 && workers_of(*node.in.front()->from, jobs) != workers;
    if (!begins) continue;
    const std::vector<Node*> run = run_from(node, workers, jobs);
    if (count_readers(*run.back()) == 0) continue;
    spread(graph, run, workers);
    changed = true;
  }
  if (changed) assign_strands(graph);
}

}  // namespace streamz
