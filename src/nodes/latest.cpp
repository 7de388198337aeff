// SPDX-License-Identifier: Apache-2.0
// Keeps only the newest record while the stages behind are busy; the last one always arrives.
// Tested by tests/cases/latest.test.
#include "../streamz/spec.h"

namespace streamz {

namespace {

struct LatestNode : Stream {
  static void describe(Spec<LatestNode>& s) {
    s.summary("keep only the newest record while the stages behind are busy");
    s.details("Older records are dropped; the last one of the input is always delivered.");
    s.queued();
    s.state("one record");
    s.uneven();
    s.example("$NAME ! last", "7", "7");
  }

  Queueing queueing() const override { return {1, 0, Queueing::drop_old}; }
};

}  // namespace

extern constinit const StageClass latest_stage = stage_class<LatestNode>("LatestNode");

}  // namespace streamz
