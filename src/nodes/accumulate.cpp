// SPDX-License-Identifier: Apache-2.0
// Folds the records into a state by an expression: `.` is the record, $state the state.
// Tested by tests/cases/accumulate.test.
#include "../streamz/spec.h"
#include "../streamz/text.h"

namespace streamz {

namespace {

struct AccumulateNode : Stream {
  enum class Emit { update, final };
  Expr expr;
  std::optional<Json> initial;
  bool returns_state = false;
  bool with_state = false;
  Emit emit_when = Emit::update;

  static void describe(Spec<AccumulateNode>& s) {
    s.summary("fold the records into a state");
    s.details(
        "The program sees the record as `.` and the state as $state; its result is the new state, and is "
        "emitted. Without start= the first record becomes the state and is emitted as it is. A program without "
        "a result leaves the state as it is and emits nothing; so does one that fails.");
    s.param("expr", &AccumulateNode::expr, "the jq program").positional().required();
    s.param("start", &AccumulateNode::initial, "the state before the first record");
    s.param("returns_state", &AccumulateNode::returns_state, "the program gives [state, output]");
    s.param("with_state", &AccumulateNode::with_state, "emit [state, output]");
    s.param("emit", &AccumulateNode::emit_when, "after each record, or once at the end").one_of({"update", "final"});
    s.state("one value");
    s.example("$NAME '$state + .' start=0", "1 2 3", "1 3 6");
    s.example("$NAME '[$state + ., $state]' start=0 returns_state=true", "1 2 3", "0 1 3");
    s.example("$NAME '[$state, .] | max' emit=final", "1 7 3", "7");
  }

  void start() override {
    has_state_ = initial.has_value();
    if (initial) state_ = output_ = initial->text;
    // a fold of nothing is its start; with an output beside the state there is none yet
    has_output_ = initial && !returns_state && !with_state;
  }

  void update(const Record& x) override {
    if (!has_state_) {
      state_ = output_ = x.raw();
    } else if (!step(x)) {
      return;
    }
    has_state_ = has_output_ = true;
    if (emit_when == Emit::final) {
      held_.add(x);
    } else {
      emit(result());
    }
  }

  void flush() override {
    if (emit_when == Emit::final && has_output_) emit(result(), held_);
    held_.release();
  }

  void save(State& state) const override {
    if (has_state_) state.add("state", state_);
    if (has_output_) state.add("output", output_);
  }
  void restore(const State& state) override {
    const auto saved = state.find("state"), output = state.find("output");
    has_state_ = saved.has_value();
    has_output_ = output.has_value();
    state_ = saved.value_or("");
    output_ = output.value_or("");
  }

 private:
  std::string state_, output_, made_;
  bool has_state_ = false, has_output_ = false;
  Acks held_;

  // False: the program gave nothing. The state changes only when nothing was wrong.
  bool step(const Record& x) {
    int results = 0;
    expr.set("state", state_);
    expr.each(x, [&](JsonText result) {
      made_ = result.text;
      return ++results < 2;
    });
    if (results > 1) throw Error("the program gives more than one result", "one array: [ … ]");
    if (results == 0) return false;
    if (!returns_state) {
      state_ = output_ = made_;
      return true;
    }
    if (!text::is_array(made_) || text::count_elements(made_) != 2) {
      throw Error(std::string("with returns_state the program gives [state, output], not ") +
                  (text::is_array(made_) ? "an array of " + std::to_string(text::count_elements(made_))
                                         : std::string(text::kind_of(made_))));
    }
    state_ = *text::element(made_, 0);
    output_ = *text::element(made_, 1);
    return true;
  }

  JsonText result() {
    if (!with_state) return {output_};
    made_ = "[" + state_ + "," + output_ + "]";
    return {made_};
  }
};

}  // namespace

extern constinit const StageClass accumulate_stage = stage_class<AccumulateNode>("AccumulateNode");

}  // namespace streamz
