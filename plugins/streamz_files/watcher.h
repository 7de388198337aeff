// SPDX-License-Identifier: Apache-2.0
// What inotify(7) says of directories: which names in them changed. Only a hint to look sooner: whoever uses it
// looks at everything every so often too, since there are file systems where other machines write unseen.
// Tested by tests/e2e/tail.sh.
#pragma once

#include <functional>
#include <map>
#include <string>

class Watcher {
 public:
  Watcher() = default;
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // False: this system has no more watches to give.
  bool open();
  void close();
  int descriptor() const { return fd_; }  // -1: not open

  // Again and again: what is watched already stays so. False: it cannot be watched; it may not exist.
  bool watch(const std::string& directory);

  // Calls `changed(directory, name, complete)` for what happened; complete: the file was closed by who wrote it, or
  // moved here. False when some of it was lost, and everything has to be looked at. Never blocks.
  using Changed = std::function<void(const std::string& directory, const std::string& name, bool complete)>;
  bool read(const Changed& changed);

 private:
  int fd_ = -1;
  std::map<int, std::string> directories_;  // by watch descriptor
  std::map<std::string, int> watches_;
};

// Whether what others write to that file system may be unseen here: network file systems, FUSE.
bool is_written_unseen(const std::string& path);
