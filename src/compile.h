// SPDX-License-Identifier: Apache-2.0
// Steps 1 to 4 in one call, for `run`, `check`, `explain` and `graph`: the chain's text, its graph, and
// everything that is wrong with it. Tested by tests/e2e.
#pragma once

#include "cli.h"

namespace streamz {

struct Compiled {
  std::optional<Loader> loader;  // owns the classes that the stages of `graph` are made of
  Chain chain;
  Graph graph;
  Problems problems;
};

enum class Depth { connected, bound };

// Loads the classes of stages whose manifests do not describe them, for the index to know them. True when
// there were any: the chain is to be parsed again then. What cannot be loaded is reported by bind().
bool learn_specs(const Chain& chain, const Index& index, Loader& loader);

// False when the chain has errors; they are printed, and so are its warnings. `connected` stops before
// any plugin is loaded.
bool compile(const CommandLine& line, const Index& index, Compiled& out, Depth depth = Depth::bound);

// Prints an error that is no chain's and gives its exit status: 2 for usage, 3 for codes of
// compilation, 1 otherwise.
int report(const Error& error);

}  // namespace streamz
