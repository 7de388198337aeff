// SPDX-License-Identifier: Apache-2.0
#include "paths.h"

#include <algorithm>
#include <cmath>

#include "numbers.h"
#include "parsed.h"
#include "utf8.h"
#include "write.h"

namespace streamz::expr {

namespace {

constexpr std::int64_t kLargestIndex = 536870911;  // jq's own bound for an array that grows

std::int64_t size_of(Value& array) {
  if (array.kind() == Value::array_slice) return array.document().count(array.place());
  return static_cast<std::int64_t>(array.items().size());
}

[[noreturn]] void cannot_index(const Value& of, Value& key) {
  fail("Cannot index " + std::string(name_of(of.type())) + " with " + described(key));
}

}  // namespace

Value object_key(Value key) {
  if (!key.is_string()) fail("Cannot use " + described(key) + " as object key");
  return decoded(std::move(key));
}

namespace {

// Whether the key is that of a slice, which it then takes apart.
bool is_slice(Value& key, Value& from, Value& to) {
  if (!key.is_object()) return false;
  const ObjectBody& fields = key.fields();
  const Value* const start = fields.find("start");
  const Value* const end = fields.find("end");
  if (start != nullptr) from = *start;
  if (end != nullptr) to = *end;
  return start != nullptr || end != nullptr;
}

struct Bounds {
  std::int64_t begin, end;
};
Bounds bounds(Value& from, Value& to, std::int64_t size) {
  from.settle();
  to.settle();
  if ((!from.is_null() && !from.is_number()) || (!to.is_null() && !to.is_number())) {
    fail("Start and end indices of an array slice must be numbers");
  }
  const auto clamp = [&](double at, double otherwise) {
    if (std::isnan(at)) return otherwise;
    if (at < 0) at += static_cast<double>(size);
    return std::clamp(at, 0.0, static_cast<double>(size));
  };
  const double begin = from.is_null() ? 0 : clamp(from.as_double(), 0);
  const auto whole = static_cast<double>(size);
  const double end = to.is_null() ? whole : clamp(to.as_double(), whole);
  const auto first = static_cast<std::int64_t>(std::floor(begin));
  return {first, std::max(first, static_cast<std::int64_t>(std::ceil(end)))};
}

// The element's index from the front, or -1.
std::int64_t index_in(Value& key, std::int64_t size) {
  const double at = std::floor(key.as_double());
  if (std::isnan(at) || at >= static_cast<double>(size)) return -1;
  const double from_front = at < 0 ? at + static_cast<double>(size) : at;
  return from_front < 0 ? -1 : static_cast<std::int64_t>(from_front);
}

// The places at which `key` stands in the array, as an array.
Value places_of(Value& array, Value& key) {
  const std::vector<Value>& wanted = key.items();
  const std::vector<Value>& items = array.items();
  std::vector<Value> found;
  for (std::size_t i = 0; !wanted.empty() && i + wanted.size() <= items.size(); ++i) {
    if (std::equal(wanted.begin(), wanted.end(), items.begin() + static_cast<std::ptrdiff_t>(i), equal)) {
      found.emplace_back(static_cast<std::int64_t>(i));
    }
  }
  return Value::make_array(std::move(found));
}

// Where an array is to be written, made long enough.
Value& element_to_set(Value& array, Value& key) {
  std::vector<Value>& items = array.writable_items();
  const auto size = static_cast<double>(items.size());
  double at = std::floor(key.as_double());
  if (std::isnan(at)) fail("Cannot set array element at NaN index");
  if (at < 0) at += size;
  if (at < 0) fail("Out of bounds negative array index");
  if (at > static_cast<double>(kLargestIndex)) fail("Array index too large");
  const auto index = static_cast<std::size_t>(at);
  if (index >= items.size()) items.resize(index + 1);
  return items[index];
}

void set_slice(Value& array, Value& from, Value& to, Value value) {
  if (!value.is_array()) fail("A slice of an array can only be assigned another array");
  std::vector<Value>& items = array.writable_items();
  const Bounds at = bounds(from, to, static_cast<std::int64_t>(items.size()));
  const std::uint32_t depth = value.depth();
  const std::vector<Value>& fresh = value.items();
  const auto begin = items.erase(items.begin() + at.begin, items.begin() + at.end);
  items.insert(begin, fresh.begin(), fresh.end());
  array.deepen(depth - 1);
}

// The place of a part, for writing. Null becomes what the key needs.
Value& writable_part(Value& of, Value& key) {
  if (key.is_string() && (of.is_object() || of.is_null())) {
    if (of.is_null()) of = Value::make_object();
    return of.writable_fields().at(decoded(key));
  }
  if (key.is_number() && (of.is_array() || of.is_null())) {
    if (of.is_null()) of = Value::make_array();
    return element_to_set(of, key);
  }
  if (key.is_object() && of.is_string()) fail("Cannot update string slices");
  if (key.is_object() && !of.is_array() && !of.is_null() && !of.is_object()) {
    fail("Cannot update field at object index of " + std::string(name_of(of.type())));
  }
  if (key.is_array() && of.is_array()) fail("Cannot update field at array index of array");
  cannot_index(of, key);
}

void delete_part(Value& of, std::vector<Value>& keys);
void delete_below(Value& of, std::vector<std::vector<Value>>& paths, std::size_t depth);

}  // namespace

Value slice_key(Value from, Value to) {
  Value key = Value::make_object();
  key.writable_fields().at(Value(std::string("start"))) = std::move(from);
  key.writable_fields().at(Value(std::string("end"))) = std::move(to);
  return key;
}

Value field(Value& of, std::string_view key) {
  if (of.kind() == Value::object_slice) {
    Value found;
    of.document().field(of.place(), key, found);
    return found;
  }
  if (of.kind() == Value::object) {
    const Value* const found = of.fields().find(key);
    return found == nullptr ? Value() : *found;
  }
  if (of.is_null()) return {};
  Value name(key);
  cannot_index(of, name);
}

Value slice(Value& of, Value& from, Value& to) {
  if (of.is_null()) return {};
  if (of.is_string()) {
    const std::string_view text = of.text();
    const Bounds at = bounds(from, to, static_cast<std::int64_t>(count_characters(text)));
    const std::size_t begin = byte_of_character(text, static_cast<std::size_t>(at.begin));
    const std::size_t size = byte_of_character(text.substr(begin), static_cast<std::size_t>(at.end - at.begin));
    return Value(text.substr(begin, size));
  }
  if (!of.is_array()) {
    Value key = slice_key(from, to);
    cannot_index(of, key);
  }
  const std::vector<Value>& items = of.items();
  const Bounds at = bounds(from, to, static_cast<std::int64_t>(items.size()));
  return Value::make_array({items.begin() + at.begin, items.begin() + at.end});
}

Value part(Value& of, Value& key) {
  if (key.is_string() && (of.is_object() || of.is_null())) return field(of, key.text());
  Value from, to;
  if (key.is_number() && (of.is_array() || of.is_null())) {
    if (of.is_null()) return {};
    key.settle();
    const std::int64_t at = index_in(key, size_of(of));
    if (at < 0) return {};
    if (of.kind() == Value::array_slice) return of.document().element(of.place(), static_cast<std::uint32_t>(at));
    return of.items()[static_cast<std::size_t>(at)];
  }
  if (key.is_object() && of.is_null()) return {};
  if (key.is_object() && (of.is_array() || of.is_string())) {
    if (!is_slice(key, from, to)) fail("Start and end indices of an array slice must be numbers");
    return slice(of, from, to);
  }
  if (key.is_array() && of.is_array()) return places_of(of, key);
  cannot_index(of, key);
}

bool has(Value& of, Value& key) {
  if (of.is_null()) return false;
  if (of.is_object() && key.is_string()) {
    Value found;
    if (of.kind() == Value::object_slice) return of.document().field(of.place(), key.text(), found);
    return of.fields().find(key.text()) != nullptr;
  }
  if (of.is_array() && key.is_number()) {
    key.settle();
    const double at = std::floor(key.as_double());
    return at >= 0 && at < static_cast<double>(size_of(of));
  }
  fail("Cannot check whether " + std::string(name_of(of.type())) + " has a " + std::string(name_of(key.type())) +
       " key");
}

const std::vector<Value>& path_of(Value& path) {
  if (!path.is_array()) fail("Path must be specified as an array");
  return path.items();
}

Value get_path(Value of, const std::vector<Value>& path) {
  for (Value key : path) {
    if (of.is_null()) return {};
    of = part(of, key);
  }
  return of;
}

Value set_path(Value of, const std::vector<Value>& path, std::size_t at, Value value) {
  if (at == path.size()) return value;
  if (path.size() - at > kDeepest) fail("Path too deep");
  Value key = path[at];
  Value from, to;
  if (is_slice(key, from, to) && (of.is_array() || of.is_null())) {
    if (of.is_null()) of = Value::make_array();
    Value old = of.items().empty() && at + 1 < path.size() ? Value() : slice(of, from, to);
    Value fresh = set_path(std::move(old), path, at + 1, std::move(value));
    set_slice(of, from, to, std::move(fresh));
    return of;
  }
  Value& place = writable_part(of, key);
  Value old = std::exchange(place, Value());
  Value fresh = set_path(std::move(old), path, at + 1, std::move(value));
  const std::uint32_t depth = fresh.depth();
  writable_part(of, key) = std::move(fresh);
  of.deepen(depth);
  return of;
}

namespace {

void delete_part(Value& of, std::vector<Value>& keys) {
  if (of.is_null() || keys.empty()) return;
  if (of.is_object()) {
    ObjectBody& fields = of.writable_fields();
    for (Value& key : keys) {
      if (!key.is_string()) fail("Cannot delete field at object index of " + std::string(name_of(key.type())));
      fields.erase(key.text());
    }
    return;
  }
  if (!of.is_array()) {
    fail("Cannot delete field at " + std::string(keys.front().is_string() ? "object" : "array") + " index of " +
         std::string(name_of(of.type())));
  }
  std::vector<Value>& items = of.writable_items();
  std::vector<bool> gone(items.size());
  for (Value& key : keys) {
    Value from, to;
    if (key.is_number()) {
      key.settle();
      const std::int64_t at = index_in(key, static_cast<std::int64_t>(items.size()));
      if (at >= 0) gone[static_cast<std::size_t>(at)] = true;
    } else if (is_slice(key, from, to)) {
      const Bounds at = bounds(from, to, static_cast<std::int64_t>(items.size()));
      std::fill(gone.begin() + at.begin, gone.begin() + at.end, true);
    } else {
      fail("Cannot delete field at " + std::string(key.is_string() ? "object" : "array") + " index of array");
    }
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (gone[i]) continue;
    if (kept != i) items[kept] = std::move(items[i]);
    ++kept;
  }
  items.resize(kept);
}

// `paths` are sorted, so that those through the same key stand together.
void delete_below(Value& of, std::vector<std::vector<Value>>& paths, std::size_t depth) {
  if (depth > kDeepest) fail("Path too deep");
  if (of.is_null()) return;
  std::vector<Value> ends;
  for (std::size_t i = 0; i < paths.size();) {
    std::size_t next = i + 1;  // NaN equals nothing, itself neither
    while (next < paths.size() && equal(paths[next][depth], paths[i][depth])) ++next;
    const Value key = paths[i][depth];
    if (paths[i].size() == depth + 1) {  // and what is longer lies below it
      ends.push_back(key);
    } else {
      std::vector<std::vector<Value>> inner(paths.begin() + static_cast<std::ptrdiff_t>(i),
                                            paths.begin() + static_cast<std::ptrdiff_t>(next));
      Value below = get_path(of, {key});
      if (!below.is_null()) {
        delete_below(below, inner, depth + 1);
        of = set_path(std::move(of), {key}, 0, std::move(below));
      }
    }
    i = next;
  }
  delete_part(of, ends);
}

}  // namespace

Value delete_paths(Value of, Value paths) {
  if (!paths.is_array()) fail("Paths must be specified as an array");
  std::vector<Value> sorted = paths.items();
  std::ranges::stable_sort(sorted, [](const Value& a, const Value& b) { return compare(a, b) < 0; });
  std::vector<std::vector<Value>> split;
  for (Value& path : sorted) {
    if (!path.is_array()) fail("Path must be specified as an array");
    if (path.items().empty()) return {};
    split.push_back(path.items());
  }
  delete_below(of, split, 0);
  return of;
}

}  // namespace streamz::expr
