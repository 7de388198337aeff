// SPDX-License-Identifier: Apache-2.0
// Brings in a value at regular times. Tested by tests/cases/from_periodic.test.
#include "../streamz/spec.h"
#include "seconds.h"

namespace streamz {

namespace {

struct FromPeriodicSource : Source {
  Duration interval{};
  Expr expr;

  static void describe(Spec<FromPeriodicSource>& s) {
    s.summary("bring in a value at regular times");
    s.details(
        "The first at once, the others at whole intervals after it, however long the chain takes; what was missed "
        "meanwhile is left out. The value is the time in seconds since 1970, or what an expression gives for it.");
    s.param("interval", &FromPeriodicSource::interval, "the time between two values").positional().required();
    s.param("expr", &FromPeriodicSource::expr, "the value, as a jq program; `.` is the time").positional();
    s.endless();
    s.example("$NAME 1ms '\"tick\"' ! head 2", "", "\"tick\" \"tick\"");
  }

  void run() override {
    Time due = now();
    do {
      if (!tick()) return;
      due += interval * ((std::max(now(), due) - due) / interval + 1);
    } while (wait_until(due));
  }

 private:
  // False: nobody reads any more.
  bool tick() {
    std::string seconds = seconds_text(now());
    if (!expr) return emit(JsonText{seconds});
    const std::size_t size = seconds.size();
    seconds.resize(size + 64);  // what a record's text has behind it
    const Record record({seconds.data(), size}, nullptr);
    return expr.each(record, [this](JsonText value) { return emit(value); });
  }
};

}  // namespace

extern constinit const StageClass from_periodic_stage = stage_class<FromPeriodicSource>("FromPeriodicSource");

}  // namespace streamz
