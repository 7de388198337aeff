// SPDX-License-Identifier: Apache-2.0
// Emits, once in each interval, the list of what came in it. Tested by tests/cases/timed_window.test.
#include "timed_windows.h"

namespace streamz {

namespace {

using Records = std::vector<Record>;

struct TimedWindowNode : TimedWindowStage<Records> {
  static void describe(Spec<TimedWindowNode>& s) {
    s.summary("emit, once in each interval, the list of what came in it");
    s.details(kDetails);
    describe_interval(s);
    describe_rest(s);
    s.state("the records of one interval; with late= of those that are open");
    s.example("$NAME 10s", "1 2", "[1,2]");
    s.example("$NAME 10s time=.t", "{\"t\":9} {\"t\":10}", "[{\"t\":9}] [{\"t\":10}]");
  }

 protected:
  void put(Records& window, const Record& x) override { window.push_back(keep(x)); }
  Records records(const Records& window) const override { return window; }
};

}  // namespace

extern constinit const StageClass timed_window_stage = stage_class<TimedWindowNode>("TimedWindowNode");

}  // namespace streamz
