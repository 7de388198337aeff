// SPDX-License-Identifier: Apache-2.0
// Emits the newest record of every input as a list whenever one of them changes.
// Tested by tests/cases/combine_latest.test.
#include <algorithm>

#include "../streamz/spec.h"

namespace streamz {

namespace {

struct CombineLatestNode : Stream {
  list<long> emit_on;

  static void describe(Spec<CombineLatestNode>& s) {
    s.summary("emit the newest record of every input, as a list, whenever one changes");
    s.details("Nothing is emitted before every input has had a record.");
    s.param("emit_on", &CombineLatestNode::emit_on, "emit for these inputs only, by number: 0,2").min(0);
    s.any_inputs();
    s.state("one record of each input");
    s.uneven();
    s.example("from_iterable '[1]' ! c. ; from_iterable '[2]' ! c. ; $NAME name=c", "", "[1,2]");
  }

  void start() override {
    newest_.resize(static_cast<std::size_t>(inputs()));
    seen_.assign(newest_.size(), false);
    for (const long number : emit_on) {
      if (number < inputs()) continue;
      throw Error("emit_on=" + std::to_string(number) + ": the inputs are 0 to " + std::to_string(inputs() - 1));
    }
  }

  void update(const Record& x) override {
    const auto input = static_cast<std::size_t>(port());
    newest_[input] = keep(x);
    seen_[input] = true;
    const bool triggers = emit_on.empty() || std::find(emit_on.begin(), emit_on.end(), port()) != emit_on.end();
    if (triggers && std::find(seen_.begin(), seen_.end(), false) == seen_.end()) emit_list(newest_);
  }

  void save(State& state) const override {
    for (std::size_t i = 0; i < newest_.size(); ++i) {
      if (seen_[i]) state.add(std::to_string(i), newest_[i].raw());
    }
  }
  void restore(const State& state) override {
    for (std::size_t i = 0; i < newest_.size(); ++i) {
      const auto text = state.find(std::to_string(i));
      seen_[i] = text.has_value();
      if (text) newest_[i] = keep(*text);
    }
  }

 private:
  std::vector<Record> newest_;
  std::vector<bool> seen_;
};

}  // namespace

StageClass combine_latest_stage() { return stage_class<CombineLatestNode>("CombineLatestNode"); }

}  // namespace streamz
