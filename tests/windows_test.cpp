// SPDX-License-Identifier: Apache-2.0
// What agg and rolling give on random input, against the definition: each result from scratch, by the same
// functions over just the records that belong to it.
#include <algorithm>
#include <map>
#include <random>

#include <nlohmann/json.hpp>

#include "harness.h"

using namespace streamz;
using namespace streamz::testing;

namespace {

constexpr const char* functions =
    "n=count v=count:.v s=sum:.v m=mean:.v lo=min:.v hi=max:.v d=var:.v e=std:.v q=median:.v p=p90:.v f=first:.v "
    "l=last:.v u=nunique:.v a=list:.v";

struct Event {
  std::string key;
  std::int64_t time;  // seconds
  std::string value;

  std::string text() const { return R"({"k":")" + key + R"(","t":)" + std::to_string(time) + R"(,"v":)" + value + "}"; }
};

class RandomEvents {
 public:
  explicit RandomEvents(unsigned seed) : random_(seed) {}
  std::vector<Event> events(int count, int spread) {
    std::vector<Event> all;
    for (int i = 0; i < count; ++i) {
      const std::uint32_t kind = random_() % 8;
      const auto number = static_cast<int>(random_() % 200) - 100;
      const std::string value = kind == 0   ? "null"
                                : kind == 1 ? std::to_string(number) + ".125"
                                            : std::to_string(number % 10);
      all.push_back({std::string(1, static_cast<char>('a' + random_() % 3)),
                     i * 2 + static_cast<std::int64_t>(random_() % static_cast<unsigned>(spread)), value});
    }
    return all;
  }

 private:
  std::mt19937 random_;
};

std::vector<std::string> outputs(const std::string& chain, const std::vector<Event>& events) {
  Setup setup{chain, {}};
  for (const Event& event : events) setup.actions.push_back(emit(event.text()));
  const Seen seen = run_chain(setup);
  REQUIRE(seen.messages.empty());
  return seen.outputs.at(0);
}

// Equal but for the rounding of doubles.
bool alike(const json& a, const json& b) {
  if (a.is_number() && b.is_number()) return a.get<double>() == Approx(b.get<double>()).epsilon(1e-9).margin(1e-9);
  if (a.is_object() != b.is_object() || a.is_array() != b.is_array() || a.size() != b.size()) return false;
  if (a.is_object()) {
    return std::equal(a.items().begin(), a.items().end(), b.items().begin(),
                      [](const auto& x, const auto& y) { return x.key() == y.key() && alike(x.value(), y.value()); });
  }
  if (a.is_array()) return std::equal(a.begin(), a.end(), b.begin(), alike);
  return a == b;
}

void check_alike(const std::string& got, const std::string& expected) {
  INFO("got      " << got);
  INFO("expected " << expected);
  CHECK(alike(json::parse(got), json::parse(expected)));
}

using Parts = std::vector<std::vector<Event>>;

// The results from scratch: what agg says of just these, one window after the other, each as a group.
std::vector<std::string> from_scratch(const Parts& windows) {
  std::vector<Event> events;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    for (Event event : windows[i]) {
      event.key = std::to_string(i);
      events.push_back(event);
    }
  }
  std::vector<std::string> rows = outputs(std::string("agg by=.k ") + functions, events);
  REQUIRE(rows.size() == windows.size());
  for (std::string& row : rows) row = "{" + row.substr(row.find(',') + 1);
  return rows;
}

std::vector<Event> part(const std::vector<Event>& events, std::size_t first, std::size_t end) {
  return {events.begin() + static_cast<std::ptrdiff_t>(first), events.begin() + static_cast<std::ptrdiff_t>(end)};
}

std::string with_window(const std::string& row, std::int64_t start, std::int64_t end) {
  return row.substr(0, row.size() - 1) + ",\"window_start\":" + std::to_string(start) +
         ",\"window_end\":" + std::to_string(end) + "}";
}

}  // namespace

TEST_CASE("agg after each record is agg from scratch") {
  const unsigned seed = 101;
  INFO("seed " << seed);
  const std::vector<Event> events = RandomEvents(seed).events(60, 1);
  const auto got = outputs(std::string("agg emit=update ") + functions, events);
  REQUIRE(got.size() == events.size());
  Parts windows;
  for (std::size_t i = 0; i < events.size(); ++i) windows.push_back(part(events, 0, i + 1));
  const auto expected = from_scratch(windows);
  for (std::size_t i = 0; i < events.size(); ++i) check_alike(got[i], expected[i]);
}

TEST_CASE("rolling is agg of the last N") {
  const unsigned seed = 102;
  INFO("seed " << seed);
  const std::vector<Event> events = RandomEvents(seed).events(80, 1);
  for (const std::size_t n : {1U, 2U, 7U}) {
    const auto got = outputs("rolling " + std::to_string(n) + " min_periods=0 " + functions, events);
    REQUIRE(got.size() == events.size());
    Parts windows;
    for (std::size_t i = 0; i < events.size(); ++i) windows.push_back(part(events, i + 1 < n ? 0 : i + 1 - n, i + 1));
    const auto expected = from_scratch(windows);
    for (std::size_t i = 0; i < events.size(); ++i) check_alike(got[i], expected[i]);
  }
}

