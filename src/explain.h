// SPDX-License-Identifier: Apache-2.0
// What a chain would do, and its drawing. Goes in: a Chain and its Graph (connected; bound or not).
// Goes out: text, JSON, dot or mermaid. Tested by tests/explain_test.cpp.
#pragma once

#include <string>

#include "graph.h"
#include "parallel.h"

namespace streamz {

// The plan: canonical chain, implicit ends, threads and queues, what each stage holds and its bound,
// the engine of each expression, what comes out only at the end of input.
std::string explain(const Chain& chain, const Graph& graph, bool json_format, Jobs jobs = {});

enum class Drawing { text, dot, mermaid };
std::string draw(const Graph& graph, Drawing drawing);

}  // namespace streamz
