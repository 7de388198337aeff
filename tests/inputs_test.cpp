// SPDX-License-Identifier: Apache-2.0
// Stages of several inputs, whose records come in random orders, against their definitions.
#include <algorithm>
#include <cstdlib>
#include <random>

#include "harness.h"

using namespace streamz;
using namespace streamz::testing;

namespace {

// Record i of an input is what it holds at i.
using Inputs = std::vector<std::vector<std::string>>;

// Each input in its order, dealt out at random.
std::vector<Action> interleaved(const Inputs& inputs, std::mt19937& random) {
  std::vector<int> turns;
  for (std::size_t i = 0; i < inputs.size(); ++i) turns.insert(turns.end(), inputs[i].size(), static_cast<int>(i));
  std::shuffle(turns.begin(), turns.end(), random);
  std::vector<std::size_t> next(inputs.size());
  std::vector<Action> actions;
  for (const int input : turns) {
    const auto at = static_cast<std::size_t>(input);
    actions.push_back(emit(inputs[at][next[at]++], input));
  }
  return actions;
}

Inputs numbered(std::size_t inputs, std::mt19937& random) {
  Inputs all(inputs);
  for (std::size_t i = 0; i < inputs; ++i) {
    for (std::size_t n = 1 + random() % 20; n > 0; --n) {
      all[i].push_back("\"" + std::to_string(i) + "." + std::to_string(all[i].size()) + "\"");
    }
  }
  return all;
}

Seen outputs_of(const std::string& chain, const Inputs& inputs, std::mt19937& random) {
  Setup setup{chain, interleaved(inputs, random)};
  Seen seen = run_chain(setup);
  INFO(chain);
  REQUIRE(seen.messages.empty());
  REQUIRE(seen.status == 0);
  return seen;
}

std::vector<std::string> sorted(std::vector<std::string> all) {
  std::sort(all.begin(), all.end());
  return all;
}

struct Event {
  int key, time;
  std::string text() const { return "{\"k\":" + std::to_string(key) + ",\"t\":" + std::to_string(time) + "}"; }
};

// In the order of their times, but for a disorder of less than `late`.
std::vector<Event> events(std::mt19937& random, int late) {
  std::vector<Event> all;
  int time = 0;
  for (std::size_t n = random() % 60; n > 0; --n) {
    time += static_cast<int>(random() % 4);
    const int earlier = late == 0 ? 0 : static_cast<int>(random() % static_cast<unsigned>(late));
    all.push_back({static_cast<int>(random() % 4), time - earlier});
  }
  return all;
}

std::vector<std::string> texts(const std::vector<Event>& events) {
  std::vector<std::string> all;
  for (const Event& event : events) all.push_back(event.text());
  return all;
}

}  // namespace

TEST_CASE("zip pairs the first with the first, the second with the second, whatever comes first") {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const Inputs inputs = numbered(2 + random() % 3, random);
    const Seen seen = outputs_of("zip maxsize=100", inputs, random);
    std::size_t pairs = inputs[0].size();
    for (const auto& input : inputs) pairs = std::min(pairs, input.size());
    std::vector<std::string> expected, left_over;
    for (std::size_t n = 0; n < pairs; ++n) {
      std::string list;
      for (const auto& input : inputs) list += (list.empty() ? "[" : ",") + input[n];
      expected.push_back(list + "]");
    }
    for (const auto& input : inputs) {
      left_over.insert(left_over.end(), input.begin() + static_cast<std::ptrdiff_t>(pairs), input.end());
    }
    CHECK(seen.outputs.at(0) == expected);
    if (seen.outputs.size() > 1) CHECK(sorted(seen.outputs[1]) == sorted(left_over));
  }
}

TEST_CASE("union gives every record once, those of each input in their order") {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const Inputs inputs = numbered(2 + random() % 3, random);
    const Seen seen = outputs_of("union", inputs, random);
    Inputs parted(inputs.size());
    for (const std::string& text : seen.outputs.at(0))
      parted.at(static_cast<std::size_t>(text[1] - '0')).push_back(text);
    CHECK(parted == inputs);
  }
}

TEST_CASE("zip_latest gives every record of the main input once, in its order") {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    Inputs inputs = numbered(3, random);
    for (auto& input : inputs) input.push_back("\"" + std::string(1, input.empty() ? 'x' : input[0][1]) + ".z\"");
    const Seen seen = outputs_of("zip_latest", inputs, random);
    std::vector<std::string> main;
    for (const std::string& text : seen.outputs.at(0)) main.push_back(text.substr(1, text.find(',') - 1));
    CHECK(main == inputs[0]);
  }
}

TEST_CASE("join gives each pair of equal keys and near times once, and each record without a partner once") {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const int late = seed % 2 == 0 ? 0 : 5, within = 1 + static_cast<int>(random() % 9);
    const std::vector<Event> left = events(random, late), right = events(random, late);
    std::vector<std::string> pairs, left_only, right_only = texts(right);
    for (const Event& l : left) {
      bool alone = true;
      for (const Event& r : right) {
        if (l.key != r.key || std::abs(l.time - r.time) > within) continue;
        pairs.push_back("[" + l.text() + "," + r.text() + "]");
        alone = false;
        right_only.erase(std::remove(right_only.begin(), right_only.end(), r.text()), right_only.end());
      }
      if (alone) left_only.push_back(l.text());
    }
    const std::string chain = "join name=j on=.k time=.t within=" + std::to_string(within) + "s" +
                              (late == 0 ? "" : " late=" + std::to_string(late) + "s") +
                              " ! map . ; j.left_only ! map . ; j.right_only ! map .";
    const Seen seen = outputs_of(chain, {texts(left), texts(right)}, random);
    REQUIRE(seen.outputs.size() == 3);
    CHECK(sorted(seen.outputs[0]) == sorted(pairs));
    CHECK(sorted(seen.outputs[1]) == sorted(left_only));
    CHECK(sorted(seen.outputs[2]) == sorted(right_only));
  }
}
