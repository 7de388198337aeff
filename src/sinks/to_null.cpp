// SPDX-License-Identifier: Apache-2.0
// Takes records and does nothing with them. Tested by tests/cases/to_null.test.
#include "../streamz/spec.h"

namespace streamz {

namespace {

struct ToNullSink : Sink {
  static void describe(Spec<ToNullSink>& s) {
    s.summary("take the records and do nothing with them");
    s.example("$NAME", "1 2", "");
  }

  void update(const Record&) override {}
};

}  // namespace

extern constinit const StageClass to_null_stage = stage_class<ToNullSink>("ToNullSink");

}  // namespace streamz
