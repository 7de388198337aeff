// SPDX-License-Identifier: Apache-2.0
// Counts records. Tested by tests/cases/count.test.
#include "../streamz/spec.h"

namespace streamz {

namespace {

struct CountNode : Stream, Combines {
  enum class Emit { final, update };
  Emit emit_when = Emit::final;

  static void describe(Spec<CountNode>& s) {
    s.summary("count the records");
    s.param("emit", &CountNode::emit_when, "once at the end, or after each record").one_of({"final", "update"});
    s.state("one number");
    s.uneven();
    s.example("$NAME", "7 8 9", "3");
    s.example("$NAME emit=update", "7 8 9", "1 2 3");
  }

  void update(const Record& x) override {
    ++count_;
    if (emit_when == Emit::update) {
      emit(JsonText{std::to_string(count_)});
    } else {
      held_.add(x);
    }
  }

  bool combines() const override { return emit_when == Emit::final; }
  std::size_t fold(const Record& /*x*/) override { return ++count_, 1; }
  std::unique_ptr<Part> part() override {
    auto counted = std::make_unique<Counted>();
    counted->count = std::exchange(count_, 0);
    return counted;
  }
  void combine(Part& part, const Record& from) override {
    count_ += static_cast<Counted&>(part).count;
    held_.add(from);
  }

  void flush() override {
    if (emit_when == Emit::final) emit(JsonText{std::to_string(count_)}, held_);
    held_.release();
  }

  void save(State& state) const override { state.add("count", count_); }
  void restore(const State& state) override { count_ = state.integer("count"); }

 private:
  struct Counted : Part {
    std::int64_t count = 0;
  };

  std::int64_t count_ = 0;
  Acks held_;
};

}  // namespace

extern constinit const StageClass count_stage = stage_class<CountNode>("CountNode");

}  // namespace streamz
