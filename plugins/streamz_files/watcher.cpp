// SPDX-License-Identifier: Apache-2.0
#include "watcher.h"

#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iterator>

namespace {

// What others write to that file system may be unseen here: network file systems, FUSE.
bool is_written_unseen(const std::string& path) {
  constexpr unsigned kCifs = 0xFF534D42, kSmb2 = 0xFE534D42, k9p = 0x01021997, kCeph = 0x00c36400;
  constexpr unsigned unseen[] = {NFS_SUPER_MAGIC, SMB_SUPER_MAGIC,  kCifs, kSmb2, FUSE_SUPER_MAGIC, k9p,
                                 AFS_SUPER_MAGIC, CODA_SUPER_MAGIC, kCeph};
  struct statfs system {};
  if (statfs(path.c_str(), &system) != 0) return false;
  return std::ranges::find(unseen, static_cast<unsigned>(system.f_type)) != std::end(unseen);
}

}  // namespace

Watcher::~Watcher() { close(); }

bool Watcher::open(Watch by, const std::vector<std::string>& directories) {
  if (by == Watch::poll) return true;
  if (by == Watch::automatic && std::ranges::any_of(directories, is_written_unseen)) return true;
  fd_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  return fd_ >= 0;
}

void Watcher::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  directories_.clear();
  watches_.clear();
}

bool Watcher::watch(const std::string& directory) {
  if (watches_.contains(directory)) return true;
  constexpr std::uint32_t kChanges = IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                     IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
  const int watch = inotify_add_watch(fd_, directory.c_str(), kChanges);
  if (watch < 0) return false;
  watches_[directory] = watch;
  directories_[watch] = directory;
  return true;
}

bool Watcher::read(const Changed& changed) {
  alignas(inotify_event) char events[64 << 10];
  bool all = true;
  while (true) {
    const ssize_t size = ::read(fd_, events, sizeof events);
    if (size <= 0) return all;
    for (const char* at = events; at < events + size;) {
      inotify_event event;
      std::memcpy(&event, at, sizeof event);
      const char* const name = at + sizeof event;
      at = name + event.len;
      const auto directory = directories_.find(event.wd);
      if ((event.mask & IN_Q_OVERFLOW) != 0) all = false;
      if (directory == directories_.end()) continue;
      changed(directory->second, event.len > 0 ? name : "", (event.mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0);
      if ((event.mask & (IN_IGNORED | IN_MOVE_SELF)) == 0) continue;
      // The directory went away, or has another name: what has its name now is to be watched anew.
      if ((event.mask & IN_MOVE_SELF) != 0) inotify_rm_watch(fd_, event.wd);
      watches_.erase(directory->second);
      directories_.erase(directory);
      all = false;
    }
  }
}