TEST_CASE("rolling over a time is agg of the records that are not so old, in the order of their times") {
  const unsigned seed = 103;
  INFO("seed " << seed);
  std::vector<Event> events = RandomEvents(seed).events(80, 9);
  const auto got = outputs(std::string("rolling 7s min_periods=0 time=.t late=9s ") + functions, events);
  std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.time < b.time; });
  REQUIRE(got.size() == events.size());
  Parts windows(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      if (events[j].time > events[i].time - 7) windows[i].push_back(events[j]);
    }
  }
  const auto expected = from_scratch(windows);
  for (std::size_t i = 0; i < events.size(); ++i) check_alike(got[i], expected[i]);
}

TEST_CASE("a window that slides has the groups of the last records") {
  const unsigned seed = 104;
  INFO("seed " << seed);
  const std::vector<Event> events = RandomEvents(seed).events(60, 1);
  const auto got = outputs(std::string("agg by=.k window=5 emit=update time=.t ") + functions, events);
  Parts windows;
  std::vector<std::string> rows;
  std::size_t at = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const std::size_t first = i < 4 ? 0 : i - 4;
    std::map<std::string, std::vector<Event>> groups;
    for (const Event& event : part(events, first, i + 1)) groups[event.key].push_back(event);
    const std::string window = R"("window_start":)" + std::to_string(events[first].time);
    for (std::size_t j = 0; j < groups.size(); ++j, ++at) {  // in whatever order they came
      REQUIRE(at < got.size());
      const auto key = json::parse(got[at])["k"].get<std::string>();
      REQUIRE(groups.count(key) == 1);
      windows.push_back(groups[key]);
      rows.push_back(R"({"k":")" + key + R"(",)" + "|" + window + R"(,"window_end":)" + std::to_string(events[i].time));
    }
  }
  const auto expected = from_scratch(windows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t bar = rows[i].find('|');
    const std::string inside = expected[i].substr(1, expected[i].size() - 2);
    check_alike(got[i], rows[i].substr(0, bar) + inside + "," + rows[i].substr(bar + 1) + "}");
  }
  CHECK(at == got.size());
}

TEST_CASE("windows side by side hold the records of their time, and a record is late when its window is over") {
  for (const unsigned seed : {105U, 106U, 107U}) {
    INFO("seed " << seed);
    const std::vector<Event> events = RandomEvents(seed).events(150, 40);
    for (const std::int64_t late : {0, 7}) {
      std::map<std::int64_t, std::vector<Event>> windows;
      std::vector<std::string> too_late;
      std::int64_t newest = events.front().time;
      for (const Event& event : events) {
        const std::int64_t start = event.time / 10 * 10;
        if (start + 10 <= newest - late) {
          too_late.push_back(event.text());
          continue;
        }
        newest = std::max(newest, event.time);
        windows[start].push_back(event);
      }
      const std::string time = late == 0 ? " time=.t" : " time=.t late=" + std::to_string(late) + "s";
      const auto got = outputs("agg window=10s" + time + " " + functions, events);
      REQUIRE(got.size() == windows.size());
      Parts contents;
      for (const auto& [start, window] : windows) contents.push_back(window);
      const auto expected = from_scratch(contents);
      std::size_t at = 0;
      for (const auto& [start, window] : windows) {
        check_alike(got[at], with_window(expected[at], start, start + 10));
        ++at;
      }

      CHECK(outputs("timed_window 10s name=w" + time + " ! to_null ; w.late ! filter true", events) == too_late);
      std::vector<std::string> lists;
      for (const auto& [start, window] : windows) {
        std::string list;
        for (const Event& event : window) list += (list.empty() ? "[" : ",") + event.text();
        lists.push_back(list + "]");
      }
      CHECK(outputs("timed_window 10s empty=false" + time, events) == lists);
    }
  }
}

TEST_CASE("a session ends where nothing of its group came for the gap") {
  const unsigned seed = 108;
  INFO("seed " << seed);
  std::vector<Event> events = RandomEvents(seed).events(200, 9);
  const auto got = outputs(std::string("agg by=.k window=session gap=9s time=.t late=9s ") + functions, events);
  std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.time < b.time; });
  std::map<std::string, std::vector<std::vector<Event>>> sessions;
  for (const Event& event : events) {
    auto& own = sessions[event.key];
    if (own.empty() || event.time - own.back().back().time >= 9) own.emplace_back();
    own.back().push_back(event);
  }
  std::map<std::string, std::vector<std::string>> rows;
  for (const std::string& row : got) rows[json::parse(row)["k"].get<std::string>()].push_back(row);
  REQUIRE(rows.size() == sessions.size());
  CHECK(got.size() > 10);
  for (const auto& [key, own] : sessions) {
    REQUIRE(rows[key].size() == own.size());
    const auto expected = from_scratch(own);
    for (std::size_t i = 0; i < own.size(); ++i) {
      const std::string row = "{\"k\":\"" + key + "\"," + expected[i].substr(1);
      check_alike(rows[key][i], with_window(row, own[i].front().time, own[i].back().time));
    }
  }
}
