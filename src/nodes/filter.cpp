// SPDX-License-Identifier: Apache-2.0
// Passes the records for which an expression is true; the others go to port `else`.
// Tested by tests/cases/filter.test.
#include "../streamz/spec.h"

namespace streamz {

namespace {

struct FilterNode : Stream {
  Expr expr;
  bool negate = false;

  static void describe(Spec<FilterNode>& s) {
    s.summary("pass the records for which an expression is true");
    s.details(
        "As in jq, only false, null and no result are not true: 0, \"\" and [] pass. The other records go to "
        "port `else`.");
    s.param("expr", &FilterNode::expr, "the condition").positional().required();
    s.param("negate", &FilterNode::negate, "pass the others instead");
    s.outputs({"else"});
    s.stateless();
    s.uneven();
    s.example("$NAME .ok", "{\"ok\":true} {\"ok\":false} {}", "{\"ok\":true}");
    s.example("$NAME . negate=true", "0 null \"\" false", "null false");
  }

  void update(const Record& x) override { emit(x, expr.test(x) != negate ? 0 : 1); }
};

}  // namespace

extern constinit const StageClass filter_stage = stage_class<FilterNode>("FilterNode");

}  // namespace streamz
