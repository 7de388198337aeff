// SPDX-License-Identifier: Apache-2.0
// The second half of graph.h: classes are loaded, stages created, their arguments set.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "columns.h"
#include "expr/expr.h"
#include "graph.h"
#include "values.h"

namespace streamz {

namespace {

// The files of a plugin that could not be used.
std::string file_of(const Manifest& manifest) {
  return manifest.broken || manifest.library.empty() ? manifest.file : manifest.library;
}

bool in_file(const Node& node, const Argument& argument) {
  const std::vector<Type>& types = node.type->spec().params.at(argument.index).types;
  return types.front() == Type::expr && names_program_file(argument.value);
}

// What is bound: a free parameter is given the key with the value, and a long program stands in a file.
std::string text_of(const Node& node, const Argument& argument) {
  const bool free = node.type->spec().params.at(argument.index).free;
  if (free) return with_key(argument.param, argument.value);
  return in_file(node, argument) ? read_file(argument.value.substr(1)) : argument.value;
}

// A chain stage has its own arguments, an implicit end those that it was given.
const std::vector<Argument>& arguments_of(const Node& node) {
  return node.stage != nullptr && node.entry == node.stage->entry ? node.stage->arguments : node.arguments;
}

// The place is in the file, not in the chain.
void report_in_file(const Argument& argument, const std::string& program, const detail::ProgramError& error,
                    Problems& problems) {
  const LineColumn place = line_and_column(program, error.begin);
  const std::size_t begin = program.rfind('\n', error.begin == 0 ? 0 : error.begin - 1) + 1;
  const std::string_view rest = std::string_view(program).substr(error.begin == 0 ? 0 : begin);
  problems
      .add(error.code, fmt::format("{}:{}:{}: {}", argument.value.substr(1), place.line, place.column, error.what()),
           argument.span, error.hint)
      .note("line", printable(rest.substr(0, rest.find('\n'))));
}

void set_arguments(Node& node, const Chain& chain, const Index& index, Problems& problems) {
  for (const Argument& argument : arguments_of(node)) {
    const std::string value = text_of(node, argument);
    try {
      node.type->set(*node.object, argument.index, value);
    } catch (const detail::ProgramError& error) {
      if (node.stage == nullptr) throw;
      if (in_file(node, argument)) {
        report_in_file(argument, value, error, problems);
        continue;
      }
      explain_program_error(chain, index, *node.stage, argument, error, problems);
    } catch (const Error& error) {
      if (error.code == "usage") throw;
      problems.add(error.code.empty() ? "E0113" : error.code, fmt::format("{}: {}", node.label, error.what()),
                   argument.span, error.hint);
    }
  }
}

void check_together(const Node& node, Problems& problems) {
  try {
    node.object->check();
  } catch (const Error& error) {
    problems.add(error.code.empty() ? "E0112" : error.code, fmt::format("{}: {}", node.label, error.what()),
                 node.stage == nullptr ? Span{} : node.stage->span, error.hint);
  }
}

// A source that acknowledges has to hear of each record from every stage behind it.
void check_acknowledged(const Node& source, const Node& node, std::set<const Node*>& seen, Problems& problems) {
  if (!seen.insert(&node).second) return;
  if (node.spec != nullptr && node.spec->untracked && !node.has("ack=write")) {
    problems
        .add("E0135",
             fmt::format("`{}` acknowledges its records, and `{}` cannot say when it is done with one", source.label,
                         node.label),
             node.stage == nullptr ? Span{} : node.stage->span, "it passes them to another process")
        .note("help", "ack=write counts a record as delivered once the process was given it");
  }
  for (const auto& port : node.out) {
    for (const Edge* const edge : port) check_acknowledged(source, *edge->to, seen, problems);
  }
}

std::string why_not_exactly_once(const Node& node, bool checkpoints) {
  if (node.kind() == Kind::source) return "it is another source";
  if (node.kind() == Kind::sink) return node.spec->transactional ? "" : "what it writes cannot be taken back";
  if (!node.spec->state.empty() && !checkpoints) return "it holds " + node.spec->state;
  return node.spec->effects ? "what it does cannot be taken back" : "";
}

// What a transaction that is aborted has done must come to nothing, all of it.
void check_exactly_once(const Graph& graph, const Node& source, bool checkpoints, Problems& problems) {
  for (const Node& node : graph.nodes) {
    if (&node == &source || node.spec == nullptr) continue;
    const std::string why = why_not_exactly_once(node, checkpoints);
    if (why.empty()) continue;
    problems
        .add("E0138", fmt::format("`{}` does not go with `{}`", node.label, source.spec->exactly_once),
             node.stage == nullptr ? Span{} : node.stage->span, why)
        .note("help", why_not_exactly_once(node, true).empty()
                          ? "with --checkpoint what it holds is kept; without " + source.spec->exactly_once +
                                " every record arrives at least once"
                          : "without it every record arrives at least once");
  }
}

}  // namespace

void bind(Graph& graph, const Chain& chain, const Index& index, Loader& loader, Problems& problems, bool checkpoints) {
  for (Node& node : graph.nodes) {
    const Span place = node.stage == nullptr ? Span{} : node.stage->span;
    try {
      node.object = loader.make(*node.entry, node.type);
      node.spec = &node.type->spec();
    } catch (const Error& error) {
      auto& problem = problems.add(error.code.empty() ? "E0149" : error.code, error.what(), place);
      if (node.entry->manifest) problem.note("file", file_of(*node.entry->manifest));
      if (!error.hint.empty()) problem.note("fix", error.hint);
      continue;
    }
    const std::size_t before = problems.all().size();
    set_arguments(node, chain, index, problems);
    if (problems.all().size() == before) check_together(node, problems);
  }
  for (const Node& node : graph.nodes) {
    std::set<const Node*> seen;
    if (node.spec == nullptr) continue;
    if (node.spec->acknowledges) check_acknowledged(node, node, seen, problems);
    if (!node.spec->exactly_once.empty() && node.has(node.spec->exactly_once))
      check_exactly_once(graph, node, checkpoints, problems);
  }
  for (Diagnostic& warning : loader.warnings) problems.all().push_back(std::move(warning));
  loader.warnings.clear();
}

StageObject make_like(const Node& node) {
  StageObject made = make_stage(*node.entry, *node.type);
  for (const Argument& argument : arguments_of(node)) {
    node.type->set(*made, argument.index, text_of(node, argument));
  }
  return made;
}

}  // namespace streamz
