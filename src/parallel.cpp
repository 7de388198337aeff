// SPDX-License-Identifier: Apache-2.0
#include "parallel.h"

#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "own_node.h"
#include "packs.h"
#include "parts.h"
#include "running.h"

namespace streamz {

namespace {

constexpr std::size_t kTurn = 16;  // records: so few that a handful keeps several busy, so many that marks cost little
constexpr off_t kWorthIt = 1 << 20;  // bytes of input, for threads

struct Dealer : Stream {
  static void describe(Spec<Dealer>& s) { s.summary("deals records out to copies of a stage"); }

  void update(const Record& x) override {
    const bool whole = lines_in(x) > 0;  // asked before it is somebody else's
    emit(x, static_cast<int>(lane_));
    if (++given_ == kTurn || whole) turn();
  }
  void idle() override {
    if (given_ > 0) turn();  // what comes next need not wait behind what the copy has
  }

 private:
  std::vector<Queue*> lanes_;  // they come after start()
  std::size_t lane_ = 0;       // whose turn it is
  std::size_t given_ = 0;      // records of it

  // To the one that has least to do, after this one in the round: the processor that reads the input, for one, has less
  // time for its copy. One that is full is not waited for while another has room.
  void turn() {
    if (lanes_.empty()) {
      for (const auto& port : node()->out) lanes_.push_back(port.front()->queue.get());
    }
    Queue::wait_for_room(lanes_, 2);
    std::size_t next = (lane_ + 1) % lanes_.size();
    for (std::size_t i = 1, lane = next; i < lanes_.size(); ++i) {
      lane = (lane + 1) % lanes_.size();
      if (lanes_[lane]->load() < lanes_[next]->load()) next = lane;
    }
    emit(turn_mark(next), static_cast<int>(std::exchange(lane_, next)));
    given_ = 0;
  }
};

struct Gatherer : Stream {
  std::vector<const Lane*> lanes;
  bool judges = true;  // of several, one says why the run fails
  bool packs = false;

  static void describe(Spec<Gatherer>& s) { s.summary("gathers the records of the copies of a stage"); }

  void start() override {
    ended_.assign(lanes.size(), false);
    for (std::size_t i = 1; i < lanes.size(); ++i) want(static_cast<int>(i), false);
  }

  Queueing queueing() const override { return packs ? packs_on_the_way : Queueing(); }

  void update(const Record& x) override {
    const std::uint32_t lines = lines_in(x);
    if (is_turn_mark(x)) {
      turn_to(x.line());
    } else if (lines == 0) {
      emit(x);
    } else if (auto& block = *static_cast<Block*>(x.chunk()); !block.packed.empty()) {
      take_apart(x, block);
    } else {
      emit(x);
      for (Edge* const edge : node()->out.front()) edge->to->records_in += lines - 1;  // it has counted one
    }
  }

  void on_end(int port) override {
    ended_[static_cast<std::size_t>(port)] = true;
    if (static_cast<std::size_t>(port) == current_) turn_to(current_);
  }

 private:
  std::size_t current_ = 0;
  std::vector<bool> ended_;

  void take_apart(const Record& pack, Block& block) {
    block.lines = 0;  // from here on a record of it is one
    Record record({}, pack.chunk());
    for (const Packed& one : block.packed) {
      record.assign({block.text() + one.begin, one.size}, 0);
      if (!emit(record)) break;
    }
  }

  bool failed() {
    const Lane& lane = *lanes[current_];
    if (!ended_[current_] || !lane.failed) return false;
    if (judges) node()->run->fail(lane.failure, lane.status);
    return true;
  }

