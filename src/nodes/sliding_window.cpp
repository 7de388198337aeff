// SPDX-License-Identifier: Apache-2.0
// Emits, with each record, the list of the last n. Tested by tests/cases/sliding_window.test.
#include "../streamz/spec.h"

namespace streamz {

namespace {

struct SlidingWindowNode : Stream {
  long n = 1;
  bool return_partial = true;

  static void describe(Spec<SlidingWindowNode>& s) {
    s.summary("emit, with each record, the last n as a list");
    s.param("n", &SlidingWindowNode::n, "records in a window").positional().required().min(1);
    s.param("return_partial", &SlidingWindowNode::return_partial, "also emit the windows before n records came");
    s.state("at most n records");
    s.example("$NAME 2", "1 2 3", "[1] [1,2] [2,3]");
    s.example("$NAME 2 return_partial=false", "1 2 3", "[1,2] [2,3]");
  }

  void update(const Record& x) override {
    const auto most = static_cast<std::size_t>(n);
    if (held_.size() == most) held_.erase(held_.begin());
    held_.push_back(keep(x));
    if (return_partial || held_.size() == most) emit_list(held_);
  }

  void save(State& state) const override { state.add_all("held", held_); }
  void restore(const State& state) override {
    state.each("held", [&](std::string_view text) { held_.push_back(keep(text)); });
  }

 private:
  std::vector<Record> held_;
};

}  // namespace

extern constinit const StageClass sliding_window_stage = stage_class<SlidingWindowNode>("SlidingWindowNode");

}  // namespace streamz
