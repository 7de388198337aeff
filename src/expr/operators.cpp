// SPDX-License-Identifier: Apache-2.0
#include "operators.h"

#include <algorithm>
#include <cmath>

#include "functions.h"
#include "numbers.h"
#include "stack.h"
#include "write.h"

namespace streamz::expr {

namespace {

constexpr std::size_t kLongest = 1U << 28;  // of a repeated string

[[noreturn]] void cannot(const char* be, const Value& a, const Value& b) {
  fail(described(a) + " and " + described(b) + " cannot be " + be);
}

Value add(Value a, Value b) {
  if (a.is_null()) return b;
  if (b.is_null()) return a;
  if (a.is_number() && b.is_number()) return add_numbers(a, b);
  if (a.is_string() && b.is_string()) {
    a.writable_text() += b.text();
    return a;
  }
  if (a.is_array() && b.is_array()) {
    const std::uint32_t depth = (b.items(), b.depth());
    std::vector<Value>& items = a.writable_items();
    items.insert(items.end(), b.items().begin(), b.items().end());
    a.deepen(depth - 1);
    return a;
  }
  if (a.is_object() && b.is_object()) {
    const std::uint32_t depth = (b.fields(), b.depth());
    ObjectBody& fields = a.writable_fields();
    for (const ObjectBody::Field& field : b.fields().fields) fields.at(field.key) = field.value;
    a.deepen(depth - 1);
    return a;
  }
  cannot("added", a, b);
}

Value subtract(Value a, Value b) {
  if (a.is_number() && b.is_number()) return subtract_numbers(a, b);
  if (!a.is_array() || !b.is_array()) cannot("subtracted", a, b);
  const std::vector<Value>& gone = b.items();
  std::vector<Value> kept;
  for (const Value& item : a.items()) {
    if (std::ranges::none_of(gone, [&](const Value& other) { return equal(item, other); })) kept.push_back(item);
  }
  return Value::make_array(std::move(kept));
}

Value merge(Value a, Value b) {
  check_stack_for_value();
  ObjectBody& fields = a.writable_fields();
  std::uint32_t depth = 0;
  for (const ObjectBody::Field& field : b.fields().fields) {
    Value& place = fields.at(field.key);
    place = place.is_object() && field.value.is_object() ? merge(place, field.value) : field.value;
    depth = std::max(depth, place.depth());
  }
  a.deepen(depth);
  return a;
}

Value repeat(Value text, const Value& times) {
  const double count = times.as_double();
  if (std::isnan(count) || count < 0) return {};
  const std::string_view once = text.text();
  if (once.empty()) return text;
  const auto n = static_cast<std::size_t>(std::min(count, 1e15));
  if (static_cast<double>(once.size()) * static_cast<double>(n) > static_cast<double>(kLongest))
    fail("Repeat string result too long");
  std::string made;
  made.reserve(once.size() * n);
  for (std::size_t i = 0; i < n; ++i) made += once;
  return Value(std::move(made));
}

Value multiply(Value a, Value b) {
  if (a.is_number() && b.is_number()) return multiply_numbers(a, b);
  if (a.is_string() && b.is_number()) return repeat(std::move(a), b);
  if (a.is_number() && b.is_string()) return repeat(std::move(b), a);
  if (a.is_object() && b.is_object()) return merge(std::move(a), std::move(b));
  cannot("multiplied", a, b);
}

Value divide(Value a, Value b) {
  if (a.is_number() && b.is_number()) {
    if (b.as_double() == 0) cannot("divided because the divisor is zero", a, b);
    return divide_numbers(a, b);
  }
  if (a.is_string() && b.is_string()) return split(a, b);
  cannot("divided", a, b);
}

Value remainder(const Value& a, const Value& b) {
  if (!a.is_number() || !b.is_number()) cannot("divided (remainder)", a, b);
  if (std::isnan(a.as_double()) || std::isnan(b.as_double())) return Value(std::nan(""));
  const std::int64_t x = to_integer(a), y = to_integer(b);
  if (y == 0) cannot("divided (remainder) because the divisor is zero", a, b);
  return Value(y == -1 ? std::int64_t{0} : x % y);
}

}  // namespace

Value arithmetic(char sign, Value a, Value b) {
  a.settle();
  b.settle();
  switch (sign) {
    case '+':
      return add(std::move(a), std::move(b));
    case '-':
      return subtract(std::move(a), std::move(b));
    case '*':
      return multiply(std::move(a), std::move(b));
    case '/':
      return divide(std::move(a), std::move(b));
    default:
      return remainder(a, b);
  }
}

Value negate(Value v) {
  v.settle();
  if (!v.is_number()) fail(described(v) + " cannot be negated");
  return negated(v);
}

bool holds(char sign, Value& a, Value& b) {
  if ((sign == '=' || sign == '!') && a.is_string() && b.is_string()) return (a.text() == b.text()) == (sign == '=');
  int order = 0;
  if (a.is_number() && b.is_number()) {
    a.settle();
    b.settle();
    order = compare_numbers(a, b);
  } else {
    order = compare(a, b);
  }
  switch (sign) {
    case '=':
      return order == 0;
    case '!':
      return order != 0;
    case '<':
      return order < 0;
    case '>':
      return order > 0;
    case 'l':
      return order <= 0;
    default:
      return order >= 0;
  }
}

std::string tostring(Value v) {
  if (v.is_string()) return v.take_text();
  std::string text;
  append_tojson(text, v);
  return text;
}

}  // namespace streamz::expr
