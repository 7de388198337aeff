// SPDX-License-Identifier: Apache-2.0
#include "file_output.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "../safe_file.h"
#include "../streamz/text.h"

namespace streamz {

namespace {

[[noreturn]] void throw_cannot(const char* what, const std::string& name) {
  throw Error(std::string("cannot ") + what + " " + name + ": " + std::strerror(errno));
}

// To a name that must not be taken. Not every file system has the first way.
int rename_without_replacing(const char* from, const char* to) {
  if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return -1;
  return link(from, to) == 0 ? unlink(from) : -1;
}

}  // namespace

FileOutput::~FileOutput() {
  writer_ = LineWriter();  // it may have an end to write
  if (!temporary_.empty() && !saved_) unlink(temporary_.c_str());
  if (fd_ >= 0) close(fd_);
}

std::string FileOutput::open(Node* stage, const Path& path, FileMode mode, const std::string& format) {
  stage_ = stage;
  name_ = path.name;
  format_ = format;
  mode_ = mode;
  if (name_ == "-") {
    writer_.open(stage, out(), "standard output", format);
    return {};
  }
  struct stat there {};
  const bool exists = stat(name_.c_str(), &there) == 0;
  require_no_trap(name_);
  const bool adds = mode == FileMode::append && exists && S_ISREG(there.st_mode) && there.st_size > 0;
  if (exists && mode == FileMode::excl) {
    errno = EEXIST;
    throw_cannot("create", name_);
  }
  if (mode != FileMode::append && (!exists || S_ISREG(there.st_mode))) {
    open_temporary();
    if (exists) (void)fchmod(fd_, there.st_mode & 07777);
    open_writer(false);
  } else {
    open_to_append(adds);
  }
  return adds && isatty(STDERR_FILENO) != 0 ? "appends to " + name_ + ", which is not empty" : std::string();
}

void FileOutput::open_to_append(bool adds) {
  fd_ = ::open(name_.c_str(), (adds && is_table() ? O_RDWR : O_WRONLY) | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd_ < 0) throw_cannot("open", name_);
  open_writer(adds);
}

bool FileOutput::is_table() const { return format_.starts_with("csv") || format_.starts_with("tsv"); }

// `continues`: behind what the file holds already.
void FileOutput::open_writer(bool continues) {
  std::string format = format_;
  const std::string compression = compression_of(name_);
  if (continues && is_table()) {
    if (!compression.empty()) {
      throw Error("cannot append to " + name_ + ": its columns cannot be known", "mode=replace writes it anew");
    }
    format += " append";
  }
  if (!compression.empty()) format += " " + compression;
  writer_.open(stage_, fd_, name_, format);
}

// Beside the file, since a rename does not cross file systems; a symbolic link goes on pointing at it.
void FileOutput::open_temporary() {
  std::error_code not_there;
  const std::filesystem::path real = std::filesystem::canonical(name_, not_there);
  const std::string target = not_there ? name_ : real.string();
  const std::string base = target + "." + std::to_string(getpid()) + ".";
  for (int i = 0; fd_ < 0; ++i) {
    temporary_ = base + std::to_string(i) + ".tmp";
    fd_ = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ >= 0 || errno == EEXIST) continue;
    temporary_.clear();
    throw_cannot("create", name_);
  }
  name_ = target;
}

void FileOutput::sync() {
  writer_.sync();
  if (fd_ >= 0 && fdatasync(fd_) != 0 && errno != EINVAL && errno != EROFS) throw_cannot("write to", name_);
}

void FileOutput::finish() {
  writer_.finish();
  if (temporary_.empty()) return;
  if (fsync(fd_) != 0) throw_cannot("write to", name_);
  const bool exclusive = mode_ == FileMode::excl && !taken_up_;
  const int result = exclusive ? rename_without_replacing(temporary_.c_str(), name_.c_str())
                               : std::rename(temporary_.c_str(), name_.c_str());
  if (result != 0) throw_cannot(exclusive ? "create" : "replace", name_);
  temporary_.clear();
}

void FileOutput::reopen() {
  struct stat mine {};
  struct stat named {};
  if (fd_ < 0 || !temporary_.empty() || fstat(fd_, &mine) != 0 || !S_ISREG(mine.st_mode)) return;
  const bool there = stat(name_.c_str(), &named) == 0;
  if (there && named.st_ino == mine.st_ino && named.st_dev == mine.st_dev) return;
  require_no_trap(name_);
  writer_.finish();
  writer_ = LineWriter();
  close(std::exchange(fd_, -1));
  open_to_append(there && named.st_size > 0);
}

void FileOutput::save(State& state) const {
  struct stat status {};
  if (fd_ < 0 || fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) return;
  state.add("length", static_cast<std::int64_t>(status.st_size));
  if (temporary_.empty()) return;
  state.add("temporary", text::quoted(temporary_));
  saved_ = true;
}

void FileOutput::restore(const State& state) {
  if (!state.find("length")) return;
  const std::int64_t length = state.integer("length");
  const auto temporary = state.find("temporary");
  if (fd_ < 0 || temporary.has_value() == temporary_.empty()) throw Error(name_ + " is not the file that was written");
  if (temporary) go_on_in(text::decoded(*temporary), length);
  struct stat status {};
  if (fstat(fd_, &status) != 0 || status.st_size < length) {
    throw Error(name_ + " has " + std::to_string(status.st_size) + " bytes, and " + std::to_string(length) +
                " at the checkpoint: it is not the file that was written");
  }
  if (ftruncate(fd_, length) != 0 || lseek(fd_, 0, SEEK_END) < 0) throw_cannot("cut back", name_);
  open_writer(length > 0);
}

// A file that has its name already was complete, and the run was killed before it could say so: what is
// written again goes into a copy, and takes the name once more.
void FileOutput::go_on_in(const std::string& temporary, std::int64_t length) {
  const int before = ::open(temporary.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (before >= 0) {
    writer_ = LineWriter();
    unlink(temporary_.c_str());
    close(fd_);
    fd_ = before;
    temporary_ = temporary;
    saved_ = true;
    return;
  }
  const int complete = ::open(name_.c_str(), O_RDONLY | O_CLOEXEC);
  if (complete < 0) throw_cannot("open", temporary);
  taken_up_ = true;
  off_t at = 0;
  while (at < length) {
    const ssize_t copied = sendfile(fd_, complete, &at, static_cast<std::size_t>(length - at));
    if (copied < 0) {
      const int reason = errno;
      close(complete);
      errno = reason;
      throw_cannot("copy", name_);
    }
    if (copied == 0) break;  // what is missing is found by its length
  }
  close(complete);
}

}  // namespace streamz
