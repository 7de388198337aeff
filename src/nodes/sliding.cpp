// SPDX-License-Identifier: Apache-2.0
// The windows of windows.h that slide. Tested by tests/cases/agg.test and tests/windows_test.cpp.
#include <algorithm>

#include "../streamz/text.h"
#include "queue_of.h"
#include "windows.h"

namespace streamz {

namespace {

class Sliding final : public Windows {
 public:
  // The one of `records` and `length` that is 0 is no bound.
  Sliding(const Columns& columns, Rows& rows, When when, std::size_t records, Duration length)
      : columns_(columns), rows_(rows), when_(when), records_(records), length_(length), groups_(columns) {}

  bool ordered() const override { return true; }

  void add(std::string_view key, Time time, const Record& x) override {
    time_ = time;
    drop_old(time);
    if (records_ > 0 && held_.size() == records_) drop();
    Groups::Group& group = groups_.at(key);
    columns_.add(group.state());
    ++group.records;
    touched_.push_back(&group);
    Held& held = held_push(group, time);
    held.acks.add(x);
    if (when_.kind == When::regular) {
      since_.add(x);
      if (due_ == Time::max()) due_ = window_start(time, when_.every) + when_.every;
    }
    settle(when_.kind == When::regular ? nullptr : &x);
  }

  // Only results at regular times care: all others follow a record.
  void come_to(Time time) override {
    if (when_.kind != When::regular) return;
    while (due_ <= time) {
      time_ = due_;
      drop_old(due_);
      settle(nullptr);
      if (changed_) give_all(since_);
      since_.release();
      due_ = held_.empty() ? Time::max() : due_ + when_.every;
    }
  }
  Time next() const override { return due_; }

  void end() override {
    if (when_.kind == When::regular && changed_) give_all(since_);
  }

  void save(State& state) const override {
    groups_.save(state, "group");
    for (const Held& held : held_) {
      state.add("key", text::quoted(groups_.key(*held.group)));
      state.add("time", held.time);
    }
    state.add("now", time_);
    state.add("due", due_);
    state.add("changed", static_cast<std::int64_t>(changed_));
  }
  void restore(const State& state) override {
    state.each("group", [&](std::string_view saved) { groups_.restore_one(saved); });
    state.each("key", [&](std::string_view key) { held_push(groups_.at(text::decoded(key)), {}); });
    std::size_t at = 0;
    state.each_time("time", [&](Time time) { held_[at++].time = time; });
    time_ = state.time("now");
    due_ = state.time("due");
    changed_ = state.integer("changed") != 0;
  }

 private:
  struct Held {
    Groups::Group* group = nullptr;
    Time time{};
    Acks acks;
  };
  const Columns& columns_;
  Rows& rows_;
  const When when_;
  const std::size_t records_;
  const Duration length_;
  Groups groups_;
  QueueOf<Held> held_;
  std::vector<Groups::Group*> touched_;  // since the last settle(); some of them may be empty
  Time time_{};                          // where the window ends
  Time due_ = Time::max();               // of the next regular result
  bool changed_ = false;                 // since the last one
  Acks since_;                           // what came since

  Held& held_push(Groups::Group& group, Time time) {
    held_.push({&group, time, {}});
    return held_.back();
  }

  void drop() {
    Groups::Group& group = *held_.front().group;
    columns_.remove(group.state());
    --group.records;
    touched_.push_back(&group);
    held_.pop();
  }
  void drop_old(Time time) {
    while (length_.count() > 0 && !held_.empty() && held_.front().time <= time - length_) drop();
  }

  Span span() const {
    if (records_ > 0) return {held_.empty() ? time_ : held_[0].time, time_};
    return {time_ - length_, time_};
  }

  // Lets go of the groups that are empty; with a record, gives what its coming has changed.
  void settle(const Record* x) {
    std::sort(touched_.begin(), touched_.end(), [](const auto* a, const auto* b) { return a->place < b->place; });
    touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
    changed_ = changed_ || !touched_.empty();
    Acks from;
    if (x != nullptr) from.add(*x);
    for (Groups::Group* const group : touched_) {
      if (group->records > 0 && x != nullptr && when_.kind == When::change) rows_.one(groups_, *group, span(), from);
    }
    for (Groups::Group* const group : touched_) {
      if (group->records == 0) groups_.erase(*group);
    }
    touched_.clear();
    if (x != nullptr && when_.kind == When::update) rows_.all(groups_, span(), from);
  }

  void give_all(const Acks& from) {
    rows_.all(groups_, span(), from);
    changed_ = false;
  }
};

}  // namespace

std::unique_ptr<Windows> sliding(const Columns& columns, Rows& rows, When when, std::size_t records) {
  return std::make_unique<Sliding>(columns, rows, when, records, Duration{});
}
std::unique_ptr<Windows> sliding(const Columns& columns, Rows& rows, When when, Duration length) {
  return std::make_unique<Sliding>(columns, rows, when, 0, length);
}

}  // namespace streamz
