// SPDX-License-Identifier: Apache-2.0
// The table of built-in stages: a new one is its file and one word here.
#include "../index.h"

// clang-format off
#define STREAMZ_BUILTIN_STAGES \
  STAGE(from_stdin) \
  STAGE(from_file) \
  STAGE(from_textfile) \
  STAGE(from_iterable) \
  STAGE(from_process) \
  STAGE(from_periodic) \
  STAGE(random) \
  STAGE(filenames) \
  STAGE(seq) \
  STAGE(map) \
  STAGE(filter) \
  STAGE(pluck) \
  STAGE(flatten) \
  STAGE(accumulate) \
  STAGE(slice) \
  STAGE(last) \
  STAGE(agg) \
  STAGE(rolling) \
  STAGE(ewm) \
  STAGE(cumulative) \
  STAGE(frequencies) \
  STAGE(top) \
  STAGE(sort) \
  STAGE(count) \
  STAGE(unique) \
  STAGE(partition) \
  STAGE(partition_unique) \
  STAGE(sliding_window) \
  STAGE(timed_window) \
  STAGE(timed_window_unique) \
  STAGE(rate_limit) \
  STAGE(delay) \
  STAGE(buffer) \
  STAGE(latest) \
  STAGE(collect) \
  STAGE(zip) \
  STAGE(union) \
  STAGE(combine_latest) \
  STAGE(zip_latest) \
  STAGE(join) \
  STAGE(parse) \
  STAGE(lookup) \
  STAGE(exec) \
  STAGE(tee) \
  STAGE(to_stdout) \
  STAGE(to_file) \
  STAGE(sink_to_textfile) \
  STAGE(to_process) \
  STAGE(to_null)
// clang-format on

namespace streamz {

#define STAGE(NAME) extern const StageClass NAME##_stage;
STREAMZ_BUILTIN_STAGES
#undef STAGE

std::span<const Builtin> builtin_stages() {
#define STAGE(NAME) {#NAME, &NAME##_stage},
  static constexpr Builtin stages[] = {STREAMZ_BUILTIN_STAGES};
#undef STAGE
  return stages;
}

std::span<const SecondName> second_names() {
  static constexpr SecondName names[] = {
      {"remove", "filter", "negate", "true"},
      {"scan", "accumulate", nullptr, nullptr},
      {"starmap", "map", nullptr, nullptr},
      {"concat", "flatten", nullptr, nullptr},
      {"head", "slice", "start", "0"},
      {"cumsum", "cumulative", "function", "sum"},
      {"cumprod", "cumulative", "function", "prod"},
      {"cummin", "cumulative", "function", "min"},
      {"cummax", "cumulative", "function", "max"},
      {"to_textfile", "sink_to_textfile", nullptr, nullptr},
      {"sink_to_file", "sink_to_textfile", nullptr, nullptr},
  };
  return names;
}

}  // namespace streamz
