// SPDX-License-Identifier: Apache-2.0
#include "root.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <streamz/record.h>

using streamz::Error;

namespace {

constexpr mode_t file_mode = 0666, directory_mode = 0777;  // less the umask

}  // namespace

Root::~Root() {
  if (fd_ >= 0) close(fd_);
}

void Root::open(const std::string& directory, bool guarded) {
  name_ = directory;
  guarded_ = guarded;
  std::error_code error;
  std::filesystem::create_directories(name_, error);
  if (error) throw Error("cannot create " + name_ + ": " + error.message());
  fd_ = ::open(name_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd_ < 0) throw Error("cannot create files in " + name_ + ": " + std::strerror(errno));
}

std::string_view Root::inside(std::string_view path) const {
  if (name_ == ".") return path;
  path.remove_prefix(name_.size());
  return path.substr(std::min(path.find_first_not_of('/'), path.size()));
}

int Root::open_inside(const std::string& path, int flags) const {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  if ((flags & O_CREAT) != 0) how.mode = file_mode;
  if (guarded_) {
    how.resolve = RESOLVE_BENEATH;
    const long fd = syscall(SYS_openat2, fd_, path.c_str(), &how, sizeof how);
    if (fd >= 0 || errno != ENOSYS) return static_cast<int>(fd);
  }
  return openat(fd_, path.c_str(), flags | O_CLOEXEC, file_mode);
}

int Root::open_file(const std::string& path, int flags) const { return open_inside(std::string(inside(path)), flags); }

void Root::make_directories(const std::string& path) const {
  const std::string names(inside(path));
  int last = dup(fd_);
  for (std::size_t end = names.find('/'); last >= 0 && end != names.npos; end = names.find('/', end + 1)) {
    const std::string directory = names.substr(0, end);
    int next = open_inside(directory, O_PATH | O_DIRECTORY);
    if (next < 0 && errno == ENOENT) {
      const std::string name = directory.substr(directory.rfind('/') + 1);
      if (mkdirat(last, name.c_str(), directory_mode) == 0 || errno == EEXIST)
        next = open_inside(directory, O_PATH | O_DIRECTORY);
    }
    const int error = errno;
    close(std::exchange(last, next));
    errno = error;
  }
  if (last < 0) {
    require_inside(path);
    throw Error("cannot create the directory of " + path + ": " + std::strerror(errno));
  }
  close(last);
  require_inside(path);
}

void Root::require_inside(const std::string& path) const {
  const int error = errno;
  const int fd = open_file(path, O_PATH);
  if (fd >= 0) close(fd);
  if (fd < 0 && errno == EXDEV) throw Error("a link leads out of " + name_ + ": " + path, {}, streamz::kRecordError);
  errno = error;
}
