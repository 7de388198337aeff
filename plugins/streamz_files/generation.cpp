// SPDX-License-Identifier: Apache-2.0
#include "generation.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

using streamz::Error;
using streamz::InputPosition;

namespace {

std::optional<Identity> identity_of(int directory, const char* path, int flags) {
  struct statx status {};
  if (statx(directory, path, flags, STATX_INO | STATX_BTIME, &status) != 0) return std::nullopt;
  Identity identity{makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino, 0};
  if ((status.stx_mask & STATX_BTIME) != 0) {
    identity.birth = status.stx_btime.tv_sec * 1'000'000'000 + status.stx_btime.tv_nsec;
  }
  return identity;
}

// A line begins wherever one ends; what is in a value or in a table depends on what stands before it.
bool can_begin_anywhere(const std::string& format) { return format == "jsonl" || format == "text"; }

}  // namespace

std::optional<Identity> Identity::of(int fd) { return identity_of(fd, "", AT_EMPTY_PATH); }
std::optional<Identity> Identity::of(const std::string& path) { return identity_of(AT_FDCWD, path.c_str(), 0); }

std::int64_t birth_clock() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

Fingerprint Fingerprint::of(int fd, std::uint64_t size) {
  std::array<char, longest> begin;
  const ssize_t got = pread(fd, begin.data(), std::min(size, longest), 0);
  Fingerprint made{static_cast<std::uint64_t>(std::max<ssize_t>(got, 0)), 0xcbf29ce484222325};
  for (std::uint64_t i = 0; i < made.size; ++i) {
    made.hash = (made.hash ^ static_cast<unsigned char>(begin[i])) * 0x100000001b3;
  }
  return made;
}

Generation::Generation(streamz::Node* source, std::string path, std::string format, InputPosition from)
    : source_(source), path_(std::move(path)), format_(std::move(format)) {
  fd_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd_ < 0) throw Error("cannot open " + path_ + ": " + std::strerror(errno));
  struct stat status {};
  const std::optional<Identity> identity = Identity::of(fd_);
  if (!identity || fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(fd_);
    throw Error("cannot follow " + path_ + ": it is no regular file");
  }
  identity_ = *identity;
  begin(from);
}

Generation::~Generation() { close(fd_); }

void Generation::begin(InputPosition from) {
  const bool anywhere = can_begin_anywhere(format_);
  lines_.open(source_, path_, format_);
  lines_.resume(from, !anywhere);
  offset_ = anywhere ? from.byte : 0;
  begins_ = Fingerprint::of(fd_, from.byte);
  at_end_ = false;
}

bool Generation::is_emptied() const {
  struct stat status {};
  return fstat(fd_, &status) != 0 || static_cast<std::uint64_t>(status.st_size) < offset_ || !begins_.matches(fd_);
}

Generation::Read Generation::read(std::size_t most) {
  bool something = false;
  for (std::size_t all = 0; all < most;) {
    const std::span<char> space = lines_.space();
    const ssize_t got = pread(fd_, space.data(), space.size(), static_cast<off_t>(offset_));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error("cannot read " + path_ + ": " + std::strerror(errno));
    at_end_ = got == 0;
    // Behind the read: what was emptied before it gave something else, or nothing.
    if (is_emptied()) {
      begin({});
      emptied_ = true;
      return Read::truncated;
    }
    if (at_end_) break;
    auto size = static_cast<std::size_t>(got);
    offset_ += size;
    if (begins_.size < Fingerprint::longest) begins_ = Fingerprint::of(fd_, offset_);
    all += size;
    if (emptied_) {
      const char* const text = std::find_if(space.data(), space.data() + size, [](char c) { return c != '\0'; });
      const auto hole = static_cast<std::size_t>(text - space.data());
      if (hole == size) continue;
      emptied_ = false;
      if (hole > 0) {
        size -= hole;
        lines_.resume({offset_ - size, 1}, false);
        std::memmove(space.data(), text, size);
      }
    }
    something = true;
    if (!lines_.commit(size)) return Read::unwanted;
  }
  return something ? Read::something : Read::nothing;
}
