// SPDX-License-Identifier: Apache-2.0
// Pairs records of two inputs that have the same key and lie near each other in time; those without a
// partner go to ports `left_only` and `right_only`. Tested by tests/cases/join.test and tests/inputs_test.cpp.
#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <unordered_map>

#include "../streamz/text.h"
#include "event_time.h"

namespace streamz {

namespace {

struct JoinNode : Stream {
  Expr on;
  Duration within{};
  Expr time;
  Duration late{};
  long maxsize = 1'000'000;

  static void describe(Spec<JoinNode>& s) {
    s.summary("pair records of two inputs that have the same key within a time");
    s.details(
        "The inputs are X.left and X.right of a stage with name=X. Each record is paired with every record of the "
        "other input that has the same key and is not further from it than within=. One that found no partner goes to "
        "port `left_only` or `right_only` as soon as none can come any more; so does one whose key is null.\n\n"
        "With time= the records say when they happened, and how far the other input has come decides what is held, so "
        "that it does not matter which input is read faster; a record that comes later than late= allows has no "
        "partner. An input of which maxsize records are held waits for the other.");
    s.param("on", &JoinNode::on, "the key").required();
    s.param("within", &JoinNode::within, "how far apart the records of a pair may be").required();
    EventTime::describe(s);
    s.param("maxsize", &JoinNode::maxsize, "how many records of one input are held").min(1);
    s.inputs({"left", "right"});
    s.outputs({"left_only", "right_only"});
    s.state("the records of the last within= of each input, at most maxsize of each");
    s.uneven();
    s.example(
        "from_iterable '[{\"id\":1,\"a\":2}]' ! j.left ; from_iterable '[{\"id\":1,\"b\":3}]' ! j.right ; "
        "$NAME name=j on=.id within=1m",
        "", "[{\"id\":1,\"a\":2},{\"id\":1,\"b\":3}]");
  }

  void check() override { clock_.check(); }

  void update(const Record& x) override {
    Side& mine = sides_[static_cast<std::size_t>(port())];
    Side& other = sides_[1 - static_cast<std::size_t>(port())];
    const Time at = clock_.of(x, now());
    on.key(x, key_);
    if (key_ == "null" || (time && at < mine.newest - late)) return without_partner(mine, x);
    come_to(mine, std::max(mine.newest, at));
    bool matched = false;
    if (const auto places = other.places.find(key_); places != other.places.end()) {
      for (const Place& place : places->second) {
        if (std::max(place->first, at) - std::min(place->first, at) > within) continue;
        place->second.matched = matched = true;
        emit_pair(mine, x, place->second.record);
      }
    }
    if (!other.ended) {
      hold(mine, at, {key_, keep(x), matched});
    } else if (!matched) {
      without_partner(mine, x);
    }
  }

  void on_timer(Time due) override {
    timer_set_ = false;
    for (Side& side : sides_) come_to(side, due);
    set_timer();
  }

  void on_end(int port) override {
    Side& ended = sides_[static_cast<std::size_t>(port)];
    ended.ended = true;
    forget(other_of(ended), Time::max());
  }

  void flush() override {
    unschedule();
    for (Side& side : sides_) forget(side, Time::max());
  }

  void save(State& state) const override {
    for (const Side& side : sides_) {
      for (const auto& [at, held] : side.held) {
        state.add(side.name, "[" + std::to_string(at.time_since_epoch().count()) +
                                 (held.matched ? ",true," : ",false,") + text::quoted(held.key) + "," +
                                 std::string(held.record.raw()) + "]");
      }
      state.add("newest", side.newest);
      state.add("ended", static_cast<std::int64_t>(side.ended));
    }
  }
  void restore(const State& state) override {
    std::size_t i = 0;
    state.each_time("newest", [&](Time newest) { sides_.at(i++).newest = newest; });
    i = 0;
    state.each("ended", [&](std::string_view ended) { sides_.at(i++).ended = ended != "0"; });
    for (Side& side : sides_) {
      state.each(side.name, [&](std::string_view row) {
        const Time at{Duration(std::stoll(std::string(text::element(row, 0).value())))};
        hold(side, at,
             {text::decoded(text::element(row, 2).value()), keep(text::element(row, 3).value()),
              text::element(row, 1) == "true"});
      });
    }
  }

 private:
  struct Held {
    std::string key;
    Record record;
    bool matched;
  };
  using Place = std::multimap<Time, Held>::iterator;
  struct Side {
    const char* name;
    int only;  // its port for records without a partner
    std::multimap<Time, Held> held{};
    std::unordered_map<std::string, std::deque<Place>> places{};
    Time newest = Time(Duration::min() / 2);  // far enough from the end of time to take late= from it
    bool ended = false;
    bool held_back = false;
  };
  std::array<Side, 2> sides_{Side{"left", 1}, Side{"right", 2}};
  EventTime clock_{time, late};
  std::string key_;
  bool timer_set_ = false;

  Side& other_of(Side& side) { return sides_[&side == sides_.data() ? 1 : 0]; }
  int port_of(const Side& side) const { return &side == sides_.data() ? 0 : 1; }
  bool full(const Side& side) const { return side.held.size() >= static_cast<std::size_t>(maxsize); }

  void emit_pair(const Side& mine, const Record& x, const Record& partner) {
    const bool left = port_of(mine) == 0;
    const Record pair[] = {left ? x : partner, left ? partner : x};
    emit_list(pair);
  }
  void without_partner(const Side& side, const Record& x) { emit(x, side.only); }

  // `side` has come to `now`: what is held of the other finds no partner before that any more.
  void come_to(Side& side, Time now) {
    side.newest = now;
    forget(other_of(side), now - late - within);
  }

  void forget(Side& side, Time before) {
    while (!side.held.empty() && (side.held.begin()->first < before || before == Time::max())) {
      const Held held = std::move(side.held.begin()->second);
      const auto places = side.places.find(held.key);
      std::deque<Place>& of_key = places->second;
      of_key.erase(std::find(of_key.begin(), of_key.end(), side.held.begin()));
      if (of_key.empty()) side.places.erase(places);
      side.held.erase(side.held.begin());
      if (!held.matched) without_partner(side, held.record);
    }
    if (side.held_back && !full(side)) {
      side.held_back = false;
      want(port_of(side), true);
    }
  }

  void hold(Side& side, Time at, Held held) {
    if (time && full(side) && full(other_of(side))) {
      throw Error("maxsize=" + std::to_string(maxsize) + " records of each input are held, all within the time");
    }
    const std::string& key = held.key;
    std::deque<Place>& places = side.places[key];
    places.push_back(side.held.emplace(at, std::move(held)));
    if (full(side) && !side.held_back) {
      side.held_back = true;
      want(port_of(side), false);
    }
    set_timer();
  }

  void set_timer() {
    if (time || timer_set_) return;
    Time first = Time::max();
    for (const Side& side : sides_) {
      if (!side.held.empty()) first = std::min(first, side.held.begin()->first);
    }
    if (first == Time::max()) return;
    timer_set_ = true;
    schedule(first + within + Duration(1));
  }
};

}  // namespace

extern constinit const StageClass join_stage = stage_class<JoinNode>("JoinNode");

}  // namespace streamz
