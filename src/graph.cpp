// SPDX-License-Identifier: Apache-2.0
#include "graph.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

namespace streamz {

namespace {

// The whole of a stage in the chain: its name and arguments.
Span whole(const Stage& stage) {
  Span span = stage.span;
  for (const Argument& argument : stage.arguments) {
    if (!argument.span.empty()) span.end = std::max(span.end, argument.span.end);
  }
  return span;
}

std::string text_of(const Chain& chain, Span span) { return chain.text.substr(span.begin, span.end - span.begin); }

int find_port(const std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 4 && text.find_first_not_of("0123456789") == std::string::npos;
}

class Connector {
 public:
  Connector(const Chain& chain, const Index& index, const Ends& ends, Problems& problems, Graph& graph)
      : chain_(chain), index_(index), ends_(ends), problems_(problems), graph_(graph) {}

  void run() {
    for (const Segment& segment : chain_.segments) add_stages(segment);
    for (const Segment& segment : chain_.segments) add_links(segment);
    if (!ends_.leave_open && !problems_.has_errors()) {
      open_inputs();
      open_outputs();
    }
    if (!problems_.has_errors()) check_cycles();
    if (!problems_.has_errors()) check_inputs();
  }

 private:
  void add_stages(const Segment& segment) {
    for (const Stage& stage : segment.stages) {
      const bool replaced = ends_.dry_run && stage.entry->kind == Kind::sink;
      Node& node = graph_.add(stage.name, &stage, replaced ? index_.find("to_null") : stage.entry);
      if (!stage.on_error.empty()) node.on_error = parse_on_error(stage.on_error);
      by_stage_[&stage] = &node;
      if (!stage.id.empty()) by_id_[stage.id] = &node;
    }
  }

  void add_links(const Segment& segment) {
    Node* before = nullptr;
    int port = 0;
    if (segment.from) {
      before = by_id_.at(segment.from->id);
      port = output_port(*before, *segment.from);
    }
    for (const Stage& stage : segment.stages) {
      Node* const node = by_stage_.at(&stage);
      if (before != nullptr) link(*before, port, *node, 0, stage.span, stage.name);
      before = node;
      port = 0;
    }
    if (segment.stages.empty() && !segment.to) read_alone_.push_back({before, port});
    if (segment.to && before != nullptr) {
      Node* const to = by_id_.at(segment.to->id);
      link(*before, port, *to, input_port(*to, *segment.to), segment.to->span, segment.to->id + ".");
    }
  }

  int output_port(const Node& node, const Reference& reference) {
    if (reference.port.empty() || node.spec == nullptr) return 0;
    const int port = find_port(node.spec->outputs, reference.port);
    if (port < 0 && reference.port == "errors") return node.errors_port();
    return std::max(port, 0);  // an unknown one was reported by the parser
  }

  // A reference without a port feeds the next free input.
  int input_port(const Node& node, const Reference& reference) {
    if (node.spec == nullptr) return 0;
    if (!reference.port.empty()) {
      const int port = find_port(node.spec->inputs, reference.port);
      if (port >= 0) return port;
      return node.spec->any_inputs && is_number(reference.port) ? std::stoi(reference.port) : 0;
    }
    int port = 0;
    while (std::any_of(node.in.begin(), node.in.end(), [&](const Edge* edge) { return edge->to_port == port; })) ++port;
    return port;
  }

  void link(Node& from, int from_port, Node& to, int to_port, Span place, const std::string& reader) {
    if (from.kind() == Kind::sink && from_port != from.errors_port()) return sink_has_output(from, reader);
    if (to.kind() == Kind::source) return source_has_input(from, to);
    const bool one_input = to.spec != nullptr && !to.spec->any_inputs;
    const bool taken =
        std::any_of(to.in.begin(), to.in.end(), [&](const Edge* edge) { return edge->to_port == to_port; });
    if (one_input && (taken || to_port >= static_cast<int>(to.spec->inputs.size()))) {
      problems_.add("E0132", fmt::format("`{}` is fed twice", to.label), place, "its input has a writer already")
          .note("help", fmt::format("bring both together first:  ... ! u. ; union name=u ! {}", to.label));
      return;
    }
    graph_.connect(from, from_port, to, to_port);
  }

