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

StageClass zip_latest_stage() { return stage_class<ZipLatestNode>("ZipLatestNode"); }

}  // namespace streamz
