// SPDX-License-Identifier: Apache-2.0
// Lines that are looked at elsewhere: a source passes them on in packs (packs.h), and who gets those reads them like a
// source. Tested by tests/e2e/jobs.sh.
#include <algorithm>
#include <cstring>
#include <utility>

#include "line_reader.h"
#include "running.h"

namespace streamz {

namespace {

// In strides of a width that compilers turn into vector instructions: a byte counts for itself up to 255 times.
std::uint32_t count_newlines(std::string_view text) {
  constexpr std::size_t kStride = 64;
  std::uint32_t found = 0;
  while (text.size() >= kStride) {
    std::uint8_t counts[kStride] = {};
    for (int strides = 0; strides < 255 && text.size() >= kStride; ++strides, text.remove_prefix(kStride)) {
      for (std::size_t i = 0; i < kStride; ++i) counts[i] = static_cast<std::uint8_t>(counts[i] + (text[i] == '\n'));
    }
    for (const std::uint8_t count : counts) found += count;
  }
  return found + static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

// One pack of what is there; of a block there is never another one. What is too long goes on as it is too, as far as
// it shows that: whoever takes it apart says so.
bool detail::Lines::packs_in(bool last) {
  const char* const text = block->text();
  const auto behind = [&](const void* newline) {
    return static_cast<std::size_t>(static_cast<const char*>(newline) - text) + 1;
  };
  if (too_long) {
    const void* const newline = std::memchr(text + begin, '\n', end - begin);
    begin = scanned = newline == nullptr ? end : behind(newline);
    too_long = newline == nullptr;
    line += too_long ? 0 : 1;
  }
  if (begin == end) return open;
  const void* const newline = last ? nullptr : memrchr(text + scanned, '\n', end - scanned);
  if (newline != nullptr) return give_pack(behind(newline));
  scanned = end;
  too_long = end - begin > max_line;
  return too_long || last ? give_pack(end) : open;
}

// [begin, to), which are whole lines, or one that has no end.
bool detail::Lines::give_pack(std::size_t to) {
  const char* const text = block->text();
  const std::uint32_t newlines = count_newlines(between(begin, to));
  block->lines = newlines + (text[to - 1] == '\n' ? 0 : 1);
  block->strings = format == Format::text;
  Record pack({}, block);
  pack.assign(between(begin, to), static_cast<std::uint32_t>(line - block->place.line));
  line += newlines;
  begin = scanned = to;
  return open = node->thread->emit_pack(*node, pack);
}

namespace {

bool list_record(void* context, const Record& x) {
  const auto& lines = *static_cast<const detail::Lines*>(context);
  const auto begin = static_cast<std::uint32_t>(x.raw().data() - lines.block->text());
  lines.block->packed.push_back({begin, static_cast<std::uint32_t>(x.raw().size()), lines.line, lines.byte + begin});
  return true;
}

}  // namespace

std::size_t lines_unpack(detail::Lines* lines, const Record& pack, bool lists) {
  auto* const block = static_cast<Block*>(pack.chunk());
  detail::retain(block);
  detail::release(std::exchange(lines->block, block));
  lines->name = block->place.input;
  lines->format = block->strings ? Format::text : Format::jsonl;
  lines->byte = block->place.byte;
  lines->line = block->place.line + pack.line();
  lines->begin = lines->scanned = static_cast<std::size_t>(pack.raw().data() - block->text());
  lines->end = lines->begin + pack.raw().size();
  lines->too_long = false;
  lines->backslash = nullptr;
  lines->open = true;
  lines->take = lists ? list_record : nullptr;
  lines->context = lines;
  block->lines = 0;  // from here on a record of it is one
  {
    Record record({}, block);
    if (lines->lines_in(record) && lines->begin != lines->end) lines->line_done(record, lines->end);
  }
  const std::size_t listed = block->packed.size();
  block->lines = static_cast<std::uint32_t>(listed);
  detail::release(std::exchange(lines->block, nullptr));
  return listed;
}

}  // namespace streamz
