// SPDX-License-Identifier: Apache-2.0
#include "dead_letters.h"

#include <fcntl.h>
#include <simdjson.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "expr/operators.h"
#include "expr/utf8.h"
#include "lines.h"
#include "safe_file.h"
#include "streamz/text.h"

namespace streamz {

std::string to_json(const FailedRecord& failed) {
  std::string record, bytes;
  if (failed.is_json) {
    record = failed.text;
  } else if (simdjson::validate_utf8(failed.text.data(), failed.text.size())) {
    record = text::quoted(failed.text);
  } else {
    record = text::quoted(expr::valid_utf8(std::string(failed.text)));
    bytes = fmt::format(R"(,"base64":"{}")", expr::to_base64(failed.text));
  }
  const Place& place = failed.place;
  const std::string source = place.input == nullptr ? "null" : text::quoted(expr::valid_utf8(*place.input));
  const std::string line = place.line == 0 ? "null" : std::to_string(place.line);
  const std::string offset = place.input == nullptr ? "null" : std::to_string(place.byte);
  return fmt::format(R"({{"record":{}{},"stage":{},"error":{},"source":{},"line":{},"offset":{}}})", record, bytes,
                     text::quoted(failed.stage), text::quoted(expr::valid_utf8(failed.reason)), source, line, offset);
}

DeadLetters::DeadLetters(const std::string& name) : name_(name) {
  require_no_trap(name);
  fd_ = open(name.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd_ < 0) throw Error(fmt::format("--dead-letter {}: {}", name, std::strerror(errno)), "", "usage");
}

DeadLetters::~DeadLetters() { close(fd_); }

void DeadLetters::write(const FailedRecord& failed) {
  const std::string line = to_json(failed) + "\n";
  const std::lock_guard<std::mutex> lock(mutex_);
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written >= 0) rest.remove_prefix(static_cast<std::size_t>(written));
    if (written < 0 && errno != EINTR) {
      const int reason = errno;
      cut_back(fd_, line.size() - rest.size(), 0);
      throw Error(fmt::format("cannot write to {}: {}", name_, std::strerror(reason)));
    }
  }
}

std::int64_t DeadLetters::sync() {
  const std::lock_guard<std::mutex> lock(mutex_);
  struct stat status {};
  const bool synced = fdatasync(fd_) == 0 || errno == EINVAL || errno == EROFS;
  if (!synced || fstat(fd_, &status) != 0)
    throw Error(fmt::format("cannot write to {}: {}", name_, std::strerror(errno)));
  return S_ISREG(status.st_mode) ? status.st_size : -1;
}

void DeadLetters::cut(std::int64_t size) {
  struct stat status {};
  if (fstat(fd_, &status) != 0 || status.st_size < size) {
    throw Error(fmt::format("{} has {} bytes, and {} at the checkpoint: it is not the file that was written", name_,
                            status.st_size, size));
  }
  if (ftruncate(fd_, size) != 0) throw Error(fmt::format("cannot cut {} back: {}", name_, std::strerror(errno)));
}

}  // namespace streamz
