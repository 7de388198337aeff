// SPDX-License-Identifier: Apache-2.0
// Emits, once in each interval, the list of what came in it, one record of each key.
// Tested by tests/cases/timed_window_unique.test.
#include "timed_windows.h"
#include "unique_records.h"

namespace streamz {

namespace {

struct TimedWindowUniqueNode : TimedWindowStage<UniqueRecords> {
  Expr key;
  Keep which = Keep::first;

  static void describe(Spec<TimedWindowUniqueNode>& s) {
    s.summary("emit, once in each interval, a list of records with different keys");
    s.details(std::string("As timed_window. Of records with the same key in one interval the first stays, or, with "
                          "keep=last, the last, where it came.\n\n") +
              kDetails);
    describe_interval(s);
    s.param("key", &TimedWindowUniqueNode::key, "what must differ; not given: the whole record");
    s.param("keep", &TimedWindowUniqueNode::which, "which of the records with the same key stays")
        .one_of({"first", "last"});
    describe_rest(s);
    s.state("one record of each key of one interval; with late= of those that are open");
    s.example("$NAME 10s", "1 2 1", "[1,2]");
    s.example("$NAME 10s key='(. % 2)' keep=last", "1 2 3", "[2,3]");
  }

  void start() override {
    if (!key) key = Expr(".");
    TimedWindowStage::start();
  }

 protected:
  void put(UniqueRecords& window, const Record& x) override {
    key.key(x, text_);
    window.add(text_, which, [&] { return keep(x); });
  }
  std::vector<Record> records(const UniqueRecords& window) const override { return window.records(); }

 private:
  std::string text_;
};

}  // namespace

extern constinit const StageClass timed_window_unique_stage =
    stage_class<TimedWindowUniqueNode>("TimedWindowUniqueNode");

}  // namespace streamz
