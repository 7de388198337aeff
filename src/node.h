// SPDX-License-Identifier: Apache-2.0
// The host's side of a stage, and the links between stages: the data structure that graph.cpp fills and
// run.cpp drives. Header only.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "chain.h"
#include "checkpoint.h"
#include "error.h"
#include "loader.h"
#include "on_error.h"
#include "streamz/spec.h"

namespace streamz {

class Node;
class Queue;
class Strand;
class Run;

// A link from an output port to an input port.
struct Edge {
  Node* from = nullptr;
  int from_port = 0;
  Node* to = nullptr;
  int to_port = 0;
  bool cut = false;                 // crosses threads: records go through `queue`
  std::shared_ptr<Queue> queue;     // set by the run, for cuts; shared: Queue is incomplete here
  std::atomic<bool> closed{false};  // its reader wants no more
  bool noticed = false;             // ... and the writer's strand has counted that
  bool ended = false;               // nothing follows; the reader's strand knows
};

// One of the copies that work side by side (parallel.h): its failure waits here until it is its turn.
struct Lane {
  bool failed = false;
  Diagnostic failure;
  int status = 0;
};

class Node {
 public:
  Node() = default;
  ~Node() { detail::release(scratch); }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  std::string label;             // "filter", or "filter f" when it is named
  const Stage* stage = nullptr;  // in the chain; null for an implicit end
  const Entry* entry = nullptr;
  const StageSpec* spec = nullptr;   // of the entry or, once loaded, of the class; may be null before
  const StageClass* type = nullptr;  // set by bind()
  bool is_source = false;
  std::size_t number = 0;  // its place in Graph::nodes
  StageObject object;
  std::vector<Argument> arguments;  // of an implicit end; a chain stage has its own
  std::optional<OnError> on_error;  // of this stage; otherwise the run's

  std::vector<Edge*> in;                // in the order of their input ports
  std::vector<std::vector<Edge*>> out;  // by output port
  int strand = 0;
  bool own_strand = false;         // begins one, whatever stands before it
  bool gives_packs = false;        // a source: lines go on as they are, to be looked at by copies (packs.h)
  bool takes_packs = false;        // a sink: which it writes as they are; known when it was started
  bool takes_parts = false;        // some of its input was folded by copies (parts.h)
  bool takes_marks = false;        // an end of copies: marks are given to update(), and go no further
  Lane* lane = nullptr;            // of a copy
  Node* copy_of = nullptr;         // what counts for this one is added to that
  bool is_private = false;         // stands in no chain and in no statistics
  Progress came = Progress::open;  // how far the run came that this one goes on from

  Kind kind() const { return entry->kind; }
  std::string id() const { return stage == nullptr ? std::string() : stage->id; }
  // What failed goes out here, behind the ports of its own. A stage does not go on for the sake of its readers.
  int errors_port() const { return spec == nullptr ? 1 : static_cast<int>(spec->outputs.size()); }
  std::string port_name(int port) const {
    if (port == errors_port()) return "errors";
    return spec == nullptr || port >= errors_port() ? "" : spec->outputs[static_cast<std::size_t>(port)];
  }
  const std::vector<Argument>& all_arguments() const { return stage == nullptr ? arguments : stage->arguments; }
  // What a parameter is, given or not. A boolean is true or false, however it was written.
  std::string value_of(std::string_view param) const;
  bool has(std::string_view assignment) const;  // PARAM=VALUE
  // Belongs to a copy: it is started by the thread that it works on, and a stage is made by that too.
  bool is_copied() const { return lane != nullptr && (copy_of != nullptr || is_private); }
  bool has_readers(int port) const {
    return static_cast<std::size_t>(port) < out.size() && !out[static_cast<std::size_t>(port)].empty();
  }

  // ---- while running: touched by the strand's thread only, unless atomic
  Run* run = nullptr;
  Strand* thread = nullptr;
  const Record* current = nullptr;   // the record of this update(): where emitted values come from
  detail::Chunk* scratch = nullptr;  // the block that the next emitted value is written to
  int open_inputs = 0;               // edges that have not ended
  int open_outputs = 0;              // edges that are not closed
  bool in_callback = false;          // in on_timer() or flush(): a value must say what it comes from
  bool finished = false;             // flushed, outputs ended
  bool flushing = false;             // flush() was called; ends once no timer is outstanding
  std::atomic<bool> done{false};     // wants no more input
  std::vector<bool> unwanted;        // input ports not taken at present, by port
  bool some_unwanted = false;
  bool retries_late = false;  // has called retry(): what failed after update() was tried again
  bool broken_pipe = false;   // a sink whose reader went away
  int timers = 0;             // outstanding schedule() calls
  std::uint64_t records_in = 0, records_out = 0, failed = 0;
  std::uint64_t dropped = 0;  // found the queue before this stage full; known at the end
  std::uint64_t bytes_out = 0;
};

}  // namespace streamz