  // What ended without a failure has nothing more, nor has any other then.
  void turn_to(std::size_t lane) {
    want(static_cast<int>(current_), false);
    current_ = lane;
    for (std::size_t i = 0; i < lanes.size() && !failed() && ended_[current_]; ++i)
      current_ = (current_ + 1) % lanes.size();
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
  node.copy_of = &original;
  return node;
}

using LaneNodes = std::vector<Node*>;

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

bool write_lines(const std::vector<Edge*>& readers) {
  return std::all_of(readers.begin(), readers.end(), [](const Edge* edge) {
    const StageSpec* const spec = edge->to->spec;
    return spec != nullptr && spec->writes_lines && !spec->queued && !spec->blocks;
  });
}

bool can_fold(const std::vector<Edge*>& readers) { return readers.size() == 1 && combines(*readers.front()->to); }

// Whether what it reads may be given away unread.
bool can_give_packs(const Node& node) {
  return node.spec != nullptr && node.spec->reads_lines && count_readers(node) == 1 && node.has_readers(0);
}

// Takes the place of the source, for what it has not counted.
Node& add_unpacker(Graph& graph, Node& source, bool collects) {
  Node* node = nullptr;
  add_own_node<Unpacker>(graph, node).collects = collects;
  node->label = source.label;
  node->stage = source.stage;
  node->on_error = source.on_error;
  node->copy_of = &source;
  return *node;
}

// At the end of a lane: what it gives is folded for the stage that reads it.
Node& add_folder(Graph& graph, Node& from, int port, const Node& reader) {
  Node* node = nullptr;
  add_own_node<Folder>(graph, node).reader = &reader;
  node->label = reader.label;
  node->stage = reader.stage;
  node->is_private = node->takes_marks = true;
  node->lane = from.lane;
  graph.connect(from, port, *node, 0);
  return *node;
}

Node& add_packer(Graph& graph, Node& from, int port, const std::vector<Edge*>& readers) {
  Node* node = nullptr;
  auto& packer = add_own_node<Packer>(graph, node);
  for (const Edge* const edge : readers) packer.readers.push_back(edge->to);
  node->is_private = node->takes_marks = true;
  node->lane = from.lane;
  graph.connect(from, port, *node, 0);
  return *node;
}

// `readers`: by port, who reads what comes out of all lanes. It comes in packs: of lanes that collect as the source
// made them, of others as they are made at the end of each.
void gather(Graph& graph, const std::vector<LaneNodes>& lanes, std::vector<std::vector<Edge*>> readers, bool in_packs,
            bool collects) {
  bool judges = true;
  for (std::size_t port = 0; port < readers.size(); ++port) {
    if (readers[port].empty()) continue;
    Node* node = nullptr;
    auto& gatherer = add_own_node<Gatherer>(graph, node);
    gatherer.judges = std::exchange(judges, false);
    gatherer.packs = in_packs;
    node->is_private = node->takes_marks = true;
    const bool folds = in_packs && can_fold(readers[port]);
    if (folds) readers[port].front()->to->takes_parts = true;
    for (const LaneNodes& lane : lanes) {
      Node* last = lane.back();
      int from = static_cast<int>(port);
      if (folds) last = &add_folder(graph, *last, std::exchange(from, 0), *readers[port].front()->to);
      if (in_packs && !collects) last = &add_packer(graph, *last, std::exchange(from, 0), readers[port]);
      graph.connect(*last, from, *node, static_cast<int>(gatherer.lanes.size()));
      gatherer.lanes.push_back(lane.front()->lane);
    }
    for (Edge* const edge : readers[port]) {
      edge->from = node;
      edge->from_port = 0;
    }
    node->out.push_back(std::move(readers[port]));
  }
}

// Between the source or stage that `feeding` comes from and those who read the last of `run`: of an empty run, those
// whom it feeds.
void spread(Graph& graph, Edge& feeding, const std::vector<Node*>& run, std::size_t workers, bool unpack) {
  const bool collects = run.empty() && !write_lines({&feeding}) && !can_fold({&feeding});
  std::vector<LaneNodes> lanes(workers);
  for (std::size_t i = 0; i < workers; ++i) {
    if (unpack) lanes[i].push_back(&add_unpacker(graph, *feeding.from, collects));
    const std::vector<Node*> copies = i == 0 ? run : copy_run(graph, run);
    lanes[i].insert(lanes[i].end(), copies.begin(), copies.end());
  }
  Node* node = nullptr;
  add_own_node<Dealer>(graph, node);
  node->is_private = true;
  Node& last = run.empty() ? *feeding.from : *run.back();
  std::vector<std::vector<Edge*>> readers = std::exchange(last.out, {});
  if (run.empty()) {
    graph.connect(*feeding.from, feeding.from_port, *node, 0);
  } else {
    feeding.to = node;
    node->in.push_back(&feeding);
    run.front()->in.clear();
  }
  feeding.from->gives_packs = unpack;
  for (std::size_t i = 0; i < workers; ++i) {
    Lane& lane = graph.lanes.emplace_back();
    for (Node* const each : lanes[i]) each->lane = &lane;
    Node& first = *lanes[i].front();
    first.own_strand = true;
    graph.connect(*node, static_cast<int>(i), first, 0);
    if (unpack && !run.empty()) graph.connect(first, 0, *lanes[i][1], 0);
  }
  gather(graph, lanes, std::move(readers), unpack, collects);
}

// Prints while it works: what several print at once has no order.
bool says_something(const Argument& argument) {
  return argument.value.find("debug") != std::string::npos || argument.value.find("stderr") != std::string::npos;
}

std::size_t usual_jobs(const Graph& graph, const RunOptions& options) {
  const bool plain = options.on_error.then != OnError::dead && options.max_errors == UINT64_MAX &&
                     options.max_memory == 0 && options.limit == UINT64_MAX && options.checkpoint.empty() &&
                     !options.trace && options.clock == Clock::Kind::wall;
  const auto is_worth_it = [](const Node& node) {
    if (node.has_readers(node.errors_port()) || (node.on_error && node.on_error->then == OnError::dead)) return false;
    if (node.kind() != Kind::source) return true;
    struct stat status {};
    off_t size = 0;
    if (node.entry->name == "from_stdin" && fstat(STDIN_FILENO, &status) == 0) size = status.st_size;
    for (const Argument& argument : node.all_arguments()) {
      const bool names_file = node.entry->name == "from_file" && argument.param == "path";
      if (names_file && stat(argument.value.c_str(), &status) == 0) size += status.st_size;
    }
    return size >= kWorthIt;
  };
  // Only to look at lines for a sink that then takes them one by one costs more than it gains: such a sink has threads
  // of its own, or waits for files.
  const auto has_work = [](const Node& node) {
    if (node.kind() != Kind::source || !node.has_readers(0)) return false;
    const std::vector<Edge*>& readers = node.out.front();
    return write_lines(readers) ||
           std::any_of(readers.begin(), readers.end(), [](const Edge* edge) { return edge->to->kind() != Kind::sink; });
  };
  if (!plain || !std::all_of(graph.nodes.begin(), graph.nodes.end(), is_worth_it) ||
      std::none_of(graph.nodes.begin(), graph.nodes.end(), has_work)) {
    return 1;
  }
  cpu_set_t processors;
  return sched_getaffinity(0, sizeof processors, &processors) == 0 ? static_cast<std::size_t>(CPU_COUNT(&processors))
                                                                   : 1;
}

}  // namespace

std::size_t workers_of(const Node& node, std::size_t jobs) {
  if (node.spec == nullptr || !node.spec->stateless || node.kind() != Kind::node || node.in.size() != 1) return 1;
  if (node.stage == nullptr) return jobs;
  for (const Argument& argument : node.stage->arguments) {
    if (argument.param == "workers") return std::stoul(argument.value);
  }
  const bool says = std::any_of(node.stage->arguments.begin(), node.stage->arguments.end(), says_something);
  return says ? 1 : jobs;
}

bool is_folded_by_copies(const Node& node, Jobs jobs) {
  if (jobs.many <= 1 || !jobs.packs || node.in.size() != 1) return false;
  const Edge& feeding = *node.in.front();
  const Node* from = feeding.from;
  if (!can_fold(from->out[static_cast<std::size_t>(feeding.from_port)])) return false;
  const std::size_t workers = workers_of(*from, jobs.many);
  while (workers > 1 && workers_of(*from, jobs.many) == workers) {
    from = from->in.front()->from;
    if (count_readers(*from) != 1) return false;
  }
  return can_give_packs(*from);
}

void work_side_by_side(Graph& graph, Jobs jobs) {
  const std::size_t size = graph.nodes.size();  // those of the chain
  bool changed = false;
  const auto gives_packs = [&](const Node& node) { return jobs.packs && can_give_packs(node); };
  for (std::size_t i = 0; i < size; ++i) {
    Node& node = graph.nodes[i];
    if (node.lane != nullptr) continue;
    // Before a stage that there is but once lines are at least validated by several.
    if (jobs.many > 1 && !node.gives_packs && gives_packs(node) &&
        workers_of(*node.out.front().front()->to, jobs.many) == 1) {
      spread(graph, *node.out.front().front(), {}, jobs.many, true);
      changed = true;
      continue;
    }
    const std::size_t workers = workers_of(node, jobs.many);
    if (workers <= 1) continue;
    Edge& feeding = *node.in.front();
    if (workers_of(*feeding.from, jobs.many) == workers) continue;
    const std::vector<Node*> run = run_from(node, workers, jobs.many);
    if (count_readers(*run.back()) == 0) continue;
    spread(graph, feeding, run, workers, gives_packs(*feeding.from));
    changed = true;
  }
  if (changed) assign_strands(graph);
}

Jobs jobs_of(const Graph& graph, const RunOptions& options) {
  return {options.jobs != 0 ? options.jobs : usual_jobs(graph, options),
          options.checkpoint.empty() && options.limit == UINT64_MAX && !options.trace && !options.restoring};
}

}  // namespace streamz
