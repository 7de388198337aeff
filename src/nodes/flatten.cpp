// SPDX-License-Identifier: Apache-2.0
// Emits the elements of each array, as they were written. They share the array's text, so the array is
// acknowledged once all of them are. Tested by tests/cases/flatten.test.
#include "../streamz/spec.h"
#include "../streamz/text.h"

namespace streamz {

namespace {

struct FlattenNode : Stream {
  static void describe(Spec<FlattenNode>& s) {
    s.summary("emit the elements of each array");
    s.stateless();
    s.uneven();
    s.example("$NAME", "[1,2.0] [] [[3]]", "1 2.0 [3]");
  }

  void update(const Record& x) override {
    if (!text::is_array(x.raw())) {
      throw Error(std::string("needs an array, got ") + text::kind_of(x.raw()) + "; `map .[]` takes objects too");
    }
    Record part = x;
    text::each_element(x.raw(), [&](std::string_view element) {
      part.assign(element, x.line());
      return emit(part);
    });
  }
};

}  // namespace

extern constinit const StageClass flatten_stage = stage_class<FlattenNode>("FlattenNode");

}  // namespace streamz
