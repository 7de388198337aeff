// SPDX-License-Identifier: Apache-2.0
// Emits every record of its main input together with the newest of the others.
// Tested by tests/cases/zip_latest.test.
#include <algorithm>
#include <deque>

#include "../streamz/spec.h"

namespace streamz {

namespace {

struct ZipLatestNode : Stream {
  long maxsize = 1000;

  static void describe(Spec<ZipLatestNode>& s) {
    s.summary("emit every record of the main input with the newest of the others");
    s.details(
        "Records of X.main wait until every other input has had one; the others alone emit nothing. When another "
        "input ends without a record, those of the main input go to port `else`.");
    s.param("maxsize", &ZipLatestNode::maxsize, "how many records of the main input may wait").min(1);
    s.inputs({"main"});
    s.any_inputs();
    s.outputs({"else"});
    s.state("at most maxsize records, and one of each other input");
    s.uneven();
    s.example("from_iterable '[7]' ! z.1 ; from_iterable '[1,2]' ! z.main ; $NAME name=z", "", "[1,7] [2,7]");
  }

  void start() override {
    newest_.resize(static_cast<std::size_t>(inputs()));
    seen_.assign(newest_.size(), false);
    seen_[0] = true;  // what the main input gives need not be there before
  }

  void update(const Record& x) override {
    if (port() == 0) return update_main(x);
    newest_[static_cast<std::size_t>(port())] = keep(x);
    seen_[static_cast<std::size_t>(port())] = true;
    if (!complete()) return;
    for (; !waiting_.empty(); waiting_.pop_front()) emit_with_newest(waiting_.front());
    want(0, true);
    if (main_ended_) done();
  }

  void on_end(int port) override {
    main_ended_ = main_ended_ || port == 0;
    hopeless_ = hopeless_ || !seen_[static_cast<std::size_t>(port)];
    if (hopeless_) {
      for (; !waiting_.empty(); waiting_.pop_front()) emit(waiting_.front(), 1);
      want(0, true);
    }
    if (main_ended_ && waiting_.empty()) done();
  }

  void flush() override {
    for (const Record& x : waiting_) emit(x, 1);
    waiting_.clear();
  }

  void save(State& state) const override {
    for (std::size_t i = 1; i < newest_.size(); ++i) {
      if (seen_[i]) state.add(std::to_string(i), newest_[i].raw());
    }
    state.add_all("waiting", waiting_);
    state.add("main_ended", static_cast<std::int64_t>(main_ended_));
    state.add("hopeless", static_cast<std::int64_t>(hopeless_));
  }
  void restore(const State& state) override {
    for (std::size_t i = 1; i < newest_.size(); ++i) {
      const auto text = state.find(std::to_string(i));
      seen_[i] = text.has_value();
      if (text) newest_[i] = keep(*text);
    }
    state.each("waiting", [&](std::string_view text) { waiting_.push_back(keep(text)); });
    main_ended_ = state.integer("main_ended") != 0;
    hopeless_ = state.integer("hopeless") != 0;
    if (waiting_.size() >= static_cast<std::size_t>(maxsize)) want(0, false);
  }

 private:
  std::vector<Record> newest_;  // [0] is the main record during emit_list()
  std::vector<bool> seen_;
  std::deque<Record> waiting_;
  bool main_ended_ = false;
  bool hopeless_ = false;  // another input ended without a record

  bool complete() const { return std::find(seen_.begin(), seen_.end(), false) == seen_.end(); }

  void update_main(const Record& x) {
    if (hopeless_) {
      if (!emit(x, 1)) done();
    } else if (complete()) {
      emit_with_newest(x);
    } else {
      waiting_.push_back(keep(x));
      if (waiting_.size() == static_cast<std::size_t>(maxsize)) want(0, false);
    }
  }

  void emit_with_newest(const Record& x) {
    newest_[0] = x;
    emit_list(newest_);
    newest_[0] = Record();
  }
};

}  // namespace

extern constinit const StageClass zip_latest_stage = stage_class<ZipLatestNode>("ZipLatestNode");

}  // namespace streamz