  void sink_has_output(const Node& sink, const std::string& reader) {
    auto& problem = problems_.add(
        "E0130", fmt::format("`{}` is a sink and has no output, but `! {}` reads from it", sink.label, reader),
        sink.stage->span, "sink");
    const Span all = whole(*sink.stage);
    const std::size_t next = chain_.text.find('!', all.end);
    const std::size_t before = chain_.text.rfind('!', all.begin);
    if (next == std::string::npos) return;
    const std::string head =
        before == std::string::npos || all.begin == 0
            ? "from_stdin name=in ! "
            : chain_.text.substr(0, chain_.text.find_last_not_of(' ', before - 1) + 1) + " name=in ! ";
    problem.note("fix", "to branch, name the stage before it:  " + head + text_of(chain_, all) + " ; in. " +
                            chain_.text.substr(next));
  }

  void source_has_input(const Node& from, const Node& source) {
    problems_
        .add("E0131", fmt::format("`{}` is a source and takes no input, but `{} !` feeds it", source.label, from.label),
             source.stage->span, "source")
        .note("help", "a source stands first in its segment; bring several together with `! u. ; union name=u`");
  }

  Node& add_end(const char* name) {
    Node& node = graph_.add(name, nullptr, index_.find(name));
    return node;
  }
  static void give(Node& node, const char* param, std::string value) {
    Argument argument;
    argument.param = param;
    argument.value = std::move(value);
    for (std::size_t i = 0; i < node.spec->params.size(); ++i) {
      if (node.spec->params[i].name == param) argument.index = i;
    }
    node.arguments.push_back(std::move(argument));
  }

  void two_ends(const std::vector<Node*>& open, const char* what, const char* help) {
    for (std::size_t i = 1; i < open.size(); ++i) {
      problems_
          .add("E0133", what, whole(*open[i]->stage),
               fmt::format("also this one; the other is `{}`", text_of(chain_, whole(*open.front()->stage))))
          .note("help", help);
    }
  }

  void open_inputs() {
    const std::vector<Node*> open = open_ends(graph_).inputs;
    if (open.size() > 1) {
      return two_ends(open, "two branches have no source, and only one may read standard input",
                      "begin one with `from_file F`, or read both from one stage:  from_stdin name=s ! ... ; s. ! ...");
    }
    if (open.empty()) {
      if (!ends_.inputs.empty()) throw Error("-i: the chain has a source of its own", "leave out one of them", "usage");
      return;
    }
    Node& first = *open.front();
    Node& source = add_end(ends_.inputs.empty() ? "from_stdin" : "from_file");
    for (const std::string& file : ends_.inputs) give(source, "path", file);
    if (ends_.raw_input) give(source, "format", "text");
    graph_.connect(source, 0, first, 0);
    graph_.implicit_ends += ends_.inputs.empty() ? "reads standard input" : "reads the files of -i";
  }

  void open_outputs() {
    std::vector<Output> open;
    std::vector<Node*> nodes = open_ends(graph_).outputs;
    open.reserve(nodes.size());
    for (Node* const node : nodes) open.push_back({node, 0});
    for (const Output& alone : read_alone_) {
      if (alone.port == 0 && std::find(nodes.begin(), nodes.end(), alone.node) != nodes.end()) continue;
      open.push_back(alone);
      nodes.push_back(alone.node);
    }
    if (open.size() > 1) {
      return two_ends(nodes, "two branches have no sink, and only one may use standard output",
                      "end one with `! to_stdout`, the other with `! to_file F` or `! to_null`, or merge both:  "
                      "… ! u. ; union name=u");
    }
    if (open.empty()) {
      if (ends_.output) throw Error("-o: the chain has a sink of its own", "leave out one of them", "usage");
      return;
    }
    const bool file = ends_.output && *ends_.output != "-";
    Node& sink = add_end(ends_.dry_run ? "to_null" : file ? "to_file" : "to_stdout");
    if (file && !ends_.dry_run) {
      give(sink, "path", *ends_.output);
      give(sink, "mode", "replace");
    }
    if (ends_.raw_output && !ends_.dry_run) give(sink, "format", "text");
    graph_.connect(*open.front().node, open.front().port, sink, 0);
    graph_.implicit_ends += graph_.implicit_ends.empty() ? "" : ", ";
    graph_.implicit_ends += file ? "writes the file of -o" : "writes standard output";
  }

