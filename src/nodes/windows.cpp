// SPDX-License-Identifier: Apache-2.0
#include "windows.h"

#include <algorithm>
#include <list>
#include <map>
#include <unordered_map>

#include "../streamz/text.h"

namespace streamz {

bool Rows::one(const Groups& groups, Groups::Group& group, const std::optional<Span>& window, const Acks& from) {
  row_.clear();
  by_.write(groups.key(group), row_);
  columns_.write(group.state(), row_, min_periods);
  if (window) {
    row_ += ",\"window_start\":" + time_.text(window->start) + ",\"window_end\":" + time_.text(window->end);
  }
  row_.front() = '{';
  row_ += '}';
  return emit_({row_}, from);
}

bool Rows::all(const Groups& groups, const std::optional<Span>& window, const Acks& from) {
  return groups.each([&](Groups::Group& group) { return one(groups, group, window, from); });
}

namespace {

Acks acks_of(const Record& x) {
  Acks acks;
  acks.add(x);
  return acks;
}

// ---- all records together

class AllTogether final : public Windows {
 public:
  AllTogether(const Columns& columns, Rows& rows, When when, bool grouped)
      : columns_(columns), rows_(rows), when_(when), grouped_(grouped), groups_(columns) {}

  bool ordered() const override { return when_.kind == When::regular; }

  void add(std::string_view key, Time time, const Record& x) override {
    Groups::Group& group = groups_.at(key);
    columns_.add(group.state());
    if (when_.kind == When::update) {
      rows_.all(groups_, std::nullopt, acks_of(x));
    } else if (when_.kind == When::change) {
      rows_.one(groups_, group, std::nullopt, acks_of(x));
    } else {
      held_.add(x);
      if (when_.kind == When::regular && !changed_) due_ = window_start(time, when_.every) + when_.every;
      changed_ = true;
    }
  }
  void merge(const Groups& later, const Record& from) override {
    later.each([&](Groups::Group& group) {
      columns_.merge(groups_.at(later.key(group)).state(), group.state());
      return true;
    });
    held_.add(from);
    changed_ = true;
  }
  void come_to(Time time) override {
    if (changed_ && when_.kind == When::regular && due_ <= time) give_all();
  }
  Time next() const override { return changed_ && when_.kind == When::regular ? due_ : Time::max(); }

  void end() override {
    if (when_.kind == When::final && !grouped_) groups_.at({});
    if (when_.kind == When::final || changed_) give_all();
  }

  void save(State& state) const override {
    groups_.save(state, "group");
    if (changed_) state.add("due", due_);
  }
  void restore(const State& state) override {
    state.each("group", [&](std::string_view saved) { groups_.restore_one(saved); });
    state.each_time("due", [&](Time due) {
      due_ = due;
      changed_ = true;
    });
  }

 private:
  const Columns& columns_;
  Rows& rows_;
  const When when_;
  const bool grouped_;
  Groups groups_;
  Acks held_;
  bool changed_ = false;  // since the last result
  Time due_{};

  void give_all() {
    rows_.all(groups_, std::nullopt, held_);
    held_.release();
    changed_ = false;
  }
};

// ---- windows side by side

class InTime final : public Windows {
 public:
  InTime(const Columns& columns, Rows& rows, const EventTime& time, Duration length)
      : columns_(columns), rows_(rows), time_(time), length_(length) {}

  bool ordered() const override { return false; }
  bool late(Time time) const override { return time_.over(window_start(time, length_) + length_); }

  void add(std::string_view key, Time time, const Record& x) override {
    Window& window = at(window_start(time, length_));
    columns_.add(window.groups.at(key).state());
    window.held.add(x);
  }
  void come_to(Time time) override {
    while (!open_.empty() && next() <= time) {
      const auto first = open_.begin();
      rows_.all(first->second.groups, Span{first->first, first->first + length_}, first->second.held);
      open_.erase(first);
    }
  }
  Time next() const override { return open_.empty() ? Time::max() : open_.begin()->first + length_; }
  void end() override { come_to(Time::max()); }

  void save(State& state) const override {
    for (const auto& [start, window] : open_) {
      state.add("window", start);
      window.groups.save(state, name_of(start));
    }
  }
  void restore(const State& state) override {
    state.each_time("window", [&](Time start) {
      Window& window = at(start);
      state.each(name_of(start), [&](std::string_view saved) { window.groups.restore_one(saved); });
    });
  }

 private:
  struct Window {
    Groups groups;
    Acks held;
  };
  const Columns& columns_;
  Rows& rows_;
  const EventTime& time_;
  const Duration length_;
  std::map<Time, Window> open_;  // by their starts

