// SPDX-License-Identifier: Apache-2.0
// jq's total order of values. Declared in value.h.
#include <algorithm>

#include "numbers.h"
#include "stack.h"
#include "value.h"

namespace streamz::expr {

namespace {

int rank(const Value& v) {
  if (v.kind() == Value::yes) return 2;
  if (v.kind() == Value::no) return 1;
  return v.is_null() ? 0 : 2 + static_cast<int>(v.type());
}

int compare_arrays(const std::vector<Value>& a, const std::vector<Value>& b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (const int order = compare(a[i], b[i]); order != 0) return order;
  }
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

using Sorted = std::vector<std::pair<std::string_view, const Value*>>;
Sorted sorted(const ObjectBody& object) {
  Sorted fields;
  for (const ObjectBody::Field& field : object.fields) {
    fields.emplace_back(const_cast<Value&>(field.key).text(), &field.value);
  }
  std::ranges::sort(fields, {}, &Sorted::value_type::first);
  return fields;
}

// First the keys as arrays, then the values key by key.
int compare_objects(const ObjectBody& a, const ObjectBody& b) {
  const Sorted left = sorted(a), right = sorted(b);
  for (std::size_t i = 0; i < left.size() && i < right.size(); ++i) {
    if (const int order = left[i].first.compare(right[i].first); order != 0) return order;
  }
  if (left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (const int order = compare(*left[i].second, *right[i].second); order != 0) return order;
  }
  return 0;
}

}  // namespace

int compare(Value a, Value b) {
  const int left = rank(a), right = rank(b);
  if (left != right) return left < right ? -1 : 1;
  switch (a.type()) {
    case Type::number:
      a.settle();
      b.settle();
      return compare_numbers(a, b);
    case Type::string:
      return a.text().compare(b.text());
    case Type::array:
      check_stack_for_value();
      return compare_arrays(a.items(), b.items());
    case Type::object:
      check_stack_for_value();
      return compare_objects(a.fields(), b.fields());
    default:
      return 0;
  }
}

bool equal(Value a, Value b) {
  if (a.is_string() && b.is_string()) return a.text() == b.text();
  return compare(std::move(a), std::move(b)) == 0;
}

}  // namespace streamz::expr
