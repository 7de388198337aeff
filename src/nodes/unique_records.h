// SPDX-License-Identifier: Apache-2.0
// Records of different keys, for partition_unique and timed_window_unique. Of two with the same key the first
// stays, or the last, which then stands where it came.
// Tested by tests/cases/partition_unique.test.
#pragma once

#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include "../streamz/spec.h"

namespace streamz {

enum class Keep { first, last };

class UniqueRecords {
 public:
  // `hold` makes the copy to hold.
  template <class Hold>
  void add(const std::string& key, Keep which, Hold hold) {
    const auto known = places_.find(key);
    if (known != places_.end()) {
      if (which == Keep::first) return;
      held_.erase(known->second);
    }
    held_.push_back({key, hold()});
    places_[key] = std::prev(held_.end());
  }
  std::size_t size() const { return held_.size(); }
  std::vector<Record> records() const {
    std::vector<Record> all;
    for (const Held& held : held_) all.push_back(held.record);
    return all;
  }
  void clear() {
    held_.clear();
    places_.clear();
  }

 private:
  struct Held {
    std::string key;
    Record record;
  };
  std::list<Held> held_;
  std::unordered_map<std::string, std::list<Held>::iterator> places_;
};

}  // namespace streamz
