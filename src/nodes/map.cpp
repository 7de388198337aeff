// SPDX-License-Identifier: Apache-2.0
// Emits what an expression gives for each record: nothing, one value or many.
// Tested by tests/cases/map.test.
#include "../streamz/spec.h"

namespace streamz {

namespace {

struct MapNode : Stream {
  Expr expr;

  static void describe(Spec<MapNode>& s) {
    s.summary("emit what an expression gives for each record");
    s.details(
        "Every result of the jq program is emitted: none, one or many. An array is taken apart by "
        "`. as [$a, $b] | …`.");
    s.param("expr", &MapNode::expr, "the jq program").positional().required();
    s.stateless();
    s.example("$NAME .a + 1", "{\"a\":1} {\"a\":2}", "2 3");
    s.example("$NAME '.[]'", "[1,2] [] [3]", "1 2 3");
  }

  void update(const Record& x) override {
    expr.each(x, [this](JsonText result) { return emit(result); });
  }
};

}  // namespace

extern constinit const StageClass map_stage = stage_class<MapNode>("MapNode");

}  // namespace streamz
