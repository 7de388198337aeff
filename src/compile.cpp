// SPDX-License-Identifier: Apache-2.0
#include "compile.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "expr/expr.h"
#include "values.h"

namespace streamz {

namespace {

// `text`: of the file that holds the chain, if one does.
Chain parse_words(const CommandLine& line, const std::string& text, const Index& index, Problems& problems) {
  if (line.chain_file) return parse(text, index, problems);
  if (line.words.size() == 1) return parse(std::string_view(line.words.front()), index, problems);
  return parse(line.words, index, problems);
}

bool reads_stdin(const Graph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(),
                     [](const Node& node) { return node.entry != nullptr && node.entry->name == "from_stdin"; });
}

// What everyone can change, root does not run.
void require_safe_chain(const std::string& file) {
  struct stat info {};
  if (geteuid() != 0 || file == "-" || stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return;
  if ((info.st_mode & S_IWOTH) == 0) return;
  throw Error(fmt::format("{} is writable by everyone (mode {:04o}), and root does not run it", printable(file),
                          info.st_mode & 07777),
              "chmod o-w " + printable(file), "usage");
}

// A name that several packages have is worth a word only where the chain uses it, and leaves open which.
void warn_of_collisions(const Chain& chain, const Index& index) {
  std::set<std::string> seen;
  for (const Segment& segment : chain.segments) {
    for (const Stage& stage : segment.stages) {
      const bool open =
          stage.entry != nullptr && stage.entry->builtin == nullptr && stage.name.find(':') == stage.name.npos;
      if (!open || !seen.insert(stage.entry->name).second) continue;
      for (const std::string& warning : index.collisions(stage.entry->name)) {
        fmt::print(stderr, "streamz: warning: {}\n", warning);
      }
    }
  }
}

// Records that are to be dead letters need somewhere to go.
void check_dead_letters(const Graph& graph, const RunOptions& options, Problems& problems) {
  if (!options.dead_letters.empty()) return;
  if (options.on_error.then == OnError::dead) {
    throw Error("--on-error: dead letters have nowhere to go", "--dead-letter FILE says where", "usage");
  }
  for (const Node& node : graph.nodes) {
    if (!node.on_error || node.on_error->then != OnError::dead || node.has_readers(node.errors_port())) continue;
    const std::string name = node.id().empty() ? "m" : node.id();
    problems
        .add("E0122", fmt::format("dead letters of `{}` have nowhere to go", node.label), node.stage->on_error_span,
             "nobody reads them")
        .note(
            "help",
            fmt::format("--dead-letter FILE, or a reader:  ... name={0} on_error=dead ; {0}.errors ! to_file F", name));
  }
}

// A checkpoint needs sources that can be read again, and stages whose records are in this process.
void check_checkpoint(const Graph& graph, Problems& problems) {
  for (const Node& node : graph.nodes) {
    if (node.spec == nullptr) continue;
    const Span place = node.stage == nullptr ? Span{} : node.stage->span;
    if (node.kind() == Kind::source && !node.spec->replayable) {
      Diagnostic& problem =
          problems.add("E0137", fmt::format("--checkpoint: `{}` cannot be read again", node.label), place);
      if (node.entry->name == "from_stdin") problem.note("help", "from a file it can: -i FILE");
    } else if (node.spec->untracked) {
      problems.add("E0137", fmt::format("--checkpoint: what `{}` was given is in another process", node.label), place)
          .note("help", "what another process knows cannot be saved");
    }
  }
}

}  // namespace

bool learn_specs(const Chain& chain, const Index& index, Loader& loader) {
  bool learned = false;
  for (const Segment& segment : chain.segments) {
    for (const Stage& stage : segment.stages) {
      if (stage.entry == nullptr || stage.entry->spec() != nullptr) continue;
      try {
        index.learn(*stage.entry, loader.load(*stage.entry).spec());
        learned = true;
      } catch (const Error&) {  // the loader keeps it
      }
    }
  }
  return learned;
}

bool compile(const CommandLine& line, const Index& index, Compiled& out, Depth depth) {
  if (line.chain_file) require_safe_chain(*line.chain_file);
  const std::string text = line.chain_file ? read_file(*line.chain_file) : std::string();
  detail::declare_variables(line.variables.with_args());
  detail::set_module_directories(line.jq_modules);
  out.loader.emplace(index.allow_unsafe());
  out.chain = parse_words(line, text, index, out.problems);
  if (depth == Depth::bound && learn_specs(out.chain, index, *out.loader)) {
    out.problems = {};
    out.chain = parse_words(line, text, index, out.problems);
  }
  out.problems.text = out.chain.text;
  if (!out.problems.has_errors()) out.graph = connect(out.chain, index, line.ends, out.problems);
  if (!out.problems.has_errors() && depth == Depth::bound) {
    bind(out.graph, out.chain, index, *out.loader, out.problems, !line.run.checkpoint.empty());
  }
  if (!out.problems.has_errors()) check_dead_letters(out.graph, line.run, out.problems);
  if (!out.problems.has_errors() && !line.run.checkpoint.empty()) check_checkpoint(out.graph, out.problems);
  for (Diagnostic& warning : index.warnings()) out.problems.all().push_back(std::move(warning));
  const bool good = !out.problems.has_errors();
  if (line.run.quiet) std::erase_if(out.problems.all(), [](const Diagnostic& each) { return each.is_warning(); });
  print(out.problems, line.run.error_format, line.run.color);
  if (!good) return false;

  if (!line.run.quiet) warn_of_collisions(out.chain, index);
  if (line.command == Command::run && reads_stdin(out.graph)) {
    if (line.chain_file == "-") {
      throw Error("standard input holds the chain, so it cannot hold the data too", "name the data by -i FILE",
                  "usage");
    }
    if (isatty(STDIN_FILENO) == 1 && !line.run.quiet) {
      fmt::print(stderr, "streamz: reading standard input from the terminal; end it with Ctrl-D\n");
    }
  }
  return true;
}

int report(const Error& error) {
  const bool usage = error.code == "usage";
  const std::string prefix = error.code.empty() || usage ? "streamz" : fmt::format("error[{}]", error.code);
  fmt::print(stderr, "{}: {}\n", prefix, error.what());
  if (!error.hint.empty()) fmt::print(stderr, "  = help: {}\n", error.hint);
  if (usage) return 2;
  return error.code.starts_with("E0") ? 3 : 1;
}

}  // namespace streamz
