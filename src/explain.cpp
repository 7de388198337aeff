// SPDX-License-Identifier: Apache-2.0
#include "explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "columns.h"
#include "expr/expr.h"
#include "help.h"
#include "parallel.h"
#include "values.h"

namespace streamz {

namespace {

// "filter . > 1 name=f", cut where it gets long: what stands in a box of the drawing.
std::string title(const Node& node) {
  std::string text = node.entry == nullptr ? node.label : node.entry->name;
  for (const Argument& argument : node.all_arguments()) {
    const bool keyed = !argument.key_span.empty();
    text += fmt::format(" {}{}", keyed ? argument.param + "=" : "", printable(argument.value, 40));
  }
  if (!node.id().empty()) text += " name=" + node.id();
  return text;
}

// ".else", "[right]", ".else [right]"; empty between the ports without names.
std::string edge_label(const Edge& edge) {
  const StageSpec* const to = edge.to->spec;
  std::string out = edge.from->port_name(edge.from_port);
  std::string in;
  if (to != nullptr && to->any_inputs) in = std::to_string(edge.to_port);
  if (to != nullptr && to->inputs.size() > 1) in = to->inputs.at(static_cast<std::size_t>(edge.to_port));
  if (!out.empty()) out = "." + out;
  if (!in.empty()) in = "[" + in + "]";
  return out + (out.empty() || in.empty() ? "" : " ") + in;
}

// From the sources on: every node after those that feed it.
std::vector<const Node*> in_order(const Graph& graph) {
  std::vector<const Node*> found;
  std::map<const Node*, std::size_t> open;
  for (const Node& node : graph.nodes) {
    open[&node] = node.in.size();
    if (node.in.empty()) found.push_back(&node);
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const std::vector<Edge*>& port : found[i]->out) {
      for (const Edge* edge : port) {
        if (--open[edge->to] == 0) found.push_back(edge->to);
      }
    }
  }
  return found;
}

std::map<const Node*, std::size_t> numbers(const Graph& graph) {
  std::map<const Node*, std::size_t> found;
  for (const Node* node : in_order(graph)) found.emplace(node, found.size() + 1);
  return found;
}

std::string engine_of(const std::string& argument) {
  try {
    detail::Program* const compiled =
        detail::compile(names_program_file(argument) ? read_file(argument.substr(1)) : argument);
    std::string name(detail::engine(compiled));
    detail::free_program(compiled);
    return name;
  } catch (const Error&) {
    return {};  // reported already
  }
}

std::vector<std::pair<std::string, std::string>> expressions(const Node& node) {
  std::vector<std::pair<std::string, std::string>> found;
  if (node.spec == nullptr || node.object == nullptr) return found;
  for (const Argument& argument : node.all_arguments()) {
    if (argument.index >= node.spec->params.size()) continue;
    const std::vector<Type>& types = node.spec->params[argument.index].types;
    const bool plain = std::find(types.begin(), types.end(), Type::expr) != types.end();
    const std::size_t begin = plain ? 0 : expression_begin(types.front(), argument.value);
    if (!plain && types.front() != Type::named && (types.front() != Type::call || begin == 0)) continue;
    const std::string program = argument.value.substr(begin);
    const std::string engine = engine_of(program);
    if (!engine.empty()) found.emplace_back(program, engine);
  }
  return found;
}

// Nothing comes out before the input ends: emit=final without a window that closes earlier.
bool only_at_end(const Node& node) {
  const std::string window = node.value_of("window");
  return node.value_of("emit") == "final" && window.empty();
}

bool is_endless(const Node& source) {
  const std::string& when = source.spec->endless;
  return when.find('=') == std::string::npos ? !when.empty() : source.has(when);
}

// The sources without an end that a node waits for; those behind `head` end early enough.
void find_endless(const Node& node, std::set<const Node*>& seen, std::vector<std::string>& found) {
  if (node.spec == nullptr || !seen.insert(&node).second) return;
  if (node.kind() == Kind::source && is_endless(node)) found.push_back(node.entry->name);
  if (!node.spec->ends.empty() && !node.value_of(node.spec->ends).empty()) return;
  for (const Edge* const edge : node.in) find_endless(*edge->from, seen, found);
}
std::vector<std::string> waits_forever_for(const Node& node) {
  std::vector<std::string> found;
  std::set<const Node*> seen;
  if (only_at_end(node)) find_endless(node, seen, found);
  return found;
}

// When a record counts as delivered that is passed to another process; empty for all other stages.
std::string delivery(const Node& node) {
  if (node.spec == nullptr || node.kind() == Kind::source) return {};
  if (node.spec->untracked) {
    return node.value_of("ack") == "write" ? "once the program was given it" : "once the program has ended well";
  }
  const bool program = node.entry->manifest != nullptr && !node.entry->manifest->command.empty();
  return program ? "once the program has acknowledged it" : "";
}

std::vector<std::string> notes(const Node& node, Jobs jobs) {
  std::vector<std::string> found;
  if (node.stage == nullptr) found.emplace_back("implicit");
  if (node.spec == nullptr) return found;
  if (!node.spec->state.empty()) found.push_back("holds " + node.spec->state);
  if (only_at_end(node)) found.emplace_back("its result comes at the end of input");
  const std::size_t workers = workers_of(node, jobs.many);
  if (workers > 1) found.push_back(fmt::format("{} of it work side by side", workers));
  if (is_folded_by_copies(node, jobs)) found.push_back(fmt::format("{} threads share its input", jobs.many));
  for (const std::string& source : waits_forever_for(node)) {
    found.push_back(fmt::format("warning: {} has no end, so that no result comes before the run is stopped", source));
  }
  if (node.kind() == Kind::source) {
    found.emplace_back(node.spec->replayable ? "--checkpoint goes on in it" : "cannot be read again: no --checkpoint");
  }
  if (node.spec->blocks) found.emplace_back("waits on a thread of its own");
  if (node.entry != nullptr && node.entry->manifest != nullptr) found.push_back("from " + node.entry->package);
  if (!delivery(node).empty()) found.push_back("a record is delivered " + delivery(node));
  for (const auto& [program, engine] : expressions(node)) {
    found.push_back(fmt::format("{} runs in {}", printable(program, 40), engine));
  }
  return found;
}

std::string explain_text(const Chain& chain, const Graph& graph, Jobs jobs) {
  std::vector<std::pair<std::string, std::string>> head = {{"chain", chain.to_string()}};
  if (!graph.implicit_ends.empty()) head.emplace_back("ends", graph.implicit_ends);
  head.emplace_back("threads", std::to_string(graph.strands));
  std::string out = two_columns(head, 0) + "\n";

  const auto number = numbers(graph);
  for (const Node* each : in_order(graph)) {
    const Node& node = *each;
    out += fmt::format("{:>3}  {:<6}  {}\n", number.at(&node), to_string(node.kind()), title(node));
    for (const std::vector<Edge*>& port : node.out) {
      for (const Edge* edge : port) {
        const std::string label = edge_label(*edge);
        out += fmt::format("               to {}{}{}\n", number.at(edge->to),
                           label.empty() ? "" : fmt::format(" ({})", label),
                           edge->cut ? ", through a queue to another thread" : "");
      }
    }
    for (const std::string& note : notes(node, jobs)) out += wrap(note, 15);
  }
  return out;
}

std::string explain_json(const Chain& chain, const Graph& graph, Jobs jobs) {
  const auto number = numbers(graph);
  json out = {{"chain", chain.to_string()}, {"ends", graph.implicit_ends}, {"threads", graph.strands}};
  for (const Node* each : in_order(graph)) {
    const Node& node = *each;
    json row = {{"number", number.at(&node)},
                {"stage", node.entry->name},
                {"kind", to_string(node.kind())},
                {"thread", node.strand},
                {"implicit", node.stage == nullptr}};
    if (!node.id().empty()) row["name"] = node.id();
    for (const Argument& argument : node.all_arguments()) row["arguments"][argument.param].push_back(argument.value);
    if (node.spec != nullptr && !node.spec->state.empty()) row["holds"] = node.spec->state;
    if (only_at_end(node)) row["only_at_end"] = true;
    if (const std::size_t workers = workers_of(node, jobs.many); workers > 1) row["workers"] = workers;
    if (is_folded_by_copies(node, jobs)) row["input_shared_by"] = jobs.many;
    for (const std::string& source : waits_forever_for(node)) row["waits_forever_for"].push_back(source);
    if (!delivery(node).empty()) row["delivered"] = delivery(node);
    for (const auto& [program, engine] : expressions(node)) {
      row["expressions"].push_back({{"program", program}, {"engine", engine}});
    }
    out["stages"].push_back(std::move(row));
  }
  for (const Edge& edge : graph.edges) {
    out["links"].push_back(
        {{"from", number.at(edge.from)}, {"to", number.at(edge.to)}, {"port", edge_label(edge)}, {"queue", edge.cut}});
  }
  return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

// ---- drawings

std::string quoted(const std::string& text, char what, std::string_view by) {
  std::string out;
  for (const char c : text) {
    if (c == what) {
      out += by;
    } else if (c == '\\') {
      out += "\\\\";
    } else {
      out += c;
    }
  }
  return "\"" + out + "\"";
}

std::string draw_dot(const Graph& graph) {
  const auto number = numbers(graph);
  std::string out = "digraph streamz {\n  rankdir=LR;\n  node [shape=box];\n";
  for (const Node* each : in_order(graph)) {
    const Node& node = *each;
    const char* const style = node.kind() == Kind::node ? "" : ", style=rounded";
    out += fmt::format("  n{} [label={}{}];\n", number.at(&node), quoted(title(node), '"', "\\\""), style);
  }
  for (const Edge& edge : graph.edges) {
    std::vector<std::string> attributes;
    const std::string label = edge_label(edge);
    if (!label.empty()) attributes.push_back("label=" + quoted(label, '"', "\\\""));
    if (edge.cut) attributes.emplace_back("style=dashed");
    out += fmt::format("  n{} -> n{}", number.at(edge.from), number.at(edge.to));
    out += attributes.empty() ? ";\n" : fmt::format(" [{}];\n", fmt::join(attributes, ", "));
  }
  return out + "}\n";
}

std::string draw_mermaid(const Graph& graph) {
  const auto number = numbers(graph);
  std::string out = "flowchart LR\n";
  for (const Node* each : in_order(graph)) {
    const Node& node = *each;
    const bool end = node.kind() != Kind::node;
    out += fmt::format("  n{}{}{}{}\n", number.at(&node), end ? "(" : "[", quoted(title(node), '"', "#quot;"),
                       end ? ")" : "]");
  }
  for (const Edge& edge : graph.edges) {
    const std::string label = edge_label(edge);
    out += fmt::format("  n{} {}{} n{}\n", number.at(edge.from), edge.cut ? "-.->" : "-->",
                       label.empty() ? "" : fmt::format("|\"{}\"|", label), number.at(edge.to));
  }
  return out;
}

// A tree from each source. A node with several inputs is drawn where it is met first, and named again
// where it is met later.
class TextDrawing {
 public:
  explicit TextDrawing(const Graph& graph) {
    for (const Node& node : graph.nodes) {
      if (node.in.empty()) draw(node, "", "");
    }
  }
  std::string text;

 private:
  void draw(const Node& node, const std::string& lead, const std::string& rest) {
    const bool again = !drawn_.insert(&node).second;
    text += lead + title(node) + (again ? "  (see above)\n" : "\n");
    if (again) return;
    std::vector<const Edge*> edges;
    for (const std::vector<Edge*>& port : node.out) edges.insert(edges.end(), port.begin(), port.end());
    for (std::size_t i = 0; i < edges.size(); ++i) {
      const bool last = i + 1 == edges.size();
      const std::string label = edge_label(*edges[i]);
      const std::string_view fork = last ? "└─ " : "├─ ";
      draw(*edges[i]->to, fmt::format("{}{}{}{}", rest, fork, label, label.empty() ? "" : " "),
           fmt::format("{}{}", rest, last ? "   " : "│  "));
    }
  }
  std::set<const Node*> drawn_;
};

}  // namespace

std::string explain(const Chain& chain, const Graph& graph, bool json_format, Jobs jobs) {
  return json_format ? explain_json(chain, graph, jobs) : explain_text(chain, graph, jobs);
}

std::string draw(const Graph& graph, Drawing drawing) {
  if (drawing == Drawing::dot) return draw_dot(graph);
  if (drawing == Drawing::mermaid) return draw_mermaid(graph);
  return TextDrawing(graph).text;
}

}  // namespace streamz
