// SPDX-License-Identifier: Apache-2.0
// What aggregates know of the values so far. Two kinds:
// a fold is of a size of its own (sum, var, min, first …); merged with that of later values it makes a sliding window
// cost the same however long it is. A bag has to know every value (quantiles, distinct values, lists) and can take one
// out again.
// Each has add(value), merge(later) and write(out), and save() as JSON text that restore() reads.
// Tested by tests/folds_test.cpp.
#pragma once

#include <cmath>
#include <optional>
#include <unordered_map>
#include <vector>

#include "numbers.h"
#include "order.h"

namespace streamz {

// ---- folds

struct Counted {
  std::int64_t count = 0;

  void add() { ++count; }
  void merge(const Counted& later) { count += later.count; }
  void save(std::string& out) const { append_number(out, count); }
  void restore(std::string_view saved) { count = read_number(saved).whole; }
};

// A sum: of integers exact, of others with what rounding lost added at the end (Neumaier).
struct Total {
  Wide whole = 0;
  double real = 0, lost = 0;
  std::int64_t count = 0;
  bool integer = true;

  void add(const Number& number) {
    ++count;
    if (number.integer) {
      whole += number.whole;
    } else {
      add_real(number.real);
      integer = false;
    }
  }
  void merge(const Total& later) {
    count += later.count;
    whole += later.whole;
    add_real(later.real);
    lost += later.lost;
    integer = integer && later.integer;
  }
  double value() const { return integer ? to_double(whole) : to_double(whole) + (real + lost); }
  void save(std::string& out) const;
  void restore(std::string_view saved);

 private:
  void add_real(double number) {
    const double sum = real + number;
    lost += std::abs(real) >= std::abs(number) ? (real - sum) + number : (number - sum) + real;
    real = sum;
  }
};

// Mean and sum of squared distances from it, by Welford; merged by Chan's formula.
struct Spread {
  std::int64_t count = 0;
  double mean = 0, squares = 0;

  void add(const Number& number) {
    const double distance = number.real - mean;
    mean += distance / static_cast<double>(++count);
    squares += distance * (number.real - mean);
  }
  void merge(const Spread& later) {
    if (later.count == 0) return;
    const auto mine = static_cast<double>(count), others = static_cast<double>(later.count);
    const double distance = later.mean - mean;
    count += later.count;
    mean += distance * (others / (mine + others));
    squares += later.squares + distance * distance * (mine * others / (mine + others));
  }
  // With n - 1, as pandas has it: nothing of a single value.
  double variance() const { return count < 2 ? std::nan("") : squares / static_cast<double>(count - 1); }
  void save(std::string& out) const;
  void restore(std::string_view saved);
};

// One of the values, as its text.
struct Picked {
  std::optional<std::string> text;

  void save(std::string& out) const { out += text.value_or("null"); }
  void restore(std::string_view saved) {
    if (saved != "null") text = saved;  // null is never a value here
  }
};
template <int sign>  // 1: the largest, -1: the smallest; of equal ones the first
struct Extreme : Picked {
  void add(std::string_view value) {
    if (!text || compare_json(value, *text) * sign > 0) text = value;
  }
  void merge(const Extreme& later) {
    if (later.text) add(*later.text);
  }
};
struct First : Picked {
  void add(std::string_view value) {
    if (!text) text = value;
  }
  void merge(const First& later) {
    if (!text) text = later.text;
  }
};
struct Last : Picked {
  void add(std::string_view value) { text = value; }
  void merge(const Last& later) {
    if (later.text) text = later.text;
  }
};

// ---- bags

// Numbers in order, for quantiles. What is added is sorted in when somebody asks; so a bag that is asked
// once, at its end, sorts once. Blocks of bounded size: to put one in or take one out moves at most a block.
class Quantiles {
 public:
  void add(double number) { added_.push_back(number); }
  void remove(double number);
  void merge(const Quantiles& later) {
    for (const std::vector<double>& block : later.blocks_) added_.insert(added_.end(), block.begin(), block.end());
    added_.insert(added_.end(), later.added_.begin(), later.added_.end());
  }
  std::size_t size() const { return size_ + added_.size(); }
  // Between the two nearest, as numpy and pandas do. `share` from 0 to 1; nan of nothing.
  double at(double share);
  void save(std::string& out);
  void restore(std::string_view saved);

 private:
  std::vector<std::vector<double>> blocks_;
  std::size_t size_ = 0;  // of the blocks
  std::vector<double> added_;

  void settle();
  void rebuild();
  void insert(double number);
  std::size_t block_of(double number) const;
  double nth(std::size_t index) const;
};

// How often each value is there, by its canonical text.
class Distinct {
 public:
  void add(const std::string& value) { ++counts_[value]; }
  void remove(const std::string& value) {
    const auto found = counts_.find(value);
    if (--found->second == 0) counts_.erase(found);
  }
  void merge(const Distinct& later) {
    for (const auto& [value, count] : later.counts_) counts_[value] += count;
  }
  std::size_t size() const { return counts_.size(); }
  void save(std::string& out) const;
  void restore(std::string_view saved);

 private:
  std::unordered_map<std::string, std::int64_t> counts_;
};

}  // namespace streamz
