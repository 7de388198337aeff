// SPDX-License-Identifier: Apache-2.0
// The way out of the door: records to lines on a descriptor. See lines.h.
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "lines.h"
#include "loader.h"
#include "running.h"
#include "streamz/text.h"

namespace streamz {

namespace {

constexpr std::size_t kBuffer = 64 << 10;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? text : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

struct detail::Writer {
  Node* node;
  int fd;
  std::string name;
  Format format;
  std::string buffer;
  Acks acks;  // of what is in the buffer
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

detail::Writer* writer_open(Node* node, int fd, std::string_view name, std::string_view format) {
  auto* const writer = new detail::Writer{node, fd, std::string(name), parse_format(format), {}, {}};
  writer->buffer.reserve(kBuffer + 4096);
  struct stat status {};
  if (fstat(fd, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode))) {
    node->thread->watch_hang_up(*node, fd, [writer] { hung_up(*writer); });
  }
  return writer;
}

void writer_flush(detail::Writer* writer) {
  std::string_view rest = writer->buffer;
  while (!rest.empty()) {
    const ssize_t written = write(writer->fd, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      hung_up(*writer);
      return;
    } else if (errno == EAGAIN) {
      pollfd ready{writer->fd, POLLOUT, 0};
      poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      const std::string reason = std::strerror(errno);
      writer->acks.fail(reason);
      writer->buffer.clear();
      throw Error(fmt::format("cannot write to {}: {}", writer->name, reason));
    }
  }
  writer->buffer.clear();
  writer->acks.release();
}

void writer_write(detail::Writer* writer, const Record& x) {
  if (writer->node->broken_pipe) return;
  const std::string_view text = writer->format == Format::text ? trimmed(x.raw()) : x.raw();
  if (writer->format == Format::text && text.starts_with('"')) {
    writer->buffer.append(text::decoded(text));
  } else {
    writer->buffer.append(text);
  }
  writer->buffer.push_back('\n');
  writer->acks.add(x);
  if (writer->fd == data_stdout()) writer->node->run->note_output(trimmed(x.raw()));
  writer->node->bytes_out += text.size() + 1;
  if (writer->buffer.size() >= kBuffer) writer_flush(writer);
}

void writer_close(detail::Writer* writer) { delete writer; }

}  // namespace streamz