  void check_cycles() {
    std::map<const Node*, int> state;  // 1: on the way, 2: done
    for (Node& node : graph_.nodes) visit(node, state);
  }
  void visit(const Node& node, std::map<const Node*, int>& state) {
    if (state[&node] != 0) return;
    state[&node] = 1;
    for (const auto& port : node.out) {
      for (const Edge* const edge : port) {
        if (state[edge->to] == 1) {
          problems_.add("E0136", fmt::format("`{}` feeds itself", edge->to->label),
                        edge->to->stage == nullptr ? Span{} : edge->to->stage->span,
                        "its output comes back to its input: a chain has no loops");
        } else {
          visit(*edge->to, state);
        }
      }
    }
    state[&node] = 2;
  }

  // What a stage with several inputs needs, and what would make it wait for ever.
  void check_inputs() {
    for (Node& node : graph_.nodes) {
      if (node.spec == nullptr || node.stage == nullptr) continue;
      if (node.spec->in_step) check_in_step(node);
      if (!node.spec->inputs.front().empty() && !node.spec->any_inputs && !ends_.leave_open) check_named_inputs(node);
    }
  }

  void check_named_inputs(const Node& node) {
    for (std::size_t port = 0; port < node.spec->inputs.size(); ++port) {
      const auto feeds = [&](const Edge* edge) { return edge->to_port == static_cast<int>(port); };
      if (std::any_of(node.in.begin(), node.in.end(), feeds)) continue;
      const std::string& input = node.spec->inputs[port];
      problems_.add("E0132", fmt::format("`{}` of `{}` is fed by nothing", input, node.label), node.stage->span, "")
          .note("help",
                fmt::format("give the stage a name=j and feed it:  ... ! j.{} ; ... ! {} name=j", input, node.label));
    }
  }

  void check_in_step(const Node& node) {
    if (node.in.size() < 2 && !ends_.leave_open) {
      problems_.add("E0132", fmt::format("`{}` has one input", node.label), node.stage->span, "it needs at least two")
          .note("help", fmt::format("name it and feed its inputs:  ... ! z.0 ; ... ! z.1 ; {} name=z", node.label));
      return;
    }
    std::map<const Node*, bool> reached;  // source → some way from it changes how many records there are
    std::set<const Node*> twice;
    for (const Edge* const edge : node.in) {
      std::map<const Node*, bool> sources;
      walk_up(*edge->from, false, sources);
      for (const auto& [source, uneven] : sources) {
        const auto [before, is_new] = reached.emplace(source, uneven);
        if (!is_new) twice.insert(source);
        before->second |= uneven;
      }
    }
    for (const Node* const source : twice) {
      if (!reached.at(source)) continue;
      problems_
          .add("E0134", fmt::format("`{}` feeds two inputs of `{}` unevenly", source->label, node.label),
               node.stage->span, "one side would run ahead of the other for ever")
          .note("help", "combine_latest takes inputs of different rates; or give each side a source of its own");
    }
  }
  static void walk_up(const Node& node, bool uneven, std::map<const Node*, bool>& sources) {
    uneven |= node.spec != nullptr && node.spec->uneven;
    if (node.in.empty()) sources[&node] |= uneven;
    for (const Edge* const edge : node.in) walk_up(*edge->from, uneven || edge->from_port != 0, sources);
  }

