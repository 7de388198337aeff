// SPDX-License-Identifier: Apache-2.0
// Groups records into lists of n with different keys. Tested by tests/cases/partition_unique.test.
#include "unique_records.h"

namespace streamz {

namespace {

struct PartitionUniqueNode : Stream {
  long n = 1;
  Expr key;
  Keep which = Keep::first;
  std::optional<Duration> timeout;

  static void describe(Spec<PartitionUniqueNode>& s) {
    s.summary("group records into lists of n with different keys");
    s.details(
        "Of records with the same key the first stays, or, with keep=last, the last, where it came. With timeout= a "
        "list goes out so long after its first record even when it is not full; at the end of input what is left "
        "does.");
    s.param("n", &PartitionUniqueNode::n, "records in a list").positional().required().min(1);
    s.param("key", &PartitionUniqueNode::key, "what must differ; not given: the whole record");
    s.param("keep", &PartitionUniqueNode::which, "which of the records with the same key stays")
        .one_of({"first", "last"});
    s.param("timeout", &PartitionUniqueNode::timeout, "longest wait of a list, from its first record");
    s.state("less than n records");
    s.uneven();
    s.example("$NAME 2", "1 1 2 3", "[1,2] [3]");
    s.example("$NAME 2 key='(. % 2)' keep=last", "1 3 2", "[3,2]");
  }

  void start() override {
    if (!key) key = Expr(".");
  }

  void update(const Record& x) override {
    key.key(x, text_);
    if (timeout && held_.size() == 0 && n > 1) schedule(due_ = now() + *timeout);
    held_.add(text_, which, [&] { return keep(x); });
    if (held_.size() == static_cast<std::size_t>(n)) let_go();
  }

  void on_timer(Time /*due*/) override { let_go(); }

  void flush() override {
    if (held_.size() > 0) let_go();
  }

  void save(State& state) const override {
    state.add("due", due_);
    state.add_all("held", held_.records());
  }
  void restore(const State& state) override {
    state.each("held", [&](std::string_view text) {
      Record x = keep(text);
      key.key(x, text_);
      held_.add(text_, which, [&] { return std::move(x); });
    });
    due_ = state.time("due");
    if (timeout && held_.size() > 0) schedule(due_);
  }

 private:
  UniqueRecords held_;
  Time due_{};
  std::string text_;

  void let_go() {
    unschedule();
    const std::vector<Record> records = held_.records();
    held_.clear();
    emit_list(records);
  }
};

}  // namespace

extern constinit const StageClass partition_unique_stage = stage_class<PartitionUniqueNode>("PartitionUniqueNode");

}  // namespace streamz
