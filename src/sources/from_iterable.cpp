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
    s.example("$NAME '[1, \"a\", [2.0]]'", "", "1 \"a\" [2.0]");
  }

  void start() override {
    if (text::is_array(values.text)) return;
    throw Error(std::string("needs an array, got ") + text::kind_of(values.text), "brackets: '[1, 2]'");
  }

  void run() override {
    text::each_element(values.text, [this](std::string_view element) { return emit(JsonText{element}); });
  }
};

}  // namespace

StageClass from_iterable_stage() { return stage_class<FromIterableSource>("FromIterableSource"); }

}  // namespace streamz
