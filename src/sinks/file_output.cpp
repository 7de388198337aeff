// SPDX-License-Identifier: Apache-2.0
#include "file_output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

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
  if (!temporary_.empty()) unlink(temporary_.c_str());
  if (fd_ >= 0) close(fd_);
}

std::string FileOutput::open(Node* stage, const Path& path, FileMode mode, const std::string& wanted) {
  std::string format = wanted;
  name_ = path.name;
  mode_ = mode;
  if (name_ == "-") {
    writer_.open(stage, out(), "standard output", format);
    return {};
  }
  struct stat there {};
  const bool exists = stat(name_.c_str(), &there) == 0;
  const bool adds = mode == FileMode::append && exists && S_ISREG(there.st_mode) && there.st_size > 0;
  const std::string compression = compression_of(name_);
  if (exists && mode == FileMode::excl) {
    errno = EEXIST;
    throw_cannot("create", name_);
  }
  if (mode != FileMode::append && (!exists || S_ISREG(there.st_mode))) {
    open_temporary();
    if (exists) (void)fchmod(fd_, there.st_mode & 07777);
  } else {
    const bool table = adds && (format.starts_with("csv") || format.starts_with("tsv"));
    fd_ = ::open(name_.c_str(), (table ? O_RDWR : O_WRONLY) | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd_ < 0) throw_cannot("open", name_);
    if (table && !compression.empty()) {
      throw Error("cannot append to " + name_ + ": its columns cannot be known", "mode=replace writes it anew");
    }
    if (table) format += " append";
  }
  if (!compression.empty()) format += " " + compression;
  writer_.open(stage, fd_, name_, format);
  return adds && isatty(STDERR_FILENO) != 0 ? "appends to " + name_ + ", which is not empty" : std::string();
}

// Beside the file, since a rename does not cross file systems; a symbolic link goes on pointing at it.
void FileOutput::open_temporary() {
  std::error_code not_there;
  const std::filesystem::path real = std::filesystem::canonical(name_, not_there);
  const std::string target = not_there ? name_ : real.string();
  const std::string base = target + "." + std::to_string(getpid()) + ".";
  for (int i = 0; fd_ < 0; ++i) {
    temporary_ = base + std::to_string(i) + ".tmp";
    fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ >= 0 || errno == EEXIST) continue;
    temporary_.clear();
    throw_cannot("create", name_);
  }
  name_ = target;
}

void FileOutput::sync() {
  writer_.flush();
  if (fd_ >= 0 && fdatasync(fd_) != 0 && errno != EINVAL && errno != EROFS) throw_cannot("write to", name_);
}

void FileOutput::finish() {
  writer_.finish();
  if (temporary_.empty()) return;
  if (fsync(fd_) != 0) throw_cannot("write to", name_);
  const bool exclusive = mode_ == FileMode::excl;
  const int result = exclusive ? rename_without_replacing(temporary_.c_str(), name_.c_str())
                               : std::rename(temporary_.c_str(), name_.c_str());
  if (result != 0) throw_cannot(exclusive ? "create" : "replace", name_);
  temporary_.clear();
}

}  // namespace streamz
