// SPDX-License-Identifier: Apache-2.0
// How often each value came, as one object. Tested by tests/cases/frequencies.test.
#include <deque>
#include <unordered_map>

#include "../streamz/text.h"
#include "event_time.h"
#include "numbers.h"

namespace streamz {

namespace {

struct FrequenciesNode : Stream, Combines {
  enum class Emit { update, final };
  std::variant<Emit, Duration> emit_when = Emit::update;

  static void describe(Spec<FrequenciesNode>& s) {
    s.summary("how often each value came, as one object");
    s.details(
        "The keys are the values, in the order in which they came; one that is no string is its JSON text, so that "
        "1 and \"1\" count as one. With emit=update the whole object goes out after each record: emit=final and a "
        "duration (if anything came since) cost less.");
    s.param("emit", &FrequenciesNode::emit_when, "when to give the object").one_of({"update", "final"});
    s.state("one number for each distinct value");
    s.uneven();
    s.example("$NAME", "\"a\" \"b\" \"a\"", "{\"a\":1} {\"a\":1,\"b\":1} {\"a\":2,\"b\":1}");
    s.example("$NAME emit=final", "\"a\" 1 1.0", "{\"a\":1,\"1\":2}");
  }

  void start() override { value_ = Expr("."); }

  void update(const Record& x) override {
    count(x);
    if (when() == Emit::update) {
      emit(object());
      return;
    }
    held_.add(x);
    if (changed_) return;
    changed_ = true;
    set_timer(now());
  }

  bool combines() const override { return when() == Emit::final; }
  std::size_t fold(const Record& x) override {
    count(x);
    return counts_.size();
  }
  std::unique_ptr<Part> part() override {
    auto counted = std::make_unique<Counted>();
    counted->counts = std::exchange(counts_, {});
    places_.clear();
    return counted;
  }
  void combine(Part& part, const Record& from) override {
    for (const Count& count : static_cast<Counted&>(part).counts) at(count.value) += count.count;
    held_.add(from);
    changed_ = true;
  }

  void on_timer(Time /*due*/) override { give(); }

  void flush() override {
    unschedule();
    if (when() == Emit::final || changed_) give();
  }

  void save(State& state) const override {
    for (const Count& count : counts_) {
      state.add("value", count.value);
      state.add("count", count.count);
    }
    if (changed_) state.add("due", due_);
  }
  void restore(const State& state) override {
    state.each("value", [&](std::string_view value) { at(std::string(value)) = 0; });
    auto count = counts_.begin();
    state.each("count", [&](std::string_view saved) { (count++)->count = read_number(saved).whole; });
    state.each_time("due", [&](Time due) {
      changed_ = true;
      due_ = due;
      if (std::holds_alternative<Duration>(emit_when)) schedule(due_);
    });
  }

 private:
  struct Count {
    std::string value;  // as a JSON string
    std::int64_t count;
  };
  struct Counted : Part {
    std::deque<Count> counts;
  };

  Expr value_;
  std::deque<Count> counts_;
  std::unordered_map<std::string_view, Count*> places_;
  Acks held_;
  bool changed_ = false;  // since the last result
  Time due_{};
  std::string key_, text_;

  std::optional<Emit> when() const {
    const Emit* const word = std::get_if<Emit>(&emit_when);
    return word == nullptr ? std::nullopt : std::optional(*word);
  }
  void count(const Record& x) {
    value_.key(x, key_);
    if (!key_.starts_with('"')) key_ = text::quoted(key_);
    ++at(key_);
  }
  std::int64_t& at(const std::string& value) {
    const auto known = places_.find(value);
    if (known != places_.end()) return known->second->count;
    Count& added = counts_.emplace_back(Count{value, 0});
    places_.emplace(added.value, &added);
    return added.count;
  }

  void set_timer(Time now) {
    const Duration* const every = std::get_if<Duration>(&emit_when);
    if (every != nullptr) schedule(due_ = window_start(now, *every) + *every);
  }
  JsonText object() {
    text_ = "{";
    for (const Count& count : counts_) {
      if (text_.size() > 1) text_ += ',';
      text_ += count.value + ':';
      append_number(text_, count.count);
    }
    text_ += '}';
    return {text_};
  }
  void give() {
    changed_ = false;
    emit(object(), held_);
    held_.release();
  }
};

}  // namespace

extern constinit const StageClass frequencies_stage = stage_class<FrequenciesNode>("FrequenciesNode");

}  // namespace streamz
