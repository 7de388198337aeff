// SPDX-License-Identifier: Apache-2.0
// Groups of records by key, with the state of each: a hash table that keeps the order in which the groups
// came. A group is one block of memory (16 bytes, the state, the key) and 16 to 32 bytes of table.
// Tested by tests/groups_test.cpp.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "aggregate.h"

namespace streamz {

// by=EXPR[,EXPR]. The key of a record is the canonical text of what they give, a line for each.
template <class T>
auto describe_by(Spec<T>& s, list<Named> T::*by, const char* doc) {
  return s.param("by", by, doc);
}
// Throws Error when two columns have the same name; `others` are names that the stage gives.
void check_names(const list<Named>& by, const list<Call>& columns, std::set<std::string> others);

class By {
 public:
  explicit By(list<Named>& by) : by_(by) {}
  bool given() const { return !by_.empty(); }
  // Throws Error unless each expression gives one result.
  void key(const Record& x, std::string& out);
  // `,"NAME":value` for each.
  void write(std::string_view key, std::string& out) const;

 private:
  list<Named>& by_;
  std::string part_;
};

class Groups {
 public:
  struct alignas(16) Group {
    std::uint32_t hash;
    std::uint32_t key_size;
    std::uint32_t place;    // in the order of coming
    std::uint32_t records;  // for a stage that wants to know when the last one has gone

    char* state() { return reinterpret_cast<char*>(this + 1); }
  };

  explicit Groups(const Columns& columns) : columns_(columns) {}
  Groups(Groups&& other) noexcept
      : columns_(other.columns_),
        order_(std::exchange(other.order_, {})),
        slots_(std::exchange(other.slots_, {})),
        alive_(std::exchange(other.alive_, 0)) {}
  Groups& operator=(Groups&&) = delete;
  ~Groups() { clear(); }

  Group& at(std::string_view key);  // made when it is not there
  Group* find(std::string_view key);
  void erase(Group& group);
  void clear();
  std::size_t size() const { return alive_; }
  std::string_view key(const Group& group) const {
    return {reinterpret_cast<const char*>(&group + 1) + columns_.size(), group.key_size};
  }

  // In the order in which they came, until f says false.
  template <class F>
  bool each(F f) const {
    for (Group* const group : order_) {
      if (group != nullptr && !f(*group)) return false;
    }
    return true;
  }

  // A row for each group, with the name that the stage gives.
  void save(State& state, std::string_view name) const;
  void restore_one(std::string_view saved);

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t place = kFree;
  };
  static constexpr std::uint32_t kFree = ~std::uint32_t{0};

  const Columns& columns_;
  std::vector<Group*> order_;  // null where one was erased
  std::vector<Slot> slots_;    // open addressing; a power of two, at most three quarters full
  std::size_t alive_ = 0;

  std::size_t slot_of(std::string_view key, std::uint32_t hash) const;
  Group* make(std::string_view key, std::uint32_t hash) const;
  void free(Group* group) const noexcept;
  void rehash(std::size_t size);
  void close_gaps();
};

}  // namespace streamz
