// SPDX-License-Identifier: Apache-2.0
#include "nodes/event_time.h"

#include <random>

#include "catch.h"

using namespace streamz;
using namespace std::chrono_literals;

TEST_CASE("RFC 3339: what is read, in UTC") {
  const std::pair<const char*, const char*> rows[] = {
      {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
      {"2026-01-31T23:59:59.5Z", "2026-01-31T23:59:59.5Z"},
      {"2026-01-31t23:59:59z", "2026-01-31T23:59:59Z"},
      {"2026-01-31 23:59:59Z", "2026-01-31T23:59:59Z"},
      {"2026-01-31T23:30:00+01:00", "2026-01-31T22:30:00Z"},
      {"2026-12-31T23:30:00-01:30", "2027-01-01T01:00:00Z"},
      {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
      {"1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999999Z"},
      {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
      {"2026-01-01T00:00:00.1234567899Z", "2026-01-01T00:00:00.123456789Z"},
      {"1740-01-02T00:00:00Z", "1740-01-02T00:00:00Z"},
      {"2199-12-31T23:59:59Z", "2199-12-31T23:59:59Z"},
  };
  for (const auto& [text, utc] : rows) {
    INFO(text);
    const auto time = parse_rfc3339(text);
    REQUIRE(time);
    CHECK(to_rfc3339(*time) == utc);
  }
}

TEST_CASE("RFC 3339: what is refused") {
  for (const char* text : {"",
                           "2026",
                           "2026-01-31",
                           "2026-01-31T23:59:59",
                           "2026-01-31T23:59Z",
                           "2026-02-29T00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-01-00T00:00:00Z",
                           "2026-01-01T24:00:00Z",
                           "2026-01-01T00:60:00Z",
                           "2026-01-01T00:00:61Z",
                           "2026-01-01T00:00:00.Z",
                           "2026-01-01T00:00:00+1:00",
                           "2026-01-01T00:00:00+01",
                           "2026-01-01T00:00:00+24:00",
                           "2026-01-01T00:00:00Z ",
                           " 2026-01-01T00:00:00Z",
                           "2026-1-01T00:00:00Z",
                           "2200-01-02T00:00:00Z",
                           "1739-12-31T00:00:00Z",
                           "+026-01-01T00:00:00Z"}) {
    INFO(text);
    CHECK_FALSE(parse_rfc3339(text));
  }
}

TEST_CASE("seconds since 1970 are exact to nanoseconds") {
  const std::pair<const char*, std::int64_t> rows[] = {
      {"0", 0},
      {"-0", 0},
      {"1.5", 1'500'000'000},
      {"-0.5", -500'000'000},
      {"-1.25", -1'250'000'000},
      {"1700000000.123456789", 1'700'000'000'123'456'789},
      {"1700000000.9999999999", 1'700'000'000'999'999'999},
      {"1.7e9", 1'700'000'000'000'000'000},
      {"15e-1", 1'500'000'000},
      {"7258118400", 7'258'118'400'000'000'000},
      {"-7258118400.5", -7'258'118'400'500'000'000},
  };
  for (const auto& [text, nanoseconds] : rows) {
    INFO(text);
    const auto time = parse_seconds(text);
    REQUIRE(time);
    CHECK(time->time_since_epoch().count() == nanoseconds);
  }
  for (const char* text : {"7258118401", "-7258118401", "1700000000000", "1e300", "99999999999999999999"}) {
    INFO(text);
    CHECK_FALSE(parse_seconds(text));
  }
  CHECK(to_seconds(Time(1500ms)) == "1.5");
  CHECK(to_seconds(Time(-500ms)) == "-0.5");
  CHECK(to_seconds(Time(3s)) == "3");
  CHECK(to_seconds(Time(1ns)) == "0.000000001");
}

TEST_CASE("times print and read back") {
  const unsigned seed = 20260131;
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::int64_t> any(-7'000'000'000'000'000'000, 7'000'000'000'000'000'000);
  for (int i = 0; i < 2000; ++i) {
    const Time time{Duration(any(random))};
    CHECK(parse_seconds(to_seconds(time)) == time);
    CHECK(parse_rfc3339(to_rfc3339(time)) == time);
  }
}

TEST_CASE("a window holds the times from its start to its end, and starts at a multiple of its length") {
  const unsigned seed = 7;
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::int64_t> any(-1'000'000, 1'000'000);
  std::uniform_int_distribution<std::int64_t> length(1, 5000);
  for (int i = 0; i < 2000; ++i) {
    const Time time{Duration(any(random))};
    const Duration size(length(random));
    const Time start = window_start(time, size);
    CHECK(start <= time);
    CHECK(time < start + size);
    CHECK(start.time_since_epoch() % size == 0ns);
  }
}

TEST_CASE("the watermark is the largest time seen less what may be late, and never goes back") {
  Expr none;
  Duration late = 5s;
  EventTime clock(none, late);
  CHECK_FALSE(clock.over(Time(0s)));
  clock.seen(Time(20s));
  CHECK(clock.watermark() == Time(15s));
  clock.seen(Time(10s));
  CHECK(clock.watermark() == Time(15s));
  CHECK(clock.over(Time(15s)));
  CHECK_FALSE(clock.over(Time(16s)));
  clock.seen(Time::min());
  CHECK(clock.watermark() == Time(15s));
}
