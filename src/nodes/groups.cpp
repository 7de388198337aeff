// SPDX-License-Identifier: Apache-2.0
#include "groups.h"

#include <algorithm>
#include <functional>
#include <new>

#include "../streamz/text.h"
#include "numbers.h"

namespace streamz {

namespace {

std::uint32_t hash_of(std::string_view key) {
  const std::size_t hash = std::hash<std::string_view>()(key);
  return static_cast<std::uint32_t>(hash ^ hash >> 32);
}

}  // namespace

void check_names(const list<Named>& by, const list<Call>& columns, std::set<std::string> others) {
  const auto add = [&](const std::string& name) {
    if (!others.insert(name).second) throw Error("two columns are called `" + name + "`", "NAME:EXPR names one of by=");
  };
  for (const Named& each : by) add(each.name);
  for (const Call& each : columns) add(each.name);
}

void By::key(const Record& x, std::string& out) {
  out.clear();
  for (Named& each : by_) {
    each.expr.key(x, part_);
    if (part_.empty()) throw Error("by= gives nothing for `" + each.name + "`");
    if (part_.find('\n') != std::string::npos) {
      throw Error("by= gives more than one result for `" + each.name + "`", "one array: [ … ]");
    }
    if (!out.empty()) out += '\n';
    out += part_;
  }
}

void By::write(std::string_view key, std::string& out) const {
  for (const Named& each : by_) {
    const std::size_t end = std::min(key.find('\n'), key.size());
    out += ',' + text::quoted(each.name) + ':';
    out += key.substr(0, end);
    key.remove_prefix(std::min(end + 1, key.size()));
  }
}

Groups::Group* Groups::make(std::string_view key, std::uint32_t hash) const {
  if (order_.size() >= kFree) throw Error("more groups than can be counted: 4,294,967,295");
  void* const memory = ::operator new(sizeof(Group) + columns_.size() + key.size());
  auto* const group =
      new (memory) Group{hash, static_cast<std::uint32_t>(key.size()), static_cast<std::uint32_t>(order_.size()), 0};
  columns_.create(group->state());
  std::copy(key.begin(), key.end(), group->state() + columns_.size());
  return group;
}

void Groups::free(Group* group) const noexcept {
  columns_.destroy(group->state());
  ::operator delete(static_cast<void*>(group));
}

// Where the key is, or the free place where it would be.
std::size_t Groups::slot_of(std::string_view key, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].place != kFree) {
    if (slots_[at].hash == hash && this->key(*order_[slots_[at].place]) == key) break;
    at = (at + 1) & mask;
  }
  return at;
}

Groups::Group* Groups::find(std::string_view key) {
  if (slots_.empty()) return nullptr;
  const Slot slot = slots_[slot_of(key, hash_of(key))];
  return slot.place == kFree ? nullptr : order_[slot.place];
}

Groups::Group& Groups::at(std::string_view key) {
  if ((alive_ + 1) * 4 > slots_.size() * 3) rehash(std::max<std::size_t>(16, slots_.size() * 2));
  const std::uint32_t hash = hash_of(key);
  Slot& slot = slots_[slot_of(key, hash)];
  if (slot.place != kFree) return *order_[slot.place];
  Group* const group = make(key, hash);
  order_.push_back(group);
  slot = {hash, group->place};
  ++alive_;
  return *group;
}

void Groups::erase(Group& group) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t gap = slot_of(key(group), group.hash);
  // Those behind it that had to make way for it move up.
  for (std::size_t at = (gap + 1) & mask; slots_[at].place != kFree; at = (at + 1) & mask) {
    const std::size_t home = slots_[at].hash & mask;
    if (((at - home) & mask) < ((at - gap) & mask)) continue;
    slots_[gap] = slots_[at];
    gap = at;
  }
  slots_[gap] = {};
  order_[group.place] = nullptr;
  free(&group);
  --alive_;
  if (order_.size() > 16 && order_.size() > 2 * alive_) close_gaps();
}

void Groups::clear() {
  for (Group* const group : order_) {
    if (group != nullptr) free(group);
  }
  order_.clear();
  slots_.clear();
  alive_ = 0;
}

void Groups::rehash(std::size_t size) {
  slots_.assign(size, {});
  for (const Group* const group : order_) {
    if (group == nullptr) continue;
    std::size_t at = group->hash & (size - 1);
    while (slots_[at].place != kFree) at = (at + 1) & (size - 1);
    slots_[at] = {group->hash, group->place};
  }
}

void Groups::close_gaps() {
  order_.erase(std::remove(order_.begin(), order_.end(), nullptr), order_.end());
  for (std::size_t i = 0; i < order_.size(); ++i) order_[i]->place = static_cast<std::uint32_t>(i);
  rehash(slots_.size());
}

void Groups::save(State& state, std::string_view name) const {
  each([&](Group& group) {
    std::string row = "[" + text::quoted(key(group)) + ",";
    append_number(row, static_cast<std::int64_t>(group.records));
    state.add(name, row + "," + columns_.saved(group.state()) + "]");
    return true;
  });
}

void Groups::restore_one(std::string_view saved) {
  Group& group = at(text::decoded(text::element(saved, 0).value_or("\"\"")));
  group.records = static_cast<std::uint32_t>(read_number(text::element(saved, 1).value_or("0")).whole);
  columns_.restore(group.state(), text::element(saved, 2).value_or("[]"));
}

}  // namespace streamz
