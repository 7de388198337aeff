// SPDX-License-Identifier: Apache-2.0
// Step 4: chain to graph. Goes in: a Chain, the index, the loader. Goes out: stages wired to each other,
// the implicit ends in place, the rules of sources, nodes and sinks checked, the cuts between threads
// decided, arguments bound. Moves no data. connect() needs no plugin's code, bind() does.
// Tested by tests/graph_test.cpp. connect() is graph.cpp, bind() is bind.cpp.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chain.h"
#include "loader.h"
#include "node.h"

namespace streamz {

// What stands at the open ends of a chain.
struct Ends {
  std::vector<std::string> inputs;    // -i FILE: read instead of standard input
  std::optional<std::string> output;  // -o FILE: written instead of standard output, atomically
  bool raw_input = false;             // -R: lines as strings
  bool raw_output = false;            // -r: strings without quotes
  bool dry_run = false;               // every sink becomes to_null
  bool leave_open = false;            // no implicit ends: a test puts its own there
};

struct Graph {
  std::deque<Node> nodes;  // in the order of the chain, implicit ends where they stand
  std::deque<Edge> edges;
  // Threads: nodes with the same Node::strand call each other directly; an Edge between two strands is
  // a cut with a bounded queue.
  int strands = 0;
  std::deque<Lane> lanes;     // of copies
  std::string implicit_ends;  // "reads standard input, writes standard output", for explain

  Node& add(std::string label, const Stage* stage, const Entry* entry);
  Edge& connect(Node& from, int from_port, Node& to, int to_port);
};

// The ends that a chain left open, in the order of the chain: stages without input, and stages whose
// main output nobody reads.
struct OpenEnds {
  std::vector<Node*> inputs, outputs;
};
OpenEnds open_ends(Graph& graph);

// Wires the chain. The chain must outlive the graph. Problems: E0130 to E0136.
Graph connect(const Chain& chain, const Index& index, const Ends& ends, Problems& problems);
// Decides Node::strand and Edge::cut; to be called again when nodes were added.
void assign_strands(Graph& graph);
// Loads the classes, creates the stages, sets their arguments (which compiles expressions). `checkpoints`: the run has
// some, and keeps what stages hold.
void bind(Graph& graph, const Chain& chain, const Index& index, Loader& loader, Problems& problems,
          bool checkpoints = false);
// Another stage like that of a bound node: same class, same arguments.
StageObject make_like(const Node& node);

}  // namespace streamz