  Window& at(Time start) {
    const auto found = open_.find(start);
    return found != open_.end() ? found->second : open_.emplace(start, Window{Groups(columns_), Acks()}).first->second;
  }
  static std::string name_of(Time start) { return "group of " + std::to_string(start.time_since_epoch().count()); }
};

class InNumber final : public Windows {
 public:
  InNumber(const Columns& columns, Rows& rows, std::size_t records)
      : columns_(columns), rows_(rows), records_(records), groups_(columns) {}

  bool ordered() const override { return false; }

  void add(std::string_view key, Time time, const Record& x) override {
    columns_.add(groups_.at(key).state());
    held_.add(x);
    span_ = count_ == 0 ? Span{time, time} : Span{std::min(span_.start, time), std::max(span_.end, time)};
    if (++count_ == records_) end();
  }
  void end() override {
    rows_.all(groups_, span_, held_);
    groups_.clear();
    held_.release();
    count_ = 0;
  }

  void save(State& state) const override {
    groups_.save(state, "group");
    state.add("count", static_cast<std::int64_t>(count_));
    state.add("start", span_.start);
    state.add("end", span_.end);
  }
  void restore(const State& state) override {
    state.each("group", [&](std::string_view saved) { groups_.restore_one(saved); });
    count_ = static_cast<std::size_t>(state.integer("count"));
    span_ = {state.time("start"), state.time("end")};
  }

 private:
  const Columns& columns_;
  Rows& rows_;
  const std::size_t records_;
  Groups groups_;
  Acks held_;
  std::size_t count_ = 0;
  Span span_{};
};

// ---- sessions

class Sessions final : public Windows {
 public:
  Sessions(const Columns& columns, Rows& rows, Duration gap)
      : columns_(columns), rows_(rows), gap_(gap), groups_(columns) {}

  bool ordered() const override { return true; }

  void add(std::string_view key, Time time, const Record& x) override {
    Groups::Group& group = groups_.at(key);
    const auto known = places_.find(&group);
    const auto session = known != places_.end() ? known->second : open(group, time);
    columns_.add(group.state());
    session->held.add(x);
    session->span.end = time;
    open_.splice(open_.end(), open_, session);
  }
  void come_to(Time time) override {
    while (!open_.empty() && next() <= time) close_first();
  }
  Time next() const override { return open_.empty() ? Time::max() : open_.front().span.end + gap_; }
  void end() override {
    while (!open_.empty()) close_first();
  }

  void save(State& state) const override {
    groups_.save(state, "group");
    for (const Session& session : open_) {
      state.add("key", text::quoted(groups_.key(*session.group)));
      state.add("start", session.span.start);
      state.add("end", session.span.end);
    }
  }
  void restore(const State& state) override {
    state.each("group", [&](std::string_view saved) { groups_.restore_one(saved); });
    state.each("key", [&](std::string_view key) { open(groups_.at(text::decoded(key)), {}); });
    auto session = open_.begin();
    state.each_time("start", [&](Time time) { (session++)->span.start = time; });
    session = open_.begin();
    state.each_time("end", [&](Time time) { (session++)->span.end = time; });
  }

 private:
  struct Session {
    Groups::Group* group;
    Span span;
    Acks held;
  };
  using Open = std::list<Session>;
  const Columns& columns_;
  Rows& rows_;
  const Duration gap_;
  Groups groups_;
  Open open_;  // in the order of their last records
  std::unordered_map<const Groups::Group*, Open::iterator> places_;

  Open::iterator open(Groups::Group& group, Time time) {
    open_.push_back({&group, {time, time}, {}});
    return places_.emplace(&group, std::prev(open_.end())).first->second;
  }
  void close_first() {
    const Session& first = open_.front();
    rows_.one(groups_, *first.group, first.span, first.held);
    places_.erase(first.group);
    groups_.erase(*first.group);
    open_.pop_front();
  }
};

}  // namespace

std::unique_ptr<Windows> all_together(const Columns& columns, Rows& rows, When when, bool grouped) {
  return std::make_unique<AllTogether>(columns, rows, when, grouped);
}
std::unique_ptr<Windows> side_by_side(const Columns& columns, Rows& rows, const EventTime& time, Duration length) {
  return std::make_unique<InTime>(columns, rows, time, length);
}
std::unique_ptr<Windows> side_by_side(const Columns& columns, Rows& rows, std::size_t records) {
  return std::make_unique<InNumber>(columns, rows, records);
}
std::unique_ptr<Windows> sessions(const Columns& columns, Rows& rows, Duration gap) {
  return std::make_unique<Sessions>(columns, rows, gap);
}

}  // namespace streamz
