// SPDX-License-Identifier: Apache-2.0
// Numbers, the order of values, and what aggregates keep.
#include "nodes/folds.h"

#include <algorithm>
#include <random>

#include "catch.h"

using namespace streamz;

namespace {

std::string shown(Wide number) {
  std::string out;
  append_number(out, number);
  return out;
}
std::string shown(double number) {
  std::string out;
  append_number(out, number);
  return out;
}

Total total_of(std::initializer_list<const char*> numbers) {
  Total total;
  for (const char* number : numbers) total.add(read_number(number));
  return total;
}

// The definition, in one sort.
double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(place));
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (values[above] - values[below]) * (place - std::floor(place));
}

}  // namespace

TEST_CASE("numbers: integers of 64 bits are exact, what is no number is refused") {
  CHECK(read_number("9223372036854775807").whole == 9223372036854775807);
  CHECK(read_number("9223372036854775807").integer);
  CHECK_FALSE(read_number("9223372036854775808").integer);
  CHECK(read_number("9223372036854775808").real == 9223372036854775808.0);
  CHECK_FALSE(read_number("1.0").integer);
  CHECK(read_number("-1e2").real == -100);
  CHECK(read_number("1e-999").real == 0);
  CHECK_THROWS_WITH(read_number("1e999"), Catch::Contains("beyond all numbers"));
  CHECK_THROWS_WITH(read_number("\"1\""), "it is a string, not a number");
  CHECK_THROWS_WITH(read_number("null"), "it is null, not a number");
  CHECK(shown(0.1) == "0.1");
  CHECK(shown(std::nan("")) == "null");
  CHECK(shown(HUGE_VAL) == "1.7976931348623157e+308");
  CHECK(shown(-HUGE_VAL) == "-1.7976931348623157e+308");
}

TEST_CASE("sums of integers are exact while they fit, and come back when they fit again") {
  CHECK(shown(total_of({"9223372036854775807"}).whole) == "9223372036854775807");
  CHECK(shown(total_of({"9223372036854775807", "1"}).whole) == "9223372036854775808");
  CHECK(shown(total_of({"9223372036854775807", "1", "-2"}).whole) == "9223372036854775806");
  CHECK(total_of({"1e16", "1", "-1e16"}).value() == 1);
  CHECK(total_of({"0.1", "0.2", "0.3"}).value() == 0.6);
}

TEST_CASE("values are ordered as jq orders them") {
  const std::vector<std::string> in_order = {"null",
                                             "false",
                                             "true",
                                             "-1e400",
                                             "-5",
                                             "-0.5",
                                             "0",
                                             "0.5",
                                             "1",
                                             "9007199254740992",
                                             "9007199254740993",
                                             "1e400",
                                             R"("")",
                                             R"("a")",
                                             R"("a b")",
                                             R"("b")",
                                             R"("\u00e4")",
                                             R"("\ud83d\ude00")",
                                             "[]",
                                             "[null]",
                                             "[0]",
                                             "[0,0]",
                                             "[1]",
                                             "[[]]",
                                             "{}",
                                             R"({"a":1})",
                                             R"({"a":2})",
                                             R"({"a":0,"b":0})",
                                             R"({"b":0})"};
  for (std::size_t i = 0; i < in_order.size(); ++i) {
    for (std::size_t j = 0; j < in_order.size(); ++j) {
      INFO(in_order[i] << " and " << in_order[j]);
      const int order = compare_json(in_order[i], in_order[j]);
      CHECK((order > 0) - (order < 0) == (i > j) - (i < j));
    }
  }
  CHECK(compare_json("1", "1.0") == 0);
  CHECK(compare_json("1e400", "2e400") == 0);
  CHECK(compare_json("1e-400", "0") == 0);
  CHECK(compare_json(R"("\u0061")", R"("a")") == 0);
  CHECK(compare_json(R"({"a":1,"b":2})", R"({ "b" : 2.0, "a" : 1 })") == 0);
  CHECK(compare_json("[ 1, 2 ]", "[1,2]") == 0);
}

TEST_CASE("folds merged are the fold of all") {
  const unsigned seed = 11;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  std::normal_distribution<double> any(1000, 3);
  for (int round = 0; round < 200; ++round) {
    std::vector<Number> numbers(1 + random() % 50);
    for (Number& number : numbers) number.real = any(random);
    const std::size_t cut = random() % (numbers.size() + 1);
    Spread left, right;
    Total total_left, total_right;
    double sum = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      (i < cut ? left : right).add(numbers[i]);
      (i < cut ? total_left : total_right).add(numbers[i]);
      sum += numbers[i].real;
    }
    left.merge(right);
    total_left.merge(total_right);
    const double mean = sum / static_cast<double>(numbers.size());
    double squares = 0;
    for (const Number& number : numbers) squares += (number.real - mean) * (number.real - mean);
    CHECK(left.count == static_cast<std::int64_t>(numbers.size()));
    CHECK(left.squares == Approx(squares).epsilon(1e-9).margin(1e-9));
    CHECK(left.mean == Approx(mean).epsilon(1e-12));
    CHECK(total_left.value() == Approx(sum).epsilon(1e-14));
  }
}

TEST_CASE("quantiles are those of the values that are there") {
  const unsigned seed = 12;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  Quantiles quantiles;
  CHECK(std::isnan(quantiles.at(0.5)));
  std::vector<double> values;  // in the order of coming
  for (int round = 0; round < 6000; ++round) {
    // Grows to some 2000 values, and then shrinks to none; many of them equal.
    const bool grows = values.empty() || random() % 3 > (round < 4000 ? 0U : 1U);
    if (grows) {
      values.push_back(static_cast<double>(random() % 700));
      quantiles.add(values.back());
    } else {
      quantiles.remove(values.front());
      values.erase(values.begin());
    }
    REQUIRE(quantiles.size() == values.size());
    if (values.empty() || random() % 40 > 0) continue;
    for (const double share : {0.0, 0.25, 0.5, 0.99, 1.0}) {
      CHECK(quantiles.at(share) == Approx(quantile(values, share)).epsilon(1e-12).margin(1e-12));
    }
  }
}

TEST_CASE("what is saved comes back") {
  std::string saved;
  const Total total = total_of({"-9223372036854775807", "-9223372036854775807", "0.1", "3"});
  total.save(saved);
  Total again;
  again.restore(saved);
  CHECK(shown(again.whole) == shown(total.whole));
  CHECK(again.value() == total.value());
  CHECK(again.count == 4);
  saved.clear();
  Distinct distinct;
  for (const char* value : {"1", "\"1\"", "[1,2]", "1"}) distinct.add(value);
  distinct.save(saved);
  Distinct other;
  other.restore(saved);
  other.remove("1");
  CHECK(other.size() == 3);
  other.remove("1");
  CHECK(other.size() == 2);
}
