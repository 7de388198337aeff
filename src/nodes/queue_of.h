// SPDX-License-Identifier: Apache-2.0
// First in, first out, in one block of memory: what a sliding window holds. An empty one costs 32 bytes,
// where std::deque costs 600.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace streamz {

template <class T>
class QueueOf {
 public:
  void push(T value) { items_.push_back(std::move(value)); }
  void pop() {
    items_[first_++] = T();
    if (first_ * 2 <= items_.size() || first_ < 16) return;
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  std::size_t size() const { return items_.size() - first_; }
  bool empty() const { return size() == 0; }
  T& operator[](std::size_t index) { return items_[first_ + index]; }
  const T& operator[](std::size_t index) const { return items_[first_ + index]; }
  T& front() { return items_[first_]; }
  T& back() { return items_.back(); }
  auto begin() const { return items_.begin() + static_cast<std::ptrdiff_t>(first_); }
  auto end() const { return items_.end(); }

 private:
  std::vector<T> items_;
  std::size_t first_ = 0;
};

}  // namespace streamz
