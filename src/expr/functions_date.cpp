// SPDX-License-Identifier: Apache-2.0
// Functions of times: seconds since 1970, and the broken-down form [year, month from 0, day, hour, minute,
// second, weekday, day of the year], in UTC.
#include <cmath>
#include <ctime>

#include "functions.h"
#include "numbers.h"
#include "write.h"

namespace streamz::expr {

namespace {

Value broken_down(const std::tm& time, double seconds) {
  const auto integer = [](int n) { return Value(std::int64_t{n}); };
  return Value::make_array({integer(time.tm_year + 1900), integer(time.tm_mon), integer(time.tm_mday),
                            integer(time.tm_hour), integer(time.tm_min),
                            whole(seconds).as_double() == seconds ? whole(seconds) : Value(seconds),
                            integer(time.tm_wday), integer(time.tm_yday)});
}

std::tm tm_of(Value& parts, const char* function) {
  if (!parts.is_array()) fail(std::string(function) + " requires array of 6 numbers");
  const std::vector<Value>& items = parts.items();
  if (items.size() < 6) fail(std::string(function) + " requires array of 6 numbers");
  int numbers[8] = {};
  for (std::size_t i = 0; i < 8 && i < items.size(); ++i) {
    if (!items[i].is_number()) fail(std::string(function) + " requires parsed datetime inputs");
    numbers[i] = static_cast<int>(items[i].as_double());
  }
  std::tm time{};
  time.tm_year = numbers[0] - 1900;
  time.tm_mon = numbers[1];
  time.tm_mday = numbers[2];
  time.tm_hour = numbers[3];
  time.tm_min = numbers[4];
  time.tm_sec = numbers[5];
  time.tm_wday = numbers[6];
  time.tm_yday = numbers[7];
  return time;
}

Value gmtime(Value& in, Value* /*unused*/) {
  if (!in.is_number()) fail("gmtime() requires a number");
  const double seconds = in.as_double();
  const auto whole_seconds = static_cast<std::time_t>(std::floor(seconds));
  std::tm time{};
  if (::gmtime_r(&whole_seconds, &time) == nullptr) fail("error converting number of seconds since epoch to datetime");
  return broken_down(time, time.tm_sec + (seconds - std::floor(seconds)));
}

Value mktime(Value& in, Value* /*unused*/) {
  std::tm time = tm_of(in, "mktime");
  const std::time_t seconds = ::timegm(&time);
  return Value(std::int64_t{seconds});
}

Value strftime(Value& in, Value* arguments) {
  if (in.is_number()) in = gmtime(in, nullptr);
  if (!in.is_array()) fail("strftime/1 requires parsed datetime inputs");
  if (!arguments[0].is_string()) fail("strftime/1 requires a string format");
  std::tm time = tm_of(in, "strftime/1");
  time.tm_zone = "UTC";
  const std::string format(arguments[0].text());
  if (format.empty()) return Value(std::string());
  std::string text(4096, '\0');
  const std::size_t size = std::strftime(text.data(), text.size(), format.c_str(), &time);
  if (size == 0) fail("strftime/1: unknown system failure");
  text.resize(size);
  return Value(std::move(text));
}

Value strptime(Value& in, Value* arguments) {
  if (!in.is_string()) fail("strptime/1 requires string inputs and arguments");
  if (!arguments[0].is_string()) fail("strptime/1 requires string inputs and arguments");
  const std::string text(in.text()), format(arguments[0].text());
  std::tm time{};
  time.tm_wday = 8;  // not known
  time.tm_yday = 367;
  const char* const end = ::strptime(text.c_str(), format.c_str(), &time);
  if (end == nullptr || (*end != '\0' && *end != ' ')) {
    fail("date \"" + text + "\" does not match format \"" + format + "\"");
  }
  if (time.tm_wday == 8 || time.tm_yday == 367) {
    std::tm copy = time;
    ::timegm(&copy);
    if (time.tm_wday == 8) time.tm_wday = copy.tm_wday;
    if (time.tm_yday == 367) time.tm_yday = copy.tm_yday;
  }
  Value made = broken_down(time, time.tm_sec);
  if (*end != '\0') made.writable_items().emplace_back(std::string(end));
  return made;
}

constexpr NativeRow kRows[] = {
    {"gmtime", 0, gmtime}, {"mktime", 0, mktime}, {"strftime", 1, strftime}, {"strptime", 1, strptime}};

}  // namespace

std::span<const NativeRow> date_functions() { return kRows; }

}  // namespace streamz::expr
