// SPDX-License-Identifier: Apache-2.0
// Functions of times: seconds since 1970, and the broken-down form [year, month from 0, day, hour, minute,
// second, weekday, day of the year], in UTC or, where the name says so, in the zone of TZ.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
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

// gmtime_r(3) and timegm(3), which look after the zone under a lock that all threads share; the years of the standard
// library's calendar need neither.
constexpr std::int64_t kCalendar = 900000000000;  // seconds: 28,500 years

std::tm* utc_of(const std::time_t* seconds, std::tm* time) {
  using namespace std::chrono;
  if (std::abs(*seconds) > kCalendar) return ::gmtime_r(seconds, time);
  const sys_seconds at{std::chrono::seconds(*seconds)};
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss clock(at - day);
  *time = {};
  time->tm_year = static_cast<int>(date.year()) - 1900;
  time->tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
  time->tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
  time->tm_hour = static_cast<int>(clock.hours().count());
  time->tm_min = static_cast<int>(clock.minutes().count());
  time->tm_sec = static_cast<int>(clock.seconds().count());
  time->tm_wday = static_cast<int>(weekday(day).c_encoding());
  time->tm_yday = static_cast<int>((day - sys_days(date.year() / January / 1)).count());
  time->tm_zone = "GMT";
  return time;
}

// What is out of its range is carried, and `time` is the date that it comes to.
std::time_t seconds_of_utc(std::tm* time) {
  using namespace std::chrono;
  if (time->tm_mon < 0 || time->tm_mon > 11 || std::abs(std::int64_t{time->tm_year}) > 30000) return ::timegm(time);
  const sys_days month = year(time->tm_year + 1900) / (time->tm_mon + 1) / 1;
  const sys_seconds at = month + days(std::int64_t{time->tm_mday} - 1) + hours(time->tm_hour) + minutes(time->tm_min) +
                         seconds(time->tm_sec);
  const std::time_t since_1970 = at.time_since_epoch().count();
  if (std::abs(since_1970) > kCalendar) return ::timegm(time);
  utc_of(&since_1970, time);
  return since_1970;
}

std::tm tm_of(Value& parts, const char* function) {
  const std::vector<Value>& items = parts.items();
  double numbers[6] = {1900};
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].is_number() || std::isnan(items[i].as_double())) {
      fail(std::string(function) + " requires parsed datetime inputs");
    }
    if (i < std::size(numbers)) numbers[i] = std::clamp(items[i].as_double(), -2147483648.0, 2147483647.0);
  }
  std::tm time{};
  time.tm_year = static_cast<int>(std::max(numbers[0] - 1900, -2147483648.0));
  time.tm_mon = static_cast<int>(numbers[1]);
  time.tm_mday = static_cast<int>(numbers[2]);
  time.tm_hour = static_cast<int>(numbers[3]);
  time.tm_min = static_cast<int>(numbers[4]);
  time.tm_sec = static_cast<int>(numbers[5]);
  return time;
}

Value broken_down(Value& in, const char* function, std::tm* (*take_apart)(const std::time_t*, std::tm*)) {
  if (!in.is_number()) fail(std::string(function) + "() requires a number");
  const double seconds = in.as_double();
  std::tm time{};
  const bool in_range = std::abs(seconds) < 0x1p63;
  const std::time_t whole_seconds = in_range ? static_cast<std::time_t>(seconds) : 0;  // towards 1970, as in jq
  if (!in_range || take_apart(&whole_seconds, &time) == nullptr) {
    fail("error converting number of seconds since epoch to datetime");
  }
  return broken_down(time, time.tm_sec + (seconds - std::floor(seconds)));
}

Value gmtime(Value& in, Value* /*unused*/) { return broken_down(in, "gmtime", utc_of); }
Value localtime(Value& in, Value* /*unused*/) {
  ::tzset();
  return broken_down(in, "localtime", ::localtime_r);
}

Value mktime(Value& in, Value* /*unused*/) {
  if (!in.is_array()) fail("mktime requires array inputs");
  std::tm time = tm_of(in, "mktime");
  return Value(std::int64_t{seconds_of_utc(&time)});
}

enum class Zone { utc, local };

Value formatted(Value& in, Value& format, const std::string& function, Zone zone) {
  if (in.is_number()) in = zone == Zone::local ? localtime(in, nullptr) : gmtime(in, nullptr);
  if (!in.is_array()) fail(function + " requires parsed datetime inputs");
  if (!format.is_string()) fail(function + " requires a string format");
  std::tm time = tm_of(in, function.c_str());
  // Weekday and day of the year are those of the date.
  if (zone == Zone::local) {
    time.tm_isdst = -1;
    ::mktime(&time);
  } else {
    seconds_of_utc(&time);
    time.tm_zone = "UTC";
  }
  const std::string form(format.text());
  if (form.empty()) return Value(std::string());
  std::string text(4096, '\0');
  const std::size_t size = std::strftime(text.data(), text.size(), form.c_str(), &time);
  if (size == 0) fail(function + ": unknown system failure");
  text.resize(size);
  return Value(std::move(text));
}
Value strftime(Value& in, Value* arguments) { return formatted(in, arguments[0], "strftime/1", Zone::utc); }
Value strflocaltime(Value& in, Value* arguments) { return formatted(in, arguments[0], "strflocaltime/1", Zone::local); }

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
    seconds_of_utc(&copy);
    if (time.tm_wday == 8) time.tm_wday = copy.tm_wday;
    if (time.tm_yday == 367) time.tm_yday = copy.tm_yday;
  }
  Value made = broken_down(time, time.tm_sec);
  if (*end != '\0') made.writable_items().emplace_back(std::string(end));
  return made;
}

constexpr NativeRow kRows[] = {{"gmtime", 0, gmtime},     {"localtime", 0, localtime},
                               {"mktime", 0, mktime},     {"strftime", 1, strftime},
                               {"strptime", 1, strptime}, {"strflocaltime", 1, strflocaltime}};

}  // namespace

std::span<const NativeRow> date_functions() { return kRows; }

}  // namespace streamz::expr
