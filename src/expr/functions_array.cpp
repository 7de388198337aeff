// SPDX-License-Identifier: Apache-2.0
// Functions of arrays: order, groups, extremes.
#include <algorithm>
#include <numeric>

#include "functions.h"
#include "operators.h"
#include "stack.h"
#include "write.h"

namespace streamz::expr {

namespace {

bool less(const Value& a, const Value& b) { return compare(a, b) < 0; }

const std::vector<Value>& array_of(Value& in, const char* done) {
  if (!in.is_array()) fail(described(in) + " cannot be " + done + ", as it is not an array");
  return in.items();
}

Value sort(Value& in, Value* /*unused*/) {
  array_of(in, "sorted");
  std::ranges::stable_sort(in.writable_items(), less);
  return std::move(in);
}

// The items' places in the order of their keys.
std::vector<std::size_t> order_by(const std::vector<Value>& keys) {
  std::vector<std::size_t> order(keys.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return less(keys[a], keys[b]); });
  return order;
}

Value sort_by(Value& in, Value* keys) {
  const std::vector<Value>& items = array_of(in, "sorted");
  std::vector<Value> sorted;
  for (const std::size_t i : order_by(keys[0].items())) sorted.push_back(items[i]);
  return Value::make_array(std::move(sorted));
}

std::vector<std::vector<Value>> groups(Value& in, Value& keys) {
  const std::vector<Value>& items = array_of(in, "grouped");
  const std::vector<Value>& each = keys.items();
  std::vector<std::vector<Value>> found;
  const Value* last = nullptr;
  for (const std::size_t i : order_by(each)) {
    if (last == nullptr || !equal(*last, each[i])) found.emplace_back();
    found.back().push_back(items[i]);
    last = &each[i];
  }
  return found;
}

Value group_by(Value& in, Value* keys) {
  std::vector<Value> found;
  for (std::vector<Value>& group : groups(in, keys[0])) found.push_back(Value::make_array(std::move(group)));
  return Value::make_array(std::move(found));
}

Value unique_by(Value& in, Value* keys) {
  std::vector<Value> found;
  for (std::vector<Value>& group : groups(in, keys[0])) found.push_back(std::move(group.front()));
  return Value::make_array(std::move(found));
}

Value unique(Value& in, Value* /*unused*/) {
  array_of(in, "sorted");
  std::vector<Value>& items = in.writable_items();
  std::ranges::stable_sort(items, less);
  items.erase(std::unique(items.begin(), items.end(), [](const Value& a, const Value& b) { return equal(a, b); }),
              items.end());
  return std::move(in);
}

// Of equal ones the first is the least and the last the greatest.
Value extreme(Value& in, Value& keys, bool least) {
  if (!in.is_array()) fail("Cannot iterate over " + described(in));
  const std::vector<Value>& items = in.items();
  const std::vector<Value>& each = keys.items();
  if (items.empty()) return {};
  std::size_t best = 0;
  for (std::size_t i = 1; i < items.size(); ++i) {
    if (less(each[i], each[best]) == least) best = i;
  }
  return items[best];
}
Value min_by(Value& in, Value* keys) { return extreme(in, keys[0], true); }
Value max_by(Value& in, Value* keys) { return extreme(in, keys[0], false); }
Value min(Value& in, Value* /*unused*/) {
  Value keys = in;
  return extreme(in, keys, true);
}
Value max(Value& in, Value* /*unused*/) {
  Value keys = in;
  return extreme(in, keys, false);
}

Value reverse(Value& in, Value* /*unused*/) {
  if (in.is_null()) return Value::make_array();
  if (!in.is_array()) {
    Value size = find_native("length", 0)->function(in, nullptr);
    if (compare(size, Value(std::int64_t{0})) == 0) return Value::make_array();
    Value last = arithmetic('-', std::move(size), Value(std::int64_t{1}));
    fail("Cannot index " + std::string(name_of(in.type())) + " with " + described(last));
  }
  std::ranges::reverse(in.writable_items());
  return std::move(in);
}

// As in jq the depth may be anything: what is no number fails where one is to be taken from it.
void flatten_into(std::vector<Value>& out, const std::vector<Value>& items, const Value& depth) {
  check_stack_for_value();
  const bool flat = depth.is_number() && depth.as_double() == 0;
  for (const Value& item : items) {
    Value copy = item;
    if (item.is_array() && !flat) {
      flatten_into(out, copy.items(), arithmetic('-', depth, Value(std::int64_t{1})));
    } else {
      out.push_back(std::move(copy));
    }
  }
}

Value flatten_to(Value& in, Value* arguments) {
  if (less(arguments[0], Value(std::int64_t{0}))) fail("flatten depth must not be negative");
  std::vector<Value> items;
  if (in.is_object()) {
    for (const ObjectBody::Field& field : in.fields().fields) items.push_back(field.value);
  } else if (in.is_array()) {
    items = in.items();
  } else {
    fail("Cannot iterate over " + described(in));
  }
  std::vector<Value> flat;
  flatten_into(flat, items, arguments[0]);
  return Value::make_array(std::move(flat));
}
Value flatten(Value& in, Value* /*unused*/) {
  Value depth(std::int64_t{1} << 53);
  return flatten_to(in, &depth);
}

// The index, or where it would be put, as -1 - index.
Value bsearch(Value& in, Value* arguments) {
  if (!in.is_array()) fail(described(in) + " cannot be searched from");
  const std::vector<Value>& items = in.items();
  std::size_t begin = 0, end = items.size();
  while (begin < end) {  // jq's own steps: they decide what is found where the array is not sorted
    const std::size_t middle = begin + (end - begin) / 2;
    const int order = compare(arguments[0], items[middle]);
    if (order == 0) return Value(static_cast<std::int64_t>(middle));
    order < 0 ? end = middle : begin = middle + 1;
  }
  return Value(-1 - static_cast<std::int64_t>(begin));
}

constexpr NativeRow kRows[] = {
    {"sort", 0, sort},      {"_sort_by", 1, sort_by}, {"_group_by", 1, group_by}, {"_unique_by", 1, unique_by},
    {"unique", 0, unique},  {"_min_by", 1, min_by},   {"_max_by", 1, max_by},     {"min", 0, min},
    {"max", 0, max},        {"reverse", 0, reverse},  {"flatten", 0, flatten},    {"flatten", 1, flatten_to},
    {"bsearch", 1, bsearch}};

}  // namespace

std::span<const NativeRow> array_functions() { return kRows; }

}  // namespace streamz::expr
