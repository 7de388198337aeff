// SPDX-License-Identifier: Apache-2.0
// The door: bytes ↔ records, the only code between a descriptor and a stage. Goes in: what read(2)
// gave. Goes out: one record for each line (jsonl), value (json), row (csv, tsv) or line as a string (text),
// validated once, with its place; and the other way round, records as lines, 64 KiB at a time. Behind
// streamz::LineReader, LineFormatter and LineWriter.
// Tested by tests/lines_test.cpp.
#pragma once

#include <memory>
#include <string>

#include "acks.h"
#include "expr/parsed.h"
#include "node.h"

namespace streamz {

enum class Format { jsonl, json, csv, tsv, text };
struct FormatOptions {
  Format format = Format::jsonl;
  bool header = true;       // of csv and tsv
  bool append = false;      // writers of csv and tsv: the file has its columns already
  std::string compression;  // writers: "gzip", "zstd"
};
// "jsonl", "csv header=false", "csv append gzip". Throws Error on any other.
FormatOptions parse_format(std::string_view text);

// Whether `text` is one JSON value; if not, what is wrong and at which byte.
struct Fault {
  std::string what;
  std::size_t offset = 0;
};
// A quick opinion first, by simdjson's index; what it refuses gets a second, exact one, which says what is
// wrong. The expressions behind the door find the index again by the block's serial number. 64 bytes behind
// text are readable.
std::optional<Fault> check_json(std::string_view text, std::uint64_t serial);

// Line breaks between the parts of a valid value become blanks: a record is one line wherever it goes.
void make_one_line(std::span<char> json_text);

// The functions behind detail::Host::lines_* and writer_*.
detail::Lines* lines_open(Node* node, std::string_view name, std::string_view format);
void lines_strict(detail::Lines* lines, detail::Take take, void* context);
std::span<char> lines_space(detail::Lines* lines);
bool lines_commit(detail::Lines* lines, std::size_t size);
bool lines_finish(detail::Lines* lines);
void lines_close(detail::Lines* lines);
// Reads what a source has passed on in one piece. `lists`: its records are not emitted, but listed in its block; gives
// how many there are.
std::size_t lines_unpack(detail::Lines* lines, const Record& pack, bool lists);
InputPosition lines_position(const detail::Lines* lines);
void lines_resume(detail::Lines* lines, InputPosition from, bool from_start);

// `written` bytes were just written behind the end of a file, and all but `whole` shall go again: so a write that
// failed half-way leaves no piece of a line. Returns how many stay, which are all in what is no file, or where
// somebody else has written since.
std::size_t cut_back(int fd, std::size_t written, std::size_t whole);

detail::Formatter* formatter_open(std::string_view format);
void formatter_append(detail::Formatter* formatter, const Record& x, std::string& out);
void formatter_close(detail::Formatter* formatter);

detail::Writer* writer_open(Node* node, int fd, std::string_view name, std::string_view format);
void writer_write(detail::Writer* writer, const Record& x);
void writer_flush(detail::Writer* writer);
void writer_finish(detail::Writer* writer);
void writer_sync(detail::Writer* writer);
detail::Writer* writer_open_by(Node* node, const detail::Descriptor& descriptor, std::string_view name,
                               std::string_view format);
void writer_close(detail::Writer* writer);

}  // namespace streamz
