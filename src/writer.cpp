// SPDX-License-Identifier: Apache-2.0
// The way out of the door: records to lines on a descriptor. See lines.h.
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "codecs.h"
#include "data_stdout.h"
#include "files/pipe.h"
#include "lines.h"
#include "loader.h"
#include "packs.h"
#include "rows.h"
#include "running.h"
#include "streamz/text.h"

namespace streamz {

namespace {

constexpr std::size_t kBuffer = 64 << 10;

}  // namespace

struct detail::Formatter {
  bool text = false;
  std::unique_ptr<RowWriter> rows;  // of csv and tsv

  explicit Formatter(const FormatOptions& options, std::vector<std::string> columns = {})
      : text(options.format == Format::text) {
    const bool csv = options.format == Format::csv;
    if (!csv && options.format != Format::tsv) return;
    rows = std::make_unique<RowWriter>(csv ? Table::csv : Table::tsv, options.header, std::move(columns));
  }

  void append(const Record& x, std::string& out) {
    const std::string_view value = text ? text::trimmed(x.raw()) : x.raw();
    if (text && value.starts_with('"')) {
      out += text::decoded(value);
    } else if (!rows) {
      out += value;
    } else {
      const std::size_t before = out.size();
      try {
        return rows->append(text::trimmed(value), out);
      } catch (const Error& error) {
        out.resize(before);
        throw Error(error.what(), error.hint, kRecordError);
      }
    }
    out += '\n';
  }
};

struct detail::Writer {
  Node* node;
  int fd;  // -1: asked for
  Descriptor asked;
  std::string name;
  Formatter formatter;
  std::string compression;  // "": plain
  std::unique_ptr<Compressor> compressor;
  bool untouched = true;  // the compressed stream has not begun
  bool is_pipe = false;   // of the usual size
  std::string buffer;
  std::string compressed;
  Acks acks;  // of what is in the buffer

  int descriptor() const { return asked.get == nullptr ? fd : asked.get(asked.context); }
};

namespace {

// The reader of a pipe is gone: this branch ends, quietly.
void hung_up(detail::Writer& writer) {
  writer.buffer.clear();
  writer.acks.release();
  writer.node->broken_pipe = true;
  writer.node->thread->done(*writer.node);
}

}  // namespace

namespace {

// The columns of the table that stands in a file.
std::vector<std::string> columns_in(int fd, const std::string& name, Table table) {
  constexpr std::size_t kLongestHeader = 1 << 20;
  std::string text(kLongestHeader, '\0');
  const ssize_t size = pread(fd, text.data(), text.size(), 0);
  if (size < 0) throw Error(fmt::format("cannot read the header of {}: {}", name, std::strerror(errno)));
  text.resize(static_cast<std::size_t>(size));
  if (text.empty()) return {};
  std::optional<std::vector<std::string>> columns = RowReader::first_row(table, text);
  if (!columns) throw Error(fmt::format("cannot append to {}: its first row is not whole", name));
  return *std::move(columns);
}

bool is_empty(int fd) {
  struct stat status {};
  return fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0;
}

enum class Written { all, no_reader, failed };

// As much of `bytes` as can be; what was is taken off.
Written write_some(const detail::Writer& writer, std::string_view& bytes) {
  const std::string_view before = bytes;
  const int fd = bytes.empty() ? -1 : writer.descriptor();
  while (!bytes.empty()) {
    if (fd < 0) return Written::failed;
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      return Written::no_reader;
    } else if (errno == EAGAIN) {
      pollfd ready{fd, POLLOUT, 0};
      poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      const int reason = errno;
      const std::string_view done = before.substr(0, before.size() - bytes.size());
      const std::size_t whole = writer.compressor ? 0 : done.rfind('\n') + 1;  // npos + 1 is 0
      bytes = before.substr(cut_back(fd, done.size(), whole));
      errno = reason;
      return Written::failed;
    }
  }
  return Written::all;
}

// All of `bytes`; false: the reader of a pipe is gone.
bool write_all(detail::Writer& writer, std::string_view bytes) {
  if (writer.is_pipe && bytes.size() >= kBuffer) {
    widen_pipe(writer.fd);
    writer.is_pipe = false;
  }
  Strand& strand = *writer.node->thread;
  for (unsigned attempt = 0;; ++attempt) {
    const Written written = write_some(writer, bytes);
    if (written != Written::failed) return written == Written::all;
    const std::string reason = std::strerror(errno);
    if (attempt < strand.policy_of(*writer.node).retries && strand.rest(attempt)) continue;
    writer.acks.fail(reason);
    writer.buffer.clear();
    throw Error(fmt::format("cannot write to {}: {}", writer.name, reason), {}, kWriteError);
  }
}

void write_buffer(detail::Writer& writer, bool last) {
  std::string_view bytes = writer.buffer;
  if (writer.compressor && (!bytes.empty() || last)) {
    writer.compressed.clear();
    writer.compressor->compress(bytes, last, writer.compressed);
    writer.untouched = false;
    bytes = writer.compressed;
  }
  if (!write_all(writer, bytes)) return hung_up(writer);
  writer.buffer.clear();
  writer.acks.release();
}

}  // namespace

