// SPDX-License-Identifier: Apache-2.0
#include "event_time.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "../streamz/text.h"

namespace streamz {

namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

// The years 1740 to 2200: nanoseconds in 64 bits reach to 2262, which leaves room for a window around a time.
constexpr std::int64_t kLastSecond = 7'258'118'400;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes `size` digits off the front of `text`; -1 when they are not there.
int take_digits(std::string_view& text, std::size_t size) {
  if (text.size() < size || !std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size), is_digit)) {
    return -1;
  }
  int number = 0;
  for (const char c : text.substr(0, size)) number = number * 10 + (c - '0');
  text.remove_prefix(size);
  return number;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == any_of.npos) return false;
  text.remove_prefix(1);
  return true;
}

// The digits behind a point, as nanoseconds; more than nine are cut off.
nanoseconds take_fraction(std::string_view& text) {
  std::int64_t value = 0, unit = 100'000'000;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), unit /= 10)
    value += (text.front() - '0') * unit;
  return nanoseconds(value);
}

// "Z" or "+01:00". Nothing when it is none.
std::optional<minutes> take_offset(std::string_view& text) {
  if (take(text, "Zz")) return 0min;
  const bool west = text.starts_with('-');
  if (!take(text, "+-")) return std::nullopt;
  const int hour = take_digits(text, 2);
  const int minute = take(text, ":") ? take_digits(text, 2) : -1;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  const minutes offset = hours(hour) + minutes(minute);
  return west ? -offset : offset;
}

std::optional<Time> time_at(seconds whole, nanoseconds fraction) {
  if (std::abs(whole.count()) > kLastSecond) return std::nullopt;
  return Time(whole + fraction);
}

// ".5" of 500 ms; nothing for a whole second.
std::string fraction_text(nanoseconds fraction) {
  if (fraction == 0ns) return {};
  std::string digits = std::to_string(1'000'000'000 + fraction.count());
  digits.front() = '.';
  digits.erase(digits.find_last_not_of('0') + 1);
  return digits;
}

std::string two_digits(std::int64_t number) {
  return {static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
}

}  // namespace

std::optional<Time> parse_rfc3339(std::string_view text) {
  const int y = take_digits(text, 4);
  const int m = take(text, "-") ? take_digits(text, 2) : -1;
  const int d = take(text, "-") ? take_digits(text, 2) : -1;
  if (y < 0 || m < 0 || d < 0 || !take(text, "Tt ")) return std::nullopt;
  const int hour = take_digits(text, 2);
  const int minute = take(text, ":") ? take_digits(text, 2) : -1;
  const int second = take(text, ":") ? take_digits(text, 2) : -1;  // 60 is a leap second: the next one here
  nanoseconds fraction{};
  if (take(text, ".")) {
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    fraction = take_fraction(text);
  }
  const year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
  const bool in_range =
      date.ok() && hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 60;
  const std::optional<minutes> offset = take_offset(text);
  if (!in_range || !offset || !text.empty()) return std::nullopt;
  return time_at(sys_days(date).time_since_epoch() + hours(hour) + minutes(minute) + seconds(second) - *offset,
                 fraction);
}

std::string to_rfc3339(Time time) {
  const auto whole = floor<seconds>(time);
  const auto date = floor<days>(whole);
  const year_month_day ymd(date);
  const hh_mm_ss clock(whole - date);
  const auto y = static_cast<int>(ymd.year());
  return two_digits(y / 100) + two_digits(y % 100) + "-" + two_digits(static_cast<unsigned>(ymd.month())) + "-" +
         two_digits(static_cast<unsigned>(ymd.day())) + "T" + two_digits(clock.hours().count()) + ":" +
         two_digits(clock.minutes().count()) + ":" + two_digits(clock.seconds().count()) + fraction_text(time - whole) +
         "Z";
}

std::optional<Time> parse_seconds(std::string_view number) {
  std::string_view rest = number;
  const bool negative = take(rest, "-");
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), whole);
  if (error != std::errc()) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  const nanoseconds fraction = take(rest, ".") ? take_fraction(rest) : 0ns;
  if (rest.empty()) return time_at(seconds(negative ? -whole : whole), negative ? -fraction : fraction);
  double real = 0;  // 1.7e9
  std::from_chars(number.data(), number.data() + number.size(), real);
  if (std::abs(real) > static_cast<double>(kLastSecond)) return std::nullopt;
  const double seconds_before = std::floor(real);
  return time_at(seconds(static_cast<std::int64_t>(seconds_before)),
                 nanoseconds(std::llround((real - seconds_before) * 1e9)));
}

