// SPDX-License-Identifier: Apache-2.0
// Nodes that stand in no chain: what case files and tests put at the open ends of a graph. Header only.
#pragma once

#include "graph.h"

namespace streamz {

// A stage of class T in `graph`, bound and without links; `node` becomes its node.
template <class T>
T& add_own_node(Graph& graph, Node*& node) {
  static const StageClass type = stage_class<T>("");
  static const Entry entry = [] {
    Entry made;
    made.kind = type.kind;
    made.name = made.kind == Kind::source ? "input" : "output";
    made.builtin = &type;
    return made;
  }();
  node = &graph.add(entry.name, nullptr, &entry);
  node->type = &type;
  auto* const object = new T;
  node->object = {object, DestroyStage{&type}};
  return *object;
}

}  // namespace streamz
