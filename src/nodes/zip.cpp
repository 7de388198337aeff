// SPDX-License-Identifier: Apache-2.0
// Emits a list of one record from each input, in the order they came. What can no longer be part of one
// goes to port `else`. Tested by tests/cases/zip.test.
#include <algorithm>
#include <deque>

#include "../streamz/spec.h"
#include "../streamz/text.h"

namespace streamz {

namespace {

struct ZipNode : Stream {
  long maxsize = 10;

  static void describe(Spec<ZipNode>& s) {
    s.summary("emit a list of one record from each input");
    s.details(
        "The inputs are X.0, X.1, … of a stage with name=X. An input that is ahead is held back. When one has "
        "ended and nothing of it is left, the records of the others go to port `else`.");
    s.param("maxsize", &ZipNode::maxsize, "how many records of an input that is ahead are held").min(1);
    s.any_inputs();
    s.outputs({"else"});
    s.state("at most maxsize records of each input");
    s.in_step();
    s.example("from_iterable '[1,2]' ! z. ; from_iterable '[3,4]' ! z. ; $NAME name=z", "", "[1,3] [2,4]");
  }

  void start() override { sides_.resize(static_cast<std::size_t>(inputs())); }

  void update(const Record& x) override {
    if (over_) return pass_over(x);
    std::deque<Record>& held = sides_[static_cast<std::size_t>(port())].held;
    held.push_back(keep(x));
    if (std::none_of(sides_.begin(), sides_.end(), [](const Side& side) { return side.held.empty(); })) {
      emit_tuple();
    } else if (held.size() == static_cast<std::size_t>(maxsize)) {
      want(port(), false);
    }
  }

  void on_end(int port) override {
    sides_[static_cast<std::size_t>(port)].ended = true;
    finish_when_over();
  }

  void flush() override {
    over_ = true;
    finish_when_over();
  }

  void save(State& state) const override {
    for (const Side& side : sides_) {
      state.add("held", State::list_of(side.held));
      state.add("ended", static_cast<std::int64_t>(side.ended));
    }
  }
  void restore(const State& state) override {
    std::size_t side = 0;
    state.each("held", [&](std::string_view list) {
      std::deque<Record>& held = sides_.at(side).held;
      text::each_element(list, [&](std::string_view one) {
        held.push_back(keep(one));
        return true;
      });
      if (held.size() >= static_cast<std::size_t>(maxsize)) want(static_cast<int>(side), false);
      ++side;
    });
    side = 0;
    state.each("ended", [&](std::string_view ended) { sides_.at(side++).ended = ended != "0"; });
    finish_when_over();
  }

 private:
  struct Side {
    std::deque<Record> held;
    bool ended = false;
  };
  std::vector<Side> sides_;
  std::vector<Record> tuple_;
  bool over_ = false;  // an input without records has ended: no tuple can come any more

  void emit_tuple() {
    for (std::size_t i = 0; i < sides_.size(); ++i) {
      if (sides_[i].held.size() == static_cast<std::size_t>(maxsize)) want(static_cast<int>(i), true);
      tuple_.push_back(std::move(sides_[i].held.front()));
      sides_[i].held.pop_front();
    }
    emit_list(tuple_);
    tuple_.clear();
    finish_when_over();
  }

  void finish_when_over() {
    over_ = over_ || std::any_of(sides_.begin(), sides_.end(), [](const Side& s) { return s.ended && s.held.empty(); });
    if (!over_) return;
    for (std::size_t i = 0; i < sides_.size(); ++i) {
      want(static_cast<int>(i), true);
      for (const Record& x : sides_[i].held) pass_over(x);
      sides_[i].held.clear();
    }
  }

  void pass_over(const Record& x) {
    if (!emit(x, 1)) done();
  }
};

}  // namespace

extern constinit const StageClass zip_stage = stage_class<ZipNode>("ZipNode");

}  // namespace streamz
