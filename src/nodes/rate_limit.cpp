// SPDX-License-Identifier: Apache-2.0
// Spaces records out: at most so many in a time. It holds its input back instead of collecting it.
// Tested by tests/cases/rate_limit.test.
#include <deque>

#include "../streamz/spec.h"

namespace streamz {

namespace {

struct RateLimitNode : Stream {
  std::variant<Rate, Duration> rate = Duration{};
  long burst = 1;

  static void describe(Spec<RateLimitNode>& s) {
    s.summary("let records through at a limited rate");
    s.details(
        "The first record goes at once, the next ones at least an interval apart. With burst= as many may follow "
        "each other at once after a pause. Input is slowed down, nothing is dropped.");
    s.param("rate", &RateLimitNode::rate, "a rate, as 10/s, or the interval between two records")
        .positional()
        .required();
    s.param("burst", &RateLimitNode::burst, "how many may go at once after a pause").min(1);
    s.queued();
    s.state("at most 1024 records on their way in");
    s.example("$NAME 100/s", "1 2 3", "1 2 3");
  }

  void start() override {
    if (const Rate* const per_second = std::get_if<Rate>(&rate)) {
      interval_ = Duration(static_cast<Duration::rep>(1e9 / per_second->per_second));
    } else {
      interval_ = std::get<Duration>(rate);
    }
  }

  void update(const Record& x) override {
    if (waiting_.empty() && due() <= now()) {
      pass(x);
      return;
    }
    waiting_.push_back(keep(x));
    if (waiting_.size() > 1) return;
    want(0, false);
    schedule(due());
  }

  void on_timer(Time) override {
    for (; !waiting_.empty() && due() <= now(); waiting_.pop_front()) pass(waiting_.front());
    if (waiting_.empty()) {
      want(0, true);
    } else {
      schedule(due());
    }
  }

  void save(State& state) const override {
    state.add("next", next_);
    state.add_all("waiting", waiting_);
  }
  void restore(const State& state) override {
    next_ = state.time("next");
    state.each("waiting", [&](std::string_view text) { waiting_.push_back(keep(text)); });
    if (waiting_.empty()) return;
    want(0, false);
    schedule(due());
  }

 private:
  Duration interval_{};
  Time next_{};                 // when the next record may go, were there no bursts
  std::deque<Record> waiting_;  // one, and what was handed over before the input was held back

  Time due() const { return next_ - interval_ * (burst - 1); }
  void pass(const Record& x) {
    next_ = std::max(next_, now()) + interval_;
    emit(x);
  }
};

}  // namespace

extern constinit const StageClass rate_limit_stage = stage_class<RateLimitNode>("RateLimitNode");

}  // namespace streamz
