// SPDX-License-Identifier: Apache-2.0
// The floor that scripts/bench compares with: reads lines, lets simdjson validate each, looks up a field
// in it, and does nothing else. No program that validates its input by simdjson's parse can be faster.
//   bench_limit FILE [KEY]...            the keys are those on the way to the field; none: validates only
//   bench_limit FILE --sum BY FIELD      counts records and adds up a field for each value of another
#include <fcntl.h>
#include <simdjson.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

constexpr std::size_t kRead = 256 << 10;  // as streamz reads
constexpr std::size_t kLongestLine = 1 << 20;

struct Counts {
  std::uint64_t lines = 0, found = 0, bad = 0;
};

void look_at(simdjson::dom::parser& parser, std::string_view line, int keys, char** key, Counts& counts) {
  ++counts.lines;
  simdjson::dom::element element;
  if (parser.parse(line.data(), line.size(), false).get(element) != simdjson::SUCCESS) {
    ++counts.bad;
    return;
  }
  if (keys == 0) return;
  for (int i = 0; i < keys; ++i) {
    if (element[std::string_view(key[i])].get(element) != simdjson::SUCCESS) return;
  }
  double number = 0;
  std::string_view text;
  const bool read = element.get(number) == simdjson::SUCCESS || element.get(text) == simdjson::SUCCESS;
  counts.found += read ? 1 : 0;
}

struct Group {
  std::uint64_t count = 0;
  std::int64_t sum = 0;
};
using Groups = std::unordered_map<std::string, Group>;

void add_up(simdjson::dom::parser& parser, std::string_view line, char** key, Counts& counts, Groups& groups) {
  static std::string text;
  ++counts.lines;
  simdjson::dom::element element, by, field;
  if (parser.parse(line.data(), line.size(), false).get(element) != simdjson::SUCCESS) {
    ++counts.bad;
    return;
  }
  std::int64_t number = 0;
  if (element[std::string_view(key[0])].get(by) != simdjson::SUCCESS) return;
  if (by.get(number) == simdjson::SUCCESS) {
    text = std::to_string(number);
  } else {
    std::string_view string;
    if (by.get(string) != simdjson::SUCCESS) return;
    text = string;
  }
  Group& group = groups[text];
  ++group.count;
  if (element[std::string_view(key[1])].get(number) == simdjson::SUCCESS) group.sum += number;
}

}  // namespace

int main(int argc, char** argv) {
  const int fd = argc < 2 ? -1 : open(argv[1], O_RDONLY);
  if (fd < 0) {
    std::fprintf(stderr, "usage: bench_limit FILE [KEY]...\n");
    return 2;
  }
  const auto buffer = std::make_unique<char[]>(kLongestLine + kRead + simdjson::SIMDJSON_PADDING);
  simdjson::dom::parser parser;
  if (parser.allocate(kLongestLine) != simdjson::SUCCESS) return 1;
  Counts counts;
  Groups groups;
  const bool sums = argc == 5 && std::string_view(argv[2]) == "--sum";
  std::size_t end = 0;
  while (true) {
    const ssize_t size = read(fd, buffer.get() + end, kRead);
    if (size <= 0) break;
    const char* line = buffer.get();
    const char* scanned = line + end;
    const char* const stop = scanned + size;
    while (const void* found = std::memchr(scanned, '\n', static_cast<std::size_t>(stop - scanned))) {
      const char* const newline = static_cast<const char*>(found);
      const std::string_view text(line, static_cast<std::size_t>(newline - line));
      sums ? add_up(parser, text, argv + 3, counts, groups) : look_at(parser, text, argc - 2, argv + 2, counts);
      line = scanned = newline + 1;
    }
    end = static_cast<std::size_t>(stop - line);
    std::memmove(buffer.get(), line, end);
    if (end > kLongestLine) return 1;
  }
  for (const auto& [by, group] : groups) std::printf("%s %lu %ld\n", by.c_str(), group.count, group.sum);
  std::printf("%lu lines, %lu with the field, %lu bad\n", counts.lines, counts.found, counts.bad);
  return end == 0 ? 0 : 1;
}
