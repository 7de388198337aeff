// SPDX-License-Identifier: Apache-2.0
// Brings in the elements of an array that stands in the chain. Tested by tests/cases/from_iterable.test.
#include "../streamz/spec.h"
#include "../streamz/text.h"

namespace streamz {

namespace {

struct FromIterableSource : Source {
  Json values;

  static void describe(Spec<FromIterableSource>& s) {
    s.summary("bring in the elements of an array");
    s.param("values", &FromIterableSource::values, "the array").positional().required();
    s.replayable();
    s.example("$NAME '[1, \"a\", [2.0]]'", "", "1 \"a\" [2.0]");
  }

  void start() override {
    if (text::is_array(values.text)) return;
    throw Error(std::string("needs an array, got ") + text::kind_of(values.text), "brackets: '[1, 2]'");
  }

  void run() override {
    std::int64_t at = 0;
    text::each_element(values.text, [&](std::string_view element) {
      if (at++ < next_) return true;
      const bool wanted = emit(JsonText{element});
      ++next_;
      return wanted;
    });
  }

  void save(State& state) const override { state.add("next", next_); }
  void restore(const State& state) override { next_ = state.integer("next"); }

 private:
  std::int64_t next_ = 0;  // counted from 0
};

}  // namespace

extern constinit const StageClass from_iterable_stage = stage_class<FromIterableSource>("FromIterableSource");

}  // namespace streamz
