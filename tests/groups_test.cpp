// SPDX-License-Identifier: Apache-2.0
#include "nodes/groups.h"

#include <algorithm>
#include <random>

#include "harness.h"

using namespace streamz;

TEST_CASE("groups come and go as in a list of keys") {
  const unsigned seed = 13;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  install_host();
  list<Call> calls(1);
  calls.front().name = "n";
  calls.front().function = "count";
  Columns columns;
  columns.bind(calls, false);
  Groups groups(columns);
  std::vector<std::pair<std::string, std::uint32_t>> expected;  // in the order of coming
  for (int round = 0; round < 20000; ++round) {
    const std::string key = "key " + std::to_string(random() % 600);
    const auto known =
        std::find_if(expected.begin(), expected.end(), [&](const auto& one) { return one.first == key; });
    if (random() % 2 == 0) {
      ++groups.at(key).records;
      if (known == expected.end()) {
        expected.emplace_back(key, 1);
      } else {
        ++known->second;
      }
    } else if (known != expected.end()) {
      groups.erase(*groups.find(key));
      expected.erase(known);
    } else {
      CHECK(groups.find(key) == nullptr);
    }
    REQUIRE(groups.size() == expected.size());
    if (round % 500 > 0) continue;
    std::vector<std::pair<std::string, std::uint32_t>> found;
    groups.each([&](Groups::Group& group) {
      found.emplace_back(groups.key(group), group.records);
      return true;
    });
    REQUIRE(found == expected);
  }
}
