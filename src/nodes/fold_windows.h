// SPDX-License-Identifier: Apache-2.0
// What an aggregate has folded: all records so far (Growing), or those in a window that slides, for a fold
// (Stacks) and for a bag (Queued). add() takes the values of one record, remove() lets the oldest record go,
// values() counts what is in it, result() is the fold of it all; save() gives JSON text that restore() reads
// into a new one.
// Tested by tests/windows_test.cpp, and by tests/cases/agg.test and rolling.test.
#pragma once

#include "../streamz/text.h"
#include "folds.h"
#include "queue_of.h"

namespace streamz {

template <class Fold, class Value>
struct Growing {
  Fold fold;

  void add(const std::vector<Value>& values) {
    for (const Value& value : values) fold.add(value);
  }
  void remove() {}
  void merge(const Growing& later) { fold.merge(later.fold); }
  std::size_t values() const { return 0; }
  Fold& result() { return fold; }
  void save(std::string& out) { fold.save(out); }
  void restore(std::string_view saved) { fold.restore(saved); }
};

// A queue as two stacks. The items before `turned_` hold the fold of themselves and all that follow up to
// there; `back_` is the fold of those behind. So the whole is one merge away, and the oldest can go without
// being subtracted, which would leave rounding behind. Each item is folded twice in its life.
template <class Fold, class Value>
class Stacks {
 public:
  void add(const std::vector<Value>& values) {
    Fold one;
    for (const Value& value : values) one.add(value);
    back_.merge(one);
    items_.push(std::move(one));
    counts_.push(values.size());
    values_ += values.size();
  }
  void remove() {
    if (turned_ == 0) turn();
    items_.pop();
    --turned_;
    values_ -= counts_.front();
    counts_.pop();
  }
  std::size_t values() const { return values_; }
  Fold result() const {
    if (turned_ == 0) return back_;
    Fold all = items_[0];
    all.merge(back_);
    return all;
  }
  void save(std::string& out) const {
    out += '[';
    append_number(out, static_cast<std::int64_t>(turned_));
    out += ',';
    back_.save(out);
    for (std::size_t i = 0; i < items_.size(); ++i) {
      out += ',';
      append_number(out, static_cast<std::int64_t>(counts_[i]));
      out += ',';
      items_[i].save(out);
    }
    out += ']';
  }
  void restore(std::string_view saved) {
    std::size_t at = 0;
    text::each_element(saved, [&](std::string_view element) {
      if (at == 0) turned_ = static_cast<std::size_t>(read_number(element).whole);
      if (at == 1) back_.restore(element);
      if (at > 1 && at % 2 == 0) {
        counts_.push(static_cast<std::size_t>(read_number(element).whole));
        values_ += counts_.back();
      }
      if (at > 1 && at % 2 == 1) {
        items_.push({});
        items_.back().restore(element);
      }
      return ++at, true;
    });
  }

 private:
  QueueOf<Fold> items_;
  QueueOf<std::size_t> counts_;  // of the values of each record
  std::size_t turned_ = 0, values_ = 0;
  Fold back_;

  void turn() {
    turned_ = items_.size();
    for (std::size_t i = turned_ - 1; i-- > 0;) items_[i].merge(items_[i + 1]);
    back_ = {};
  }
};

inline void append_value(std::string& out, double value) { append_number(out, value); }
inline void append_value(std::string& out, const std::string& value) { out += value; }
inline void read_value(double& value, std::string_view saved) { value = read_number(saved).real; }
inline void read_value(std::string& value, std::string_view saved) { value = saved; }

// A bag, and its values in the order in which they go.
template <class Bag, class Value>
class Queued {
 public:
  void add(const std::vector<Value>& values) {
    for (const Value& value : values) {
      bag_.add(value);
      values_.push(value);
    }
    counts_.push(values.size());
  }
  void remove() {
    for (std::size_t i = 0; i < counts_.front(); ++i) {
      bag_.remove(values_.front());
      values_.pop();
    }
    counts_.pop();
  }
  std::size_t values() const { return values_.size(); }
  Bag& result() { return bag_; }
  // Each record's values as an array.
  void save(std::string& out) const {
    std::size_t at = 0;
    out += '[';
    for (const std::size_t count : counts_) {
      if (out.back() != '[') out += ',';
      out += '[';
      for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) out += ',';
        append_value(out, values_[at++]);
      }
      out += ']';
    }
    out += ']';
  }
  void restore(std::string_view saved) {
    std::vector<Value> values;
    text::each_element(saved, [&](std::string_view record) {
      values.clear();
      text::each_element(record, [&](std::string_view value) {
        read_value(values.emplace_back(), value);
        return true;
      });
      add(values);
      return true;
    });
  }

 private:
  Bag bag_;
  QueueOf<Value> values_;
  QueueOf<std::size_t> counts_;
};

}  // namespace streamz
