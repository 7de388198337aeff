// SPDX-License-Identifier: Apache-2.0
// What a reader of lines (lines.h) knows between two reads: lines.cpp makes records of it, line_packs.cpp packs.
#pragma once

#include <memory>
#include <string>

#include "lines.h"
#include "packs.h"
#include "rows.h"
#include "validate.h"

namespace streamz {

// A reader's state. [begin, end) of the block's text was read and not yet emitted; [begin, scanned) holds
// no newline.
struct detail::Lines {
  Node* node = nullptr;
  const std::string* name = nullptr;
  Format format = Format::jsonl;
  std::size_t max_line = 0;
  ValueSplitter values;
  std::unique_ptr<RowReader> rows;  // of csv and tsv
  std::string made;                 // the text of a record that is made here
  Block* block = nullptr;
  std::size_t begin = 0, end = 0, scanned = 0;
  expr::LineParse parse;            // of jsonl
  const char* backslash = nullptr;  // the next one in [begin, end), or the end; null: not looked for yet
  std::uint64_t byte = 0;           // of the block's first byte in the input
  std::uint64_t line = 1;           // of `begin`
  InputPosition row;                // of csv and tsv: where the row began, which may be over several lines
  bool in_row = false;              // it is being emitted
  InputPosition passed;             // what begins before it is passed over
  bool too_long = false;            // inside a line that is over the limit
  bool open = true;                 // somebody reads
  bool strict = false;              // a bad line is thrown
  bool packs = false;               // whole lines are passed on as they are
  BlockPool pool;                   // ... in these blocks
  Take take = nullptr;              // where records go instead of being emitted
  void* context = nullptr;

  ~Lines() { detail::release(block); }
  std::string_view between(std::size_t from, std::size_t to) const { return {block->text() + from, to - from}; }
  void take_block(std::size_t room);
  expr::Escapes escapes_in(std::string_view text);
  void attach_batch();
  std::optional<Fault> check(std::string_view text);
  bool emit(Record& record, std::string_view text);
  bool emit_made(Record& record, std::string_view text);
  bool line_done(Record& record, std::size_t to);
  bool row_line(Record& record, std::string_view text, bool last);
  bool is_passed() const { return (rows ? row.byte : byte + begin) < passed.byte; }
  bool lines_in(Record& record);
  bool values_in(Record& record, bool last);
  bool packs_in(bool last);
  bool give_pack(std::size_t to);
  bool bad(Record& record, std::string_view text, const std::string& what, std::size_t offset);
  void check_length(Record& record);
};

}  // namespace streamz
