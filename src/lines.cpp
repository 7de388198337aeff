// SPDX-License-Identifier: Apache-2.0
#include "line_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "error.h"
#include "expr/parsed.h"
#include "host.h"
#include "running.h"
#include "streamz/text.h"
#include "validate.h"

namespace streamz {

namespace {

constexpr std::size_t kRead = 256 << 10;  // what one read is offered
constexpr std::size_t kPack = 512 << 10;  // ... where it goes on in one piece
constexpr std::size_t kLeastRoom = 64 << 10;
constexpr std::size_t kShown = 100;  // bytes of a line that is too long, where its end has not come: more than are told
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

// A pretty-printed value cut into lines begins with a bracket that its own line does not close.
bool looks_cut(std::string_view line) {
  const std::size_t last = line.find_last_not_of(" \t\r");
  return last != std::string_view::npos && std::string_view("{[,").find(line[last]) != std::string_view::npos;
}

}  // namespace

FormatOptions parse_format(std::string_view text) {
  static constexpr const char* names[] = {"jsonl", "json", "csv", "tsv", "text"};
  FormatOptions options;
  std::string_view rest = text;
  const auto take_word = [&] {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    return word;
  };
  const auto* const name = std::find(std::begin(names), std::end(names), take_word());
  bool known = name != std::end(names);
  options.format = static_cast<Format>(name - std::begin(names));
  while (known && !rest.empty()) {
    const std::string_view word = take_word();
    options.header = options.header && word != "header=false";
    options.append = options.append || word == "append";
    if (word == "gzip" || word == "zstd") options.compression = word;
    known = word == "header=false" || word == "append" || !options.compression.empty();
  }
  if (!known) throw Error(fmt::format("`{}` is no format: use {}", text, fmt::join(names, ", ")));
  return options;
}

void make_one_line(std::span<char> json_text) {
  for (const char c : {'\n', '\r'}) {
    char* at = json_text.data();
    char* const end = at + json_text.size();
    while ((at = static_cast<char*>(std::memchr(at, c, static_cast<std::size_t>(end - at)))) != nullptr) *at++ = ' ';
  }
}

namespace {

// The exact opinion.
std::optional<Fault> fault_in(std::string_view text) {
  if (auto fault = validate_json(text)) return Fault{std::string(fault->what), fault->offset};
  return std::nullopt;
}

}  // namespace

std::optional<Fault> check_json(std::string_view text, std::uint64_t serial) {
  if (expr::Lease::validate(text, serial)) return std::nullopt;
  return fault_in(text);
}

std::optional<Fault> detail::Lines::check(std::string_view text) {
  if (format != Format::jsonl) return check_json(text, block->serial);
  if (parse.validate(text, block->text() + end, block->serial, escapes_in(text))) return std::nullopt;
  return fault_in(text);
}

// A block with room for the next read. What was not emitted yet moves along; records that somebody kept
// stay in the old block.
void detail::Lines::take_block(std::size_t room) {
  const std::size_t rest = end - begin;
  if (block != nullptr && block->alone() && block->capacity >= rest + room) {
    std::memmove(block->text(), block->text() + begin, rest);
    block->renew();
  } else {
    const std::size_t capacity = std::max(packs ? kPack : kRead, rest * 2) + kLeastRoom;
    Block* const fresh = packs && !node->run->acknowledging() ? pool.take(capacity) : Block::make(capacity);
    if (block != nullptr) std::memcpy(fresh->text(), block->text() + begin, rest);
    detail::release(block);
    block = fresh;
  }
  byte += begin;
  scanned -= begin;
  begin = 0;
  end = rest;
  block->place = {name, line, byte};
}

std::span<char> lines_space(detail::Lines* lines) {
  const bool given = lines->packs && lines->begin > 0;
  if (lines->block == nullptr || lines->block->capacity - lines->end < kLeastRoom || lines->begin == lines->end ||
      given) {
    lines->take_block(kLeastRoom);
  }
  return {lines->block->text() + lines->end, lines->block->capacity - lines->end};
}

// What is emitted from the block belongs to the source's batch. A block whose records were kept goes
// with its own batch; a new one is taken.
void detail::Lines::attach_batch() {
  Tokens* const batch = node->is_source ? node->thread->batch_tokens() : nullptr;
  if (block->tokens == batch) return;
  if (!block->alone()) {
    Block* const fresh = Block::make(block->capacity);
    std::memcpy(fresh->text(), block->text(), end);
    fresh->place = block->place;
    detail::release(block);
    block = fresh;
  } else if (block->tokens != nullptr) {
    block->tokens->release();
  }
  block->tokens = batch == nullptr ? nullptr : batch->retain();
}

bool detail::Lines::bad(Record& record, std::string_view text, const std::string& what, std::size_t offset) {
  if (is_passed()) return open;
  const auto behind = static_cast<std::uint32_t>(line - block->place.line);
  record.assign(text, behind);
  Place place = place_of(record);
  place.byte += offset;
  if (strict) {
    const char* const kind = rows ? "no row" : "not JSON";
    const std::string_view from = name->starts_with("output of ") ? std::string_view("its output") : *name;
    throw Error(fmt::format("line {} of {} is {}: `{}`", line, from, kind, printable(text, 60)), what);
  }
  node->thread->input_failed(*node, text, what, place, offset + 1);
  return open = !node->thread->over() && !node->done.load(std::memory_order_relaxed);
}

// One search of all that was read, and not one of each line.
expr::Escapes detail::Lines::escapes_in(std::string_view text) {
  const char* const stop = block->text() + end;
  if (backslash == nullptr || backslash < text.data()) {
    const void* const found = std::memchr(text.data(), '\\', static_cast<std::size_t>(stop - text.data()));
    backslash = found == nullptr ? stop : static_cast<const char*>(found);
  }
  return backslash < text.data() + text.size() ? expr::Escapes::some : expr::Escapes::none;
}

bool detail::Lines::emit(Record& record, std::string_view text) {
  if (is_passed()) return open;
  const auto behind = static_cast<std::uint32_t>(line - block->place.line);
  if (format == Format::text) {
    if (!simdjson::validate_utf8(text.data(), text.size())) return bad(record, text, "the line is not UTF-8", 0);
    record.assign(text, behind);
    return emit_made(record, text::quoted(text));
  }
  if (const auto fault = check(text)) {
    std::string what = fault->what;
    if (format == Format::jsonl && looks_cut(text)) what += "; for values over several lines: format=json";
    return bad(record, text, what, fault->offset);
  }
  if (format == Format::json) make_one_line({block->text() + (text.data() - block->text()), text.size()});
  record.assign(text, behind);
  if (take != nullptr) return open = take(context, record);
  if (!node->is_source) return open = node->thread->emit(*node, record, 0);
  return open = node->thread->source_emit(*node, record, 0);
}

// A text that is not in the block but made of it; `record` says where it is from.
bool detail::Lines::emit_made(Record& record, std::string_view text) {
  if (take == nullptr) return open = emit_read_text(*node, text, place_of(record), 0);
  constexpr std::size_t kReadableBehind = 64;
  made.assign(text);
  made.resize(text.size() + kReadableBehind);
  return open = take(context, Record({made.data(), text.size()}, nullptr));
}

// A line of a table, with its newline; `last`: no line, but the end.
bool detail::Lines::row_line(Record& record, std::string_view text, bool last) {
  std::string made_row;
  if (!rows->begun()) row = {byte + begin, line};
  try {
    if (!(last ? rows->finish(made_row) : rows->take(text, made_row))) {
      if (rows->held() <= max_line) return open;
      throw Error(fmt::format("{}: a row is over {} bytes (--max-line)", *name, max_line), "is a quote not closed?",
                  "E0901");
    }
  } catch (const Error& error) {
    if (!error.code.empty()) throw Error(fmt::format("{}: {}", *name, error.what()), error.hint, error.code);
    return bad(record, text, error.what(), 0);
  }
  record.assign(text, static_cast<std::uint32_t>(line - block->place.line));
  if (is_passed()) return open;
  in_row = true;
  const bool wanted = emit_made(record, made_row);
  in_row = false;
  return wanted;
}

// The line [begin, to), its newline not included.
bool detail::Lines::line_done(Record& record, std::size_t to) {
  std::string_view text = between(begin, to);
  if (text.size() > max_line) {
    if (rows) rows->forget();
    return bad(record, text, fmt::format("the line is over {} bytes (--max-line)", max_line), 0);
  }
  if (rows) {
    const bool mark = byte + begin == 0 && text.starts_with(kByteOrderMark);
    return row_line(record, between(begin + (mark ? kByteOrderMark.size() : 0), std::min(to + 1, end)), false);
  }
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  if (byte + begin == 0 && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (format == Format::text) return emit(record, text);
  return is_blank(text) || emit(record, text);
}

bool detail::Lines::lines_in(Record& record) {
  while (open) {
    const void* const newline = std::memchr(block->text() + scanned, '\n', end - scanned);
    if (newline == nullptr) {
      scanned = end;
      check_length(record);
      return open;
    }
    const auto at = static_cast<std::size_t>(static_cast<const char*>(newline) - block->text());
    const bool skip = too_long;
    too_long = false;
    if (!skip) line_done(record, at);
    begin = scanned = at + 1;
    ++line;
  }
  return false;
}

// A line that outgrew the limit before its newline came: one error, then nothing of it is kept.
void detail::Lines::check_length(Record& record) {
  if (end - begin <= max_line) return;
  if (!too_long)
    bad(record, between(begin, std::min(begin + kShown, end)),
        fmt::format("the line is over {} bytes (--max-line)", max_line), 0);
  too_long = true;
  begin = end;
}

// format=json: the values in the buffer, however they are spread over lines. There is no way on behind
// one that is not closed, so a fault ends the input even where bad records are left out.
bool detail::Lines::values_in(Record& record, bool last) {
  while (open) {
    const ValueSplitter::Found found = values.next(between(begin, end), last);
    const std::size_t passed = std::min(found == ValueSplitter::Found::fault ? 0 : values.begin(), end - begin);
    line += static_cast<std::uint64_t>(std::count(block->text() + begin, block->text() + begin + passed, '\n'));
    begin += passed;
    values.dropped(passed);
    if (found == ValueSplitter::Found::value) {
      const std::string_view value = between(begin, begin + values.end());
      if (value.size() <= max_line) {
        emit(record, value);
        continue;
      }
      bad(record, value, fmt::format("the value is over {} bytes (--max-line)", max_line), 0);
      continue;
    }
    if (found == ValueSplitter::Found::more) {
      scanned = end;
      if (end - begin <= max_line) return open;
      throw Error(fmt::format("{}: a value is over {} bytes (--max-line)", *name, max_line));
    }
    const std::size_t at = values.fault().offset;
    bad(record, between(begin, end), values.fault().what, at);
    if (open) throw Error(fmt::format("{}: what follows byte {} cannot be read", *name, byte + begin + at));
  }
  return false;
}

bool lines_commit(detail::Lines* lines, std::size_t size) {
  lines->end += size;
  lines->backslash = nullptr;
  lines->attach_batch();
  if (lines->packs) return lines->packs_in(false);
  Record record({}, lines->block);
  return lines->format == Format::json ? lines->values_in(record, false) : lines->lines_in(record);
}

bool lines_finish(detail::Lines* lines) {
  if (lines->block == nullptr || !lines->open) return lines->open;
  lines->backslash = nullptr;
  lines->attach_batch();
  if (lines->packs) {
    lines_space(lines);  // a block of its own for the rest
    return lines->packs_in(true);
  }
  Record record({}, lines->block);
  if (lines->format == Format::json) return lines->values_in(record, true);
  if (!lines->lines_in(record)) return false;
  if (lines->begin != lines->end && !lines->too_long) lines->line_done(record, lines->end);
  lines->begin = lines->scanned = lines->end;
  if (lines->rows && lines->open && !lines->too_long) lines->row_line(record, {}, true);
  return lines->open;
}

detail::Lines* lines_open(Node* node, std::string_view name, std::string_view format) {
  auto lines = std::make_unique<detail::Lines>();
  lines->node = node;
  lines->name = intern(name);
  const FormatOptions options = parse_format(format);
  lines->format = options.format;
  if (options.format == Format::csv || options.format == Format::tsv) {
    lines->rows = std::make_unique<RowReader>(options.format == Format::csv ? Table::csv : Table::tsv, options.header);
  }
  lines->max_line = node->run->options().max_line;
  lines->packs = node->gives_packs && (lines->format == Format::jsonl || lines->format == Format::text);
  return lines.release();
}

void lines_strict(detail::Lines* lines, detail::Take take, void* context) {
  lines->strict = true;
  lines->packs = false;
  lines->take = take;
  lines->context = context;
}

void lines_close(detail::Lines* lines) { delete lines; }

InputPosition lines_position(const detail::Lines* lines) {
  const bool inside = lines->in_row || (lines->rows && lines->rows->begun());
  const InputPosition at = inside ? lines->row : InputPosition{lines->byte + lines->begin, lines->line};
  return at.byte < lines->passed.byte ? lines->passed : at;
}

void lines_resume(detail::Lines* lines, InputPosition from, bool from_start) {
  lines->passed = from;
  if (from_start) return;
  lines->byte = from.byte;
  lines->line = from.line;
}

}  // namespace streamz