std::string to_seconds(Time time) {
  const bool negative = time.time_since_epoch() < 0ns;
  const nanoseconds since = abs(time.time_since_epoch());
  const auto whole = floor<seconds>(since);
  return (negative ? "-" : "") + std::to_string(whole.count()) + fraction_text(since - whole);
}

Time window_start(Time time, Duration length) {
  const Duration past = time.time_since_epoch() % length;
  return time - (past < 0ns ? past + length : past);
}

void EventTime::check() const {
  if (late_ > 0ns && !time_) throw Error("late= needs time=", "time=EXPR says when a record happened");
}

Time EventTime::of(const Record& x, Time now) {
  if (!time_) return now;
  std::optional<Time> found;
  int results = 0;
  time_.each(x, [&](JsonText result) {
    const std::string_view text = result.text;
    const std::string kind = text::kind_of(text);
    const bool string = kind == "a string";
    if (!string && kind != "a number") throw Error("time= gives " + kind, "seconds since 1970, or an RFC 3339 text");
    found = string ? parse_rfc3339(text::decoded(text)) : parse_seconds(text);
    if (!found && string) throw Error("time= gives " + std::string(text.substr(0, 60)) + ", which is not RFC 3339");
    if (!found) {
      throw Error("time= gives " + std::string(text.substr(0, 60)) + ", which is too large for seconds since 1970",
                  "milliseconds: time=(.ts/1000)");
    }
    strings_ = string;
    return ++results < 2;
  });
  if (results != 1) throw Error(results == 0 ? "time= gives nothing" : "time= gives more than one result");
  return *found;
}

void EventTime::seen(Time time) {
  if (time < Time::min() + late_) return;
  watermark_ = std::max(watermark_, time - late_);
}

void EventTime::save(State& state) const {
  state.add("watermark", watermark_);
  state.add("time_strings", static_cast<std::int64_t>(strings_));
}
void EventTime::restore(const State& state) {
  watermark_ = state.time("watermark");
  strings_ = state.integer("time_strings") != 0;
}

bool InOrder::pass(EventTime& clock, const Record& x, Time at) {
  if (clock.from_records() && at < clock.watermark()) return false;
  if (!clock.waits()) {
    take_(x, at);
    clock.seen(at);
    return true;
  }
  held_.emplace(at, hold_(x));
  clock.seen(at);
  release(clock.watermark());
  return true;
}

void InOrder::release(Time until) {
  while (!held_.empty() && held_.begin()->first <= until) {
    const auto first = held_.extract(held_.begin());
    try {
      take_(first.mapped(), first.key());
    } catch (const Error& error) {
      fail_(first.mapped(), error.what());
    }
  }
}

void InOrder::restore(const State& state, const std::function<Record(std::string_view json_text)>& keep) {
  std::vector<Time> times;
  state.each_time("waits_until", [&](Time time) { times.push_back(time); });
  std::size_t at = 0;
  state.each("waits", [&](std::string_view text) { held_.emplace(times.at(at++), keep(text)); });
}

void InOrder::save(State& state) const {
  for (const auto& [time, record] : held_) {
    state.add("waits_until", time);
    state.add("waits", record.raw());
  }
}

}  // namespace streamz
