// SPDX-License-Identifier: Apache-2.0
// Random programs over random values through both engines: they must give the same, but for what
// known_difference() lists. STREAMZ_PAIRS: how many pairs (a thousand); STREAMZ_SEED: where to begin (1);
// STREAMZ_VALUES: how many values for each program (10).
#include <cstdlib>
#include <memory>
#include <optional>

#include "catch.h"
#include "expr/expr.h"
#include "expr/numbers.h"
#include "expr/parsed.h"
#include "expr/write.h"
#include "random_program.h"

using namespace streamz;

// libjq 1.6 leaks where some programs fail.
extern "C" const char* __lsan_default_suppressions() { return "leak:libjq.so"; }

namespace {

constexpr int kMostResults = 100;

struct Free {
  void operator()(detail::Program* program) const { detail::free_program(program); }
};
using Compiled = std::unique_ptr<detail::Program, Free>;

Compiled compiled(const std::string& program, std::string& refusal) {
  try {
    return Compiled(detail::compile(program));
  } catch (const Error& error) {
    refusal = error.what();
    return nullptr;
  }
}

// One form for all that is the same: numbers as doubles, strings without needless escapes.
void append_normal(std::string& out, expr::Value value) {
  value.settle();
  if (value.is_number()) return expr::append_number(out, value.as_double());
  if (value.is_array()) {
    out += '[';
    for (const expr::Value& item : value.items()) append_normal(out, item), out += ',';
    out += ']';
  } else if (value.is_object()) {
    out += '{';
    for (const expr::ObjectBody::Field& field : value.fields().fields) {
      append_normal(out, field.key);
      append_normal(out += ':', field.value);
      out += ',';
    }
    out += '}';
  } else {
    expr::append_tojson(out, value);
  }
}

struct Outcome {
  std::vector<std::string> results;
  bool stopped = false;
  std::optional<std::string> error;

  std::string shown() const {
    std::string text;
    for (const std::string& result : results) text += result + " ";
    return text + (error ? "! " + *error : stopped ? "..." : "");
  }
};

Outcome outcome(const Compiled& program, const std::string& input) {
  Outcome found;
  const auto add = [](void* context, JsonText text) {
    auto& outcome = *static_cast<Outcome*>(context);
    expr::Parse parse;
    parse.index(text.text);
    append_normal(outcome.results.emplace_back(), parse.document().root());
    return outcome.results.size() < kMostResults;
  };
  try {
    found.stopped = !detail::run(program.get(), Record(input, nullptr), add, &found);
  } catch (const Error& error) {
    found.error = error.what();
  }
  return found;
}

#include "known_differences.inc"

// Takes gigabytes or hours: a string times a number, for which 1.6 has no limit; a range to a large number; and
// quotes in quotes at each level of walk, which double their backslashes.
bool explodes(const std::string& program, const std::string& input) {
  if (uses(program, "walk(") && std::ranges::count(input, '[') + std::ranges::count(input, '{') > 9) return true;
  if (!uses(program, "*") && !uses(program, "range(")) return false;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < input.size(); ++i) {
    const bool digit = input[i] >= '0' && input[i] <= '9';
    if (digits > 0 && (input[i] == 'e' || input[i] == 'E')) return true;
    digits = digit ? digits + 1 : 0;
    if (digits > 4) return true;
  }
  return false;
}

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace

TEST_CASE("both engines give the same", "[differential]") {
  const std::uint64_t seed = number_from_environment("STREAMZ_SEED", 1);
  const std::uint64_t pairs = number_from_environment("STREAMZ_PAIRS", 1000);
  const std::uint64_t values = number_from_environment("STREAMZ_VALUES", 10);
  WARN("STREAMZ_SEED=" << seed << " STREAMZ_PAIRS=" << pairs);
  int different = 0;
  std::uint64_t compared = 0, known = 0;
  for (std::uint64_t n = 0; n < pairs / values && different < 20; ++n) {
    testing::RandomProgram random(seed + n);
    const std::string program = random.program();
    if (std::getenv("STREAMZ_SHOW") != nullptr) std::fprintf(stderr, "%s\n", program.c_str());
    std::string refusal;
    const Compiled native = compiled(program, refusal);
    const Compiled libjq = compiled(kMeaningsOfJq18 + program, refusal);
    INFO("STREAMZ_SEED=" << seed + n << ": " << program << ": " << refusal);
    const bool divides = refusal.find("Division by zero") != std::string::npos;  // libjq folds constants
    if (divides) continue;
    CHECK(native != nullptr);
    CHECK(libjq != nullptr);
    if (native == nullptr || libjq == nullptr) {
      ++different;
      continue;
    }
    REQUIRE(detail::engine(native.get()) == "native");
    for (std::uint64_t i = 0; i < values; ++i) {
      const std::string input = random.value();
      if (explodes(program, input)) continue;
      const Outcome ours = outcome(native, input);
      const Outcome theirs = outcome(libjq, input);
      const bool same = ours.results == theirs.results && ours.error.has_value() == theirs.error.has_value();
      ++compared;
      if (same) continue;
      if (known_difference(program, ours, theirs)) {
        ++known;
        continue;
      }
      ++different;
      INFO("input:  " << input << "\n  native: " << ours.shown() << "\n  libjq:  " << theirs.shown());
      CHECK(same);
      break;
    }
  }
  CHECK(different == 0);
  WARN(compared << " pairs compared, " << known << " of them known differences");
}
