// SPDX-License-Identifier: Apache-2.0
// Functions of numbers: C's.
#include <algorithm>
#include <chrono>
#include <cmath>

#include "functions.h"
#include "numbers.h"
#include "write.h"

namespace streamz::expr {

namespace {

double number(const Value& v) {
  if (!v.is_number()) fail(described(v) + " number required");
  return v.as_double();
}

using Unary = double (*)(double);
template <Unary F>
Value unary(Value& in, Value* /*unused*/) {
  return Value(F(number(in)));
}
// Of an integer it is the integer itself.
template <Unary F>
Value rounded(Value& in, Value* /*unused*/) {
  in.settle();
  return in.kind() == Value::integer ? std::move(in) : whole(F(number(in)));
}

using Binary = double (*)(double, double);
template <Binary F>
Value binary(Value& /*in*/, Value* arguments) {
  return Value(F(number(arguments[0]), number(arguments[1])));
}

Value pow(Value& /*in*/, Value* arguments) {
  const double result = std::pow(number(arguments[0]), number(arguments[1]));
  return std::abs(result) < 9007199254740992.0 && std::trunc(result) == result ? whole(result) : Value(result);
}

Value fma(Value& /*in*/, Value* arguments) {
  return Value(std::fma(number(arguments[0]), number(arguments[1]), number(arguments[2])));
}
Value ldexp(Value& /*in*/, Value* arguments) {
  return Value(std::ldexp(number(arguments[0]), static_cast<int>(number(arguments[1]))));
}
Value frexp(Value& in, Value* /*unused*/) {
  int exponent = 0;
  const double fraction = std::frexp(number(in), &exponent);
  return Value::make_array({Value(fraction), Value(std::int64_t{exponent})});
}
Value lgamma_r(Value& in, Value* /*unused*/) {
  int sign = 0;
  const double logarithm = ::lgamma_r(number(in), &sign);
  return Value::make_array({Value(logarithm), Value(std::int64_t{sign})});
}
double significand(double x) {
  int exponent = 0;
  return x == 0 || !std::isfinite(x) ? x : 2 * std::frexp(x, &exponent);
}
double scaled(double x, double by) { return std::scalbln(x, static_cast<long>(std::clamp(by, -1e6, 1e6))); }
double bessel_j(double n, double x) { return ::jn(static_cast<int>(n), x); }
double bessel_y(double n, double x) { return ::yn(static_cast<int>(n), x); }
// The thread's own state is not touched, as lgamma() would.
double log_gamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}
Value modf(Value& in, Value* /*unused*/) {
  double integer = 0;
  const double fraction = std::modf(number(in), &integer);
  return Value::make_array({Value(fraction), Value(integer)});
}

Value fabs(Value& in, Value* /*unused*/) {
  number(in);
  in.settle();
  return in.kind() == Value::integer && in.as_integer() > INT64_MIN ? Value(std::abs(in.as_integer()))
                                                                    : Value(std::abs(in.as_double()));
}

Value now(Value& /*in*/, Value* /*unused*/) {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return Value(std::chrono::duration<double>(since).count());
}
Value infinite(Value& /*in*/, Value* /*unused*/) { return Value(HUGE_VAL); }
Value nan(Value& /*in*/, Value* /*unused*/) { return Value(std::nan("")); }
Value isinfinite(Value& in, Value* /*unused*/) { return Value(in.is_number() && std::isinf(in.as_double())); }
Value isnan(Value& in, Value* /*unused*/) { return Value(in.is_number() && std::isnan(in.as_double())); }
Value isnormal(Value& in, Value* /*unused*/) { return Value(in.is_number() && std::isnormal(in.as_double())); }

constexpr NativeRow kRows[] = {{"floor", 0, rounded<std::floor>},
                               {"ceil", 0, rounded<std::ceil>},
                               {"round", 0, rounded<std::round>},
                               {"trunc", 0, rounded<std::trunc>},
                               {"rint", 0, rounded<std::rint>},
                               {"nearbyint", 0, rounded<std::nearbyint>},
                               {"sqrt", 0, unary<std::sqrt>},
                               {"cbrt", 0, unary<std::cbrt>},
                               {"exp", 0, unary<std::exp>},
                               {"exp2", 0, unary<std::exp2>},
                               {"exp10", 0, unary<::exp10>},
                               {"expm1", 0, unary<std::expm1>},
                               {"log", 0, unary<std::log>},
                               {"log2", 0, unary<std::log2>},
                               {"log10", 0, unary<std::log10>},
                               {"log1p", 0, unary<std::log1p>},
                               {"logb", 0, unary<std::logb>},
                               {"sin", 0, unary<std::sin>},
                               {"cos", 0, unary<std::cos>},
                               {"tan", 0, unary<std::tan>},
                               {"asin", 0, unary<std::asin>},
                               {"acos", 0, unary<std::acos>},
                               {"atan", 0, unary<std::atan>},
                               {"sinh", 0, unary<std::sinh>},
                               {"cosh", 0, unary<std::cosh>},
                               {"tanh", 0, unary<std::tanh>},
                               {"asinh", 0, unary<std::asinh>},
                               {"acosh", 0, unary<std::acosh>},
                               {"atanh", 0, unary<std::atanh>},
                               {"pow", 2, pow},
                               {"atan2", 2, binary<std::atan2>},
                               {"fmod", 2, binary<std::fmod>},
                               {"fmin", 2, binary<std::fmin>},
                               {"fmax", 2, binary<std::fmax>},
                               {"fdim", 2, binary<std::fdim>},
                               {"copysign", 2, binary<std::copysign>},
                               {"hypot", 2, binary<std::hypot>},
                               {"remainder", 2, binary<std::remainder>},
                               {"drem", 2, binary<std::remainder>},
                               {"nextafter", 2, binary<std::nextafter>},
                               {"nexttoward", 2, binary<std::nextafter>},
                               {"scalb", 2, binary<scaled>},
                               {"scalbln", 2, binary<scaled>},
                               {"jn", 2, binary<bessel_j>},
                               {"yn", 2, binary<bessel_y>},
                               {"j0", 0, unary<::j0>},
                               {"j1", 0, unary<::j1>},
                               {"y0", 0, unary<::y0>},
                               {"y1", 0, unary<::y1>},
                               {"erf", 0, unary<std::erf>},
                               {"erfc", 0, unary<std::erfc>},
                               {"gamma", 0, unary<log_gamma>},
                               {"lgamma", 0, unary<log_gamma>},
                               {"tgamma", 0, unary<std::tgamma>},
                               {"lgamma_r", 0, lgamma_r},
                               {"significand", 0, unary<significand>},
                               {"pow10", 0, unary<::exp10>},
                               {"fma", 3, fma},
                               {"ldexp", 2, ldexp},
                               {"frexp", 0, frexp},
                               {"modf", 0, modf},
                               {"fabs", 0, fabs},
                               {"now", 0, now},
                               {"infinite", 0, infinite},
                               {"nan", 0, nan},
                               {"isinfinite", 0, isinfinite},
                               {"isnan", 0, isnan},
                               {"isnormal", 0, isnormal}};

}  // namespace

std::span<const NativeRow> math_functions() { return kRows; }

}  // namespace streamz::expr
