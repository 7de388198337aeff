// SPDX-License-Identifier: Apache-2.0
#include "numbers.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "../streamz/record.h"
#include "../streamz/text.h"

namespace streamz {

Number read_number(std::string_view json) {
  Number number;
  const char* const end = json.data() + json.size();
  const auto whole = std::from_chars(json.data(), end, number.whole);
  if (whole.ec == std::errc() && whole.ptr == end) {
    number.real = static_cast<double>(number.whole);
    number.integer = true;
    return number;
  }
  const auto real = std::from_chars(json.data(), end, number.real);
  if (real.ec == std::errc() && real.ptr == end) return number;
  const std::string_view shown = json.substr(0, 40);
  if (real.ec == std::errc::result_out_of_range) {
    number.real = std::strtod(std::string(json).c_str(), nullptr);
    if (std::abs(number.real) < 1) return number;  // too small is 0
    throw Error(std::string(shown) + " is beyond all numbers that can be calculated with");
  }
  throw Error(std::string("it is ") + text::kind_of(json) + ", not a number");
}

void append_number(std::string& out, std::int64_t number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_number(std::string& out, double number) {
  if (std::isnan(number)) {
    out += "null";
    return;
  }
  if (std::isinf(number)) number = std::copysign(std::numeric_limits<double>::max(), number);
  char digits[40];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_number(std::string& out, Wide number) {
  const auto narrow = static_cast<std::int64_t>(number);
  if (narrow == number) {
    append_number(out, narrow);
  } else {
    append_number(out, to_double(number));
  }
}

double to_double(Wide number) { return static_cast<double>(number); }

}  // namespace streamz