std::size_t cut_back(int fd, std::size_t written, std::size_t whole) {
  struct stat status {};
  if (whole == written || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return written;
  if (lseek(fd, 0, SEEK_CUR) != status.st_size) return written;
  const off_t end = status.st_size - static_cast<off_t>(written - whole);
  return ftruncate(fd, end) == 0 && lseek(fd, end, SEEK_SET) == end ? whole : written;
}

detail::Formatter* formatter_open(std::string_view format) { return new detail::Formatter(parse_format(format)); }
void formatter_append(detail::Formatter* formatter, const Record& x, std::string& out) { formatter->append(x, out); }
void formatter_close(detail::Formatter* formatter) { delete formatter; }

detail::Writer* writer_open(Node* node, int fd, std::string_view name, std::string_view format) {
  const FormatOptions options = parse_format(format);
  std::vector<std::string> columns;
  if (options.append && options.header) {
    columns = columns_in(fd, std::string(name), options.format == Format::csv ? Table::csv : Table::tsv);
  }
  detail::Formatter formatter(options, std::move(columns));
  auto* const writer = new detail::Writer{
      node, fd, {}, std::string(name), std::move(formatter), options.compression, {}, true, false, {}, {}, {}};
  if (!options.compression.empty()) writer->compressor = make_compressor(options.compression);
  writer->buffer.reserve(kBuffer + 4096);
  node->takes_packs = node->spec != nullptr && node->spec->writes_lines && !writer->formatter.rows;
  struct stat status {};
  if (fstat(fd, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode))) {
    writer->is_pipe = S_ISFIFO(status.st_mode);
    node->thread->watch_hang_up(*node, fd, [writer] { hung_up(*writer); });
  }
  return writer;
}

// Its buffer grows with what is in it: there may be thousands of them.
detail::Writer* writer_open_by(Node* node, const detail::Descriptor& descriptor, std::string_view name,
                               std::string_view format) {
  const FormatOptions options = parse_format(format);
  std::vector<std::string> columns;
  if (options.append && options.header) {
    columns = columns_in(descriptor.get(descriptor.context), std::string(name),
                         options.format == Format::csv ? Table::csv : Table::tsv);
  }
  detail::Formatter formatter(options, std::move(columns));
  auto* const writer = new detail::Writer{
      node, -1, descriptor, std::string(name), std::move(formatter), options.compression, {}, true, false, {}, {}, {}};
  if (!options.compression.empty()) writer->compressor = make_compressor(options.compression);
  return writer;
}

void writer_flush(detail::Writer* writer) { write_buffer(*writer, false); }

// What was written so far is a compressed stream of its own; several one after the other are one file.
void writer_sync(detail::Writer* writer) {
  if (writer->node->broken_pipe) return;
  const bool ends = writer->compressor && !(writer->untouched && writer->buffer.empty());
  write_buffer(*writer, ends);
  if (!ends) return;
  writer->compressor = make_compressor(writer->compression);
  writer->untouched = true;
}

// A compressed stream that nothing went into is left away behind what the file holds already.
void writer_finish(detail::Writer* writer) {
  const bool ends =
      writer->compressor && !(writer->untouched && writer->buffer.empty() && !is_empty(writer->descriptor()));
  if (!writer->node->broken_pipe) write_buffer(*writer, ends);
  writer->compressor.reset();
}

namespace {

// Where the lines of a pack are what is written, they go as they are.
void write_pack(detail::Writer& writer, const Record& pack) {
  std::string_view rest = pack.raw();
  writer.acks.add(pack);
  if (writer.fd == data_stdout()) {
    const std::string_view last = rest.substr(0, rest.size() - 1);
    writer.node->run->note_output(text::trimmed(last.substr(last.rfind('\n') + 1)));  // npos + 1 is 0
  }
  const bool as_it_is = !writer.formatter.text && !writer.compressor;
  if (as_it_is) {
    if (!writer.buffer.empty()) write_buffer(writer, false);
    writer.node->bytes_out += rest.size();
    if (writer.node->broken_pipe) return;
    if (!write_all(writer, rest)) return hung_up(writer);
    return writer.acks.release();
  }
  Record line({}, pack.chunk());
  for (; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
    line.assign(rest.substr(0, rest.find('\n')), 0);
    const std::size_t before = writer.buffer.size();
    writer.formatter.append(line, writer.buffer);
    writer.node->bytes_out += writer.buffer.size() - before;
  }
  if (writer.buffer.size() >= kBuffer) write_buffer(writer, false);
}

}  // namespace

void writer_write(detail::Writer* writer, const Record& x) {
  if (writer->node->broken_pipe) return;
  if (lines_in(x) > 0) return write_pack(*writer, x);
  const std::size_t before = writer->buffer.size();
  writer->formatter.append(x, writer->buffer);
  writer->acks.add(x);
  if (writer->fd == data_stdout()) writer->node->run->note_output(text::trimmed(x.raw()));
  writer->node->bytes_out += writer->buffer.size() - before;
  if (writer->buffer.size() >= kBuffer) writer_flush(writer);
}

// The run may be over: nothing but the writer itself can be asked.
void writer_close(detail::Writer* writer) {
  try {
    if (writer->compressor && !writer->untouched) {
      writer->compressed.clear();
      writer->compressor->compress({}, true, writer->compressed);
      std::string_view rest = writer->compressed;
      write_some(*writer, rest);
    }
  } catch (const Error&) {  // the run has failed before; this was only to end the stream
  }
  delete writer;
}

}  // namespace streamz
