// SPDX-License-Identifier: Apache-2.0
// Bytes to records and back, for stages that read and write. Include <streamz/plugin.h>, not this.
#pragma once

#include "stage.h"

namespace streamz {

// Bytes to records, the door: splits, validates and emits, and knows line and byte of each record.
// Give it what read(2) gives; formats: jsonl json csv tsv text, and "csv header=false". Belongs to the stage that made
// it; what a stage with inputs emits through it comes from none of them.
class LineReader {
 public:
  // `name` is what errors call the input ("app.jsonl").
  void open(Node* source, std::string_view name, std::string_view format) {
    lines_.reset(detail::host->lines_open(source, name, format));
  }
  // A bad line is an Error thrown by commit(), not a failed record.
  void strict() { detail::host->lines_strict(lines_.get(), nullptr, nullptr); }
  // ... and the records go to take(context, x), which says whether it wants more, and are not emitted.
  void strict(bool (*take)(void* context, const Record& x), void* context) {
    detail::host->lines_strict(lines_.get(), take, context);
  }
  std::span<char> space() { return detail::host->lines_space(lines_.get()); }  // at least 64 KiB, for the next read
  // `size` bytes were put into space(): emits the whole records in them. False: nobody reads any more.
  bool commit(std::size_t size) { return detail::host->lines_commit(lines_.get(), size); }
  bool finish() { return detail::host->lines_finish(lines_.get()); }  // end of input: the last line needs no newline

  // Where a later reader has to begin: at the record that is being emitted, or behind the last one.
  InputPosition position() const { return detail::host->lines_position(lines_.get()); }
  // Behind open(): begins at `from`. What is put into space() stands there, or (from_start) still begins where the
  // input does: then records before `from` are passed over.
  void resume(InputPosition from, bool from_start) { detail::host->lines_resume(lines_.get(), from, from_start); }

 private:
  struct Close {
    void operator()(detail::Lines* lines) const { detail::host->lines_close(lines); }
  };
  std::unique_ptr<detail::Lines, Close> lines_;
};

// Compressed bytes to plain ones, before a LineReader: gzip and zstd, several one after the other.
class Decoder {
 public:
  // Whether the input is compressed, by its first bytes: 4, or all there are.
  bool open(std::string_view first_bytes) {
    decoding_.reset(detail::host->decoder_open(first_bytes));
    return decoding_ != nullptr;
  }
  explicit operator bool() const { return decoding_ != nullptr; }
  // Takes from the front of `in` what it has use for and returns how many plain bytes it wrote to `out`.
  // To be called again while that fills `out`; if it does not, all of `in` was taken. Throws Error when
  // the data is corrupt.
  std::size_t decode(std::string_view& in, std::span<char> out) {
    return detail::host->decoder_decode(decoding_.get(), in, out);
  }
  void finish() { detail::host->decoder_finish(decoding_.get()); }  // end of input; throws Error if it came too early

 private:
  struct Close {
    void operator()(detail::Decoding* decoding) const { detail::host->decoder_close(decoding); }
  };
  std::unique_ptr<detail::Decoding, Close> decoding_;
};

// Records to bytes, for a stage that has its own way to send them. Formats as LineWriter has them.
class LineFormatter {
 public:
  void open(std::string_view format) { formatter_.reset(detail::host->formatter_open(format)); }
  // Throws Error when the format cannot hold the record, with a code that makes it a fault of the record.
  void append(const Record& x, std::string& bytes) { detail::host->formatter_append(formatter_.get(), x, bytes); }

 private:
  struct Close {
    void operator()(detail::Formatter* formatter) const { detail::host->formatter_close(formatter); }
  };
  std::unique_ptr<detail::Formatter, Close> formatter_;
};

// Records to bytes: buffers up to 64 KiB, keeps the tokens until the bytes are written. Throws Error
// when writing fails, with the reason; when the reader of a pipe is gone it ends the stage quietly.
class LineWriter {
 public:
  // Does not own `fd`. Formats: jsonl json csv tsv text; behind it, parted by blanks, `header=false`; `append`:
  // the columns are those that a table in `fd` has already; `gzip` or `zstd`: compressed.
  void open(Node* stage, int fd, std::string_view name, std::string_view format) {
    writer_.reset(detail::host->writer_open(stage, fd, name, format));
  }
  // The same for a descriptor that need not be open all the time: `descriptor` is asked for it whenever bytes leave the
  // buffer. What it cannot open is a fault of writing, with errno as the reason.
  void open(Node* stage, const detail::Descriptor& descriptor, std::string_view name, std::string_view format) {
    writer_.reset(detail::host->writer_open_by(stage, descriptor, name, format));
  }
  void write(const Record& x) { detail::host->writer_write(writer_.get(), x); }
  void flush() {
    if (writer_) detail::host->writer_flush(writer_.get());
  }
  // The same, and a compressed stream ends here: what was written so far can be read alone.
  void sync() { detail::host->writer_sync(writer_.get()); }
  // The end: also what a compressed file has there. Done by the destructor too, which cannot report a fault.
  void finish() {
    if (writer_) detail::host->writer_finish(writer_.get());
  }

 private:
  struct Close {
    void operator()(detail::Writer* writer) const { detail::host->writer_close(writer); }
  };
  std::unique_ptr<detail::Writer, Close> writer_;
};

// Throws Error, with what is wrong and where, unless `json_text` is one JSON value.
inline void check_json(std::string_view json_text) { detail::host->check_json(json_text); }

// RFC 4648, with padding, without quotes.
inline std::string base64(std::string_view bytes) { return detail::host->base64(bytes); }

// The descriptor of the data stream: where standard output really goes. Descriptor 1 itself leads to
// standard error as soon as a plugin is loaded, so that stray output harms nothing.
inline int out() { return detail::host->out(); }

}  // namespace streamz
