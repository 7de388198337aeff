// SPDX-License-Identifier: Apache-2.0
// Passes on the records of all its inputs, as they come. Tested by tests/cases/union.test.
#include "../streamz/spec.h"

namespace streamz {

namespace {

struct UnionNode : Stream {
  static void describe(Spec<UnionNode>& s) {
    s.summary("pass on the records of several inputs");
    s.details("In the order they come; ends when all inputs have ended.");
    s.any_inputs();
    s.example("seq 1 2 ! u. ; $NAME name=u", "", "1 2");
  }
};

}  // namespace

extern constinit const StageClass union_stage = stage_class<UnionNode>("UnionNode");

}  // namespace streamz
