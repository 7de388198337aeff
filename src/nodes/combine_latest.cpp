// SPDX-License-Identifier: Apache-2.0
// Emits the newest record of every input as a list whenever one of them changes.
// Tested by tests/cases/combine_latest.test.
#include <algorithm>

#include "../streamz/spec.h"

namespace streamz {

namespace {

struct CombineLatestNode : Stream {
  list<std::string> emit_on;

  static void describe(Spec<CombineLatestNode>& s) {
    s.summary("emit the newest record of every input, as a list, whenever one changes");
    s.details("Nothing is emitted before every input has had a record.");
    s.param("emit_on", &CombineLatestNode::emit_on,
            "emit for these inputs only, by number (0,2) or by the name of the stage that feeds them");
    s.any_inputs();
    s.state("one record of each input");
    s.uneven();
    s.example("from_iterable '[1]' ! c. ; from_iterable '[2]' ! c. ; $NAME name=c", "", "[1,2]");
  }

  void start() override {
    newest_.resize(static_cast<std::size_t>(inputs()));
    seen_.assign(newest_.size(), false);
    triggers_.assign(newest_.size(), emit_on.empty());
    for (const std::string& input : emit_on) triggers_[find(input)] = true;
  }

  void update(const Record& x) override {
    const auto input = static_cast<std::size_t>(port());
    newest_[input] = keep(x);
    seen_[input] = true;
    if (triggers_[input] && std::find(seen_.begin(), seen_.end(), false) == seen_.end()) emit_list(newest_);
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
  std::vector<bool> triggers_;  // by input

  std::size_t find(const std::string& input) const {
    std::string names;
    for (int i = 0; i < inputs(); ++i) {
      const std::string name = input_name(i);
      if (input == std::to_string(i) || (!name.empty() && input == name)) return static_cast<std::size_t>(i);
      names += (i > 0 ? ", " : "") + std::to_string(i) + (name.empty() ? "" : " (" + name + ")");
    }
    throw Error("emit_on=" + input + ": the inputs are " + names);
  }
};

}  // namespace

extern constinit const StageClass combine_latest_stage = stage_class<CombineLatestNode>("CombineLatestNode");

}  // namespace streamz
