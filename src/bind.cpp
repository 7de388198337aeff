// SPDX-License-Identifier: Apache-2.0
// The second half of graph.h: classes are loaded, stages created, their arguments set.
#include <fmt/format.h>

#include "expr/expr.h"
#include "graph.h"
#include "values.h"

namespace streamz {

namespace {

// What the library says of a class must be true of the object (a descriptor written by hand may lie).
void check_kind(const Node& node) {
  const Stream* const object = node.object.get();
  if (object == nullptr) throw Error(fmt::format("{}: its library gave no stage", node.label), {}, "E0149");
  const bool source = dynamic_cast<const Source*>(object) != nullptr;
  const bool sink = dynamic_cast<const Sink*>(object) != nullptr;
  if (source == (node.kind() == Kind::source) && sink == (node.kind() == Kind::sink)) return;
  throw Error(fmt::format("Error loading {}: {}:{} is not the {} it says it is", node.entry->name, node.entry->package,
                          node.entry->class_name, to_string(node.kind())),
              {}, "E0154");
}

void set_arguments(Node& node, const std::vector<Argument>& arguments, const Chain& chain, const Index& index,
                   Problems& problems) {
  for (const Argument& argument : arguments) {
    const std::vector<Type>& types = node.type->spec().params.at(argument.index).types;
    const bool in_file = types.front() == Type::expr && names_program_file(argument.value);
    try {
      node.type->set(*node.object, argument.index, in_file ? read_file(argument.value.substr(1)) : argument.value);
    } catch (const detail::ProgramError& error) {
      if (node.stage == nullptr) throw;
      if (in_file) {
        problems.add(error.code, fmt::format("{}: {}", argument.value.substr(1), error.what()), argument.span,
                     error.hint);
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

}  // namespace

void bind(Graph& graph, const Chain& chain, const Index& index, Loader& loader, Problems& problems) {
  for (Node& node : graph.nodes) {
    const Span place = node.stage == nullptr ? Span{} : node.stage->span;
    try {
      node.type = &loader.load(*node.entry);
      node.spec = &node.type->spec();
      node.object = {node.type->create(), Destroy{node.type}};
      check_kind(node);
    } catch (const Error& error) {
      auto& problem = problems.add(error.code.empty() ? "E0149" : error.code, error.what(), place);
      if (node.entry->manifest) problem.note("file", node.entry->manifest->library.string());
      if (!error.hint.empty()) problem.note("fix", error.hint);
      continue;
    }
    const bool own = node.stage != nullptr && node.entry == node.stage->entry;
    set_arguments(node, own ? node.stage->arguments : node.arguments, chain, index, problems);
  }
  for (Diagnostic& warning : loader.warnings) problems.all().push_back(std::move(warning));
  loader.warnings.clear();
}

}  // namespace streamz
