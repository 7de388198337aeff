// SPDX-License-Identifier: Apache-2.0
#include "numbers.h"

#include <algorithm>
#include <cfloat>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace streamz::expr {

namespace {

constexpr double kTwo63 = 9223372036854775808.0;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

double double_from(std::string_view text) {
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  // from_chars does not say in which direction it is out of range.
  if (read.ec == std::errc::result_out_of_range) value = std::strtod(std::string(text).c_str(), nullptr);
  return value;
}

Value both(double (*exact)(double, double), const Value& a, const Value& b) {
  return Value(exact(a.as_double(), b.as_double()));
}

bool integers(const Value& a, const Value& b) { return a.kind() == Value::integer && b.kind() == Value::integer; }

}  // namespace

Value number_from(std::string_view text) {
  const bool negative = text[0] == '-';
  const std::size_t begin = negative ? 1 : 0;
  if (text.size() - begin <= 18) {
    std::int64_t number = 0;
    std::size_t i = begin;
    for (; i < text.size() && is_digit(text[i]); ++i) number = number * 10 + (text[i] - '0');
    if (i == text.size()) return negative && number == 0 ? Value(-0.0) : Value(negative ? -number : number);
  } else {
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec == std::errc() && read.ptr == text.data() + text.size()) return Value(number);
  }
  return Value(double_from(text));
}

std::optional<Value> parse_number(std::string_view text) {
  std::size_t i = text.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const std::size_t begin = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i > begin;
  };
  // jq takes ".5", "5." and "007" too.
  const bool before = digits();
  bool after = false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    after = digits();
  }
  if (!before && !after) return std::nullopt;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (!digits()) return std::nullopt;
  }
  if (i != text.size()) return std::nullopt;
  return number_from(text);
}

void append_number(std::string& out, double number) {
  if (std::isnan(number)) {
    out += "null";
    return;
  }
  number = std::clamp(number, -DBL_MAX, DBL_MAX);
  if (number == 0) {
    out += std::signbit(number) ? "-0" : "0";
    return;
  }
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, number, std::chars_format::scientific).ptr;
  const char* at = text;
  if (*at == '-') out += *at++;
  char digits[24];
  int count = 0;
  for (; *at != 'e'; ++at) {
    if (*at != '.') digits[count++] = *at;
  }
  int exponent = 0;
  std::from_chars(at + (at[1] == '+' ? 2 : 1), end, exponent);
  const int point = exponent + 1;  // digits before the decimal point
  const std::string_view shown(digits, static_cast<std::size_t>(count));
  if (point <= -4 || point > count + 15) {
    out += shown[0];
    if (count > 1) (out += '.') += shown.substr(1);
    out += at[0];
    out.append(at + 1, static_cast<const char*>(end));
  } else if (point <= 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-point), '0');
    out += shown;
  } else if (point >= count) {
    out += shown;
    out.append(static_cast<std::size_t>(point - count), '0');
  } else {
    out += shown.substr(0, static_cast<std::size_t>(point));
    (out += '.') += shown.substr(static_cast<std::size_t>(point));
  }
}

int compare_numbers(const Value& a, const Value& b) {
  if (integers(a, b)) return a.as_integer() < b.as_integer() ? -1 : a.as_integer() > b.as_integer() ? 1 : 0;
  const double x = a.as_double(), y = b.as_double();
  if (std::isnan(x)) return -1;
  if (std::isnan(y)) return 1;
  if (x != y || (a.kind() == Value::real && b.kind() == Value::real)) return x < y ? -1 : x > y ? 1 : 0;
  // An integer beyond 2^53 may be rounded to just that double.
  const bool a_integer = a.kind() == Value::integer;
  const double other = a_integer ? y : x;
  if (other >= kTwo63) return a_integer ? -1 : 1;
  const auto exact = static_cast<std::int64_t>(other);
  const std::int64_t integer = a_integer ? a.as_integer() : b.as_integer();
  const int order = integer < exact ? -1 : integer > exact ? 1 : 0;
  return a_integer ? order : -order;
}

Value add_numbers(const Value& a, const Value& b) {
  std::int64_t sum = 0;
  if (integers(a, b) && !__builtin_add_overflow(a.as_integer(), b.as_integer(), &sum)) return Value(sum);
  return both([](double x, double y) { return x + y; }, a, b);
}

Value subtract_numbers(const Value& a, const Value& b) {
  std::int64_t difference = 0;
  if (integers(a, b) && !__builtin_sub_overflow(a.as_integer(), b.as_integer(), &difference)) return Value(difference);
  return both([](double x, double y) { return x - y; }, a, b);
}

Value multiply_numbers(const Value& a, const Value& b) {
  std::int64_t product = 0;
  const bool exact = integers(a, b) && !__builtin_mul_overflow(a.as_integer(), b.as_integer(), &product);
  // 0 * -1 is -0, as for doubles.
  if (exact && (product != 0 || (a.as_integer() >= 0 && b.as_integer() >= 0))) return Value(product);
  return both([](double x, double y) { return x * y; }, a, b);
}

Value divide_numbers(const Value& a, const Value& b) {
  if (integers(a, b) && b.as_integer() != -1 && a.as_integer() != 0 && a.as_integer() % b.as_integer() == 0) {
    return Value(a.as_integer() / b.as_integer());
  }
  return both([](double x, double y) { return x / y; }, a, b);
}

Value negated(const Value& a) {
  if (a.kind() == Value::integer && a.as_integer() != 0 && a.as_integer() != std::numeric_limits<std::int64_t>::min()) {
    return Value(-a.as_integer());
  }
  return Value(-a.as_double());
}

Value whole(double number) {
  const bool fits = number >= -kTwo63 && number < kTwo63 && !(number == 0 && std::signbit(number));
  return fits ? Value(static_cast<std::int64_t>(number)) : Value(number);
}

std::int64_t to_integer(const Value& number) {
  if (number.kind() == Value::integer) return number.as_integer();
  const double value = number.as_double();
  if (std::isnan(value)) return 0;
  if (value >= kTwo63) return std::numeric_limits<std::int64_t>::max();
  if (value < -kTwo63) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(value);
}

}  // namespace streamz::expr
