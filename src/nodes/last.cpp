// SPDX-License-Identifier: Apache-2.0
// Emits the last records, at the end. Tested by tests/cases/last.test.
#include <deque>

#include "../streamz/spec.h"

namespace streamz {

namespace {

struct LastNode : Stream {
  long n = 1;

  static void describe(Spec<LastNode>& s) {
    s.summary("emit the last records, at the end of input");
    s.param("n", &LastNode::n, "how many").positional().min(1);
    s.state("at most n records");
    s.uneven();
    s.example("$NAME 2", "1 2 3", "2 3");
  }

  void update(const Record& x) override {
    if (held_.size() == static_cast<std::size_t>(n)) held_.pop_front();
    held_.push_back(keep(x));
  }

  void flush() override {
    for (; !held_.empty() && emit(held_.front()); held_.pop_front()) {
    }
  }

  void save(State& state) const override { state.add_all("held", held_); }
  void restore(const State& state) override {
    state.each("held", [&](std::string_view text) { held_.push_back(keep(text)); });
  }

 private:
  std::deque<Record> held_;
};

}  // namespace

extern constinit const StageClass last_stage = stage_class<LastNode>("LastNode");

}  // namespace streamz