  const Chain& chain_;
  const Index& index_;
  const Ends& ends_;
  Problems& problems_;
  Graph& graph_;
  std::map<const Stage*, Node*> by_stage_;
  std::map<std::string, Node*> by_id_;
  struct Output {
    Node* node;
    int port;
  };
  std::vector<Output> read_alone_;  // `x.` as a whole segment
};

}  // namespace

std::string Node::value_of(std::string_view param) const {
  std::string value;
  bool is_boolean = false;
  if (spec != nullptr) {
    for (const Param& each : spec->params) {
      if (each.name != param) continue;
      value = each.value;
      is_boolean = each.types.front() == Type::boolean;
    }
  }
  for (const Argument& argument : all_arguments()) {
    if (argument.param == param) value = argument.value;
  }
  if (is_boolean && value == "yes") return "true";
  return is_boolean && value == "no" ? "false" : value;
}

bool Node::has(std::string_view assignment) const {
  const std::size_t equals = assignment.find('=');
  return value_of(assignment.substr(0, equals)) == assignment.substr(equals + 1);
}

Node& Graph::add(std::string label, const Stage* stage, const Entry* entry) {
  Node& node = nodes.emplace_back();
  node.label = stage == nullptr || stage->id.empty() ? std::move(label) : fmt::format("{} {}", label, stage->id);
  node.stage = stage;
  node.entry = entry;
  node.spec = entry->spec();
  node.number = nodes.size() - 1;
  node.is_source = entry->kind == Kind::source;
  return node;
}

Edge& Graph::connect(Node& from, int from_port, Node& to, int to_port) {
  Edge& edge = edges.emplace_back();
  edge.from = &from;
  edge.from_port = from_port;
  edge.to = &to;
  edge.to_port = to_port;
  if (from.out.size() <= static_cast<std::size_t>(from_port)) from.out.resize(static_cast<std::size_t>(from_port) + 1);
  from.out[static_cast<std::size_t>(from_port)].push_back(&edge);
  to.in.push_back(&edge);
  std::stable_sort(to.in.begin(), to.in.end(), [](const Edge* a, const Edge* b) { return a->to_port < b->to_port; });
  return edge;
}

OpenEnds open_ends(Graph& graph) {
  OpenEnds ends;
  for (Node& node : graph.nodes) {
    if (node.kind() != Kind::source && node.in.empty()) ends.inputs.push_back(&node);
    if (node.kind() != Kind::sink && (node.out.empty() || node.out.front().empty())) ends.outputs.push_back(&node);
  }
  return ends;
}

Graph connect(const Chain& chain, const Index& index, const Ends& ends, Problems& problems) {
  Graph graph;
  for (const Segment& segment : chain.segments) {
    for (const Stage& stage : segment.stages) {
      if (stage.entry == nullptr) return graph;  // reported by the parser
    }
  }
  if (problems.has_errors()) return graph;
  Connector(chain, index, ends, problems, graph).run();
  if (!problems.has_errors()) assign_strands(graph);
  return graph;
}

// In the order of the data. A source begins a strand; so does a stage that holds its input back, that
// waits in a foreign library, or where several strands meet. All others run with the stage before them.
void assign_strands(Graph& graph) {
  graph.strands = 0;
  std::map<const Node*, std::size_t> missing;
  std::deque<Node*> ready;
  for (Node& node : graph.nodes) {
    missing[&node] = node.in.size();
    if (node.in.empty()) ready.push_back(&node);
  }
  while (!ready.empty()) {
    Node& node = *ready.front();
    ready.pop_front();
    std::set<int> before;
    for (const Edge* const edge : node.in) before.insert(edge->from->strand);
    const bool own = node.own_strand || (node.spec != nullptr && (node.spec->queued || node.spec->blocks));
    node.strand = own || before.size() != 1 ? graph.strands++ : *before.begin();
    for (const auto& port : node.out) {
      for (Edge* const edge : port) {
        if (--missing[edge->to] == 0) ready.push_back(edge->to);
      }
    }
  }
  for (Edge& edge : graph.edges) edge.cut = edge.from->strand != edge.to->strand;
}

}  // namespace streamz
