// SPDX-License-Identifier: Apache-2.0
// The N records with the largest values. Tested by tests/cases/top.test.
#include <set>

#include "../streamz/text.h"
#include "one_result.h"
#include "order.h"

namespace streamz {

namespace {

struct TopNode : Stream {
  enum class Emit { final, update };
  long n = 1;
  Expr by;
  Emit emit_when = Emit::final;

  static void describe(Spec<TopNode>& s) {
    s.summary("the N records with the largest values, largest first");
    s.details(
        "At the end of input; of equal ones the first to come is the first. With emit=update they go out as one list "
        "whenever they change. What is larger is said by jq's order: null, false, true, numbers, strings, arrays, "
        "objects.");
    s.param("n", &TopNode::n, "how many records").positional().required().min(1);
    s.param("by", &TopNode::by, "the value that counts; not given: the record");
    s.param("emit", &TopNode::emit_when, "the records at the end, or a list after each change")
        .one_of({"final", "update"});
    s.state("n records");
    s.uneven();
    s.example("$NAME 2", "3 1 4 1 5", "5 4");
    s.example("$NAME 1 by=.v", "{\"k\":\"a\",\"v\":1} {\"k\":\"b\",\"v\":2}", "{\"k\":\"b\",\"v\":2}");
  }

  void update(const Record& x) override {
    one_result(by, x, "by=", text_);
    const bool full = held_.size() == static_cast<std::size_t>(n);
    if (full && compare_json(text_, held_.rbegin()->value) <= 0) return;
    held_.insert({text_, count_++, keep(x)});
    if (full) held_.erase(std::prev(held_.end()));
    if (emit_when == Emit::update) emit_list(records());
  }

  void flush() override {
    if (emit_when == Emit::update) return;
    for (const Record& x : records()) {
      if (!emit(x)) return;
    }
  }

  void save(State& state) const override { state.add_all("held", records()); }
  void restore(const State& state) override {
    state.each("held", [&](std::string_view text) {
      const Record x = keep(text);
      one_result(by, x, "by=", text_);
      held_.insert({text_, count_++, x});
    });
  }

 private:
  struct Held {
    std::string value;
    std::uint64_t number;  // in the order of coming
    Record record;

    bool operator<(const Held& other) const {
      const int order = compare_json(value, other.value);
      return order != 0 ? order > 0 : number < other.number;
    }
  };
  std::set<Held> held_;
  std::uint64_t count_ = 0;
  std::string text_;

  std::vector<Record> records() const {
    std::vector<Record> all;
    for (const Held& held : held_) all.push_back(held.record);
    return all;
  }
};

}  // namespace

extern constinit const StageClass top_stage = stage_class<TopNode>("TopNode");

}  // namespace streamz
