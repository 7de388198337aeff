// SPDX-License-Identifier: Apache-2.0
// Brings in made-up measurements at regular times. Tested by tests/cases/random.test.
#include <cmath>
#include <random>

#include <fmt/format.h>

#include "../streamz/spec.h"
#include "seconds.h"

namespace streamz {

namespace {

struct RandomSource : Source {
  Duration freq = std::chrono::milliseconds(100);
  std::optional<long> seed;

  static void describe(Spec<RandomSource>& s) {
    s.summary("bring in made-up records at regular times");
    s.details(
        "Each has the time in seconds since 1970, x evenly between 0 and 1, y a count of 100 on average (Poisson), "
        "and z round 0 with a deviation of 1 (normal). Without end: `head N` takes some.");
    s.param("freq", &RandomSource::freq, "the time between two records");
    s.param("seed", &RandomSource::seed, "the same numbers for the same seed; not given: others each time");
    s.example("$NAME freq=1ms seed=1 ! head 2 ! map '[.x < 1, .y > 0, (.z | type)]'", "",
              "[true,true,\"number\"] [true,true,\"number\"]");
  }

  void run() override {
    std::mt19937_64 engine(seed ? static_cast<std::uint64_t>(*seed) : std::random_device{}());
    // Written out, so that a seed gives the same numbers with every library.
    const auto even = [&] { return static_cast<double>(engine() >> 11) * 0x1p-53; };
    Time due = now();
    do {
      const double x = even();
      const std::string record =
          fmt::format(R"({{"time":{},"x":{},"y":{},"z":{}}})", seconds_text(due), x, poisson(even), normal(even));
      if (!emit(JsonText{record})) return;
      due += freq * ((std::max(now(), due) - due) / freq + 1);
    } while (wait_until(due));
  }

 private:
  // Knuth's way: how many even numbers until their product is below e^-mean.
  template <class Even>
  static long poisson(Even even) {
    constexpr double kLimit = 3.7200759760208361e-44;  // e^-100
    long count = 0;
    for (double product = even(); product > kLimit; product *= even()) ++count;
    return count;
  }

  // Of Box and Muller, one of the pair.
  template <class Even>
  static double normal(Even even) {
    const double radius = std::sqrt(-2 * std::log(1 - even()));
    return radius * std::cos(2 * 3.14159265358979323846 * even());
  }
};

}  // namespace

extern constinit const StageClass random_stage = stage_class<RandomSource>("RandomSource");

}  // namespace streamz
