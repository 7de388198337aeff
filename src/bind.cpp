// SPDX-License-Identifier: Apache-2.0
// The second half of graph.h: classes are loaded, stages created, their arguments set.
#include <fmt/format.h>

#include "expr/expr.h"
#include "graph.h"
#include "values.h"

namespace streamz {

namespace {

// The files of a plugin that could not be used.
std::string file_of(const Manifest& manifest) { return (manifest.broken ? manifest.file : manifest.library).string(); }

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
      node.object = make_stage(*node.entry, *node.type);
    } catch (const Error& error) {
      auto& problem = problems.add(error.code.empty() ? "E0149" : error.code, error.what(), place);
      if (node.entry->manifest) problem.note("file", file_of(*node.entry->manifest));
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
