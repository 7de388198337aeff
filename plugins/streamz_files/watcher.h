// SPDX-License-Identifier: Apache-2.0
// What inotify(7) says of directories: which names in them changed. Only a hint to look sooner: whoever uses it
// looks at everything every so often too, since there are file systems where other machines write unseen.
// Tested by tests/e2e/tail.sh.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

// How a stage hears of changes: watch=.
enum class Watch { automatic, notify, poll };
inline constexpr std::initializer_list<const char*> watch_words = {"auto", "inotify", "poll"};
inline constexpr const char* watch_doc =
    "how it hears of changes; auto: from the system, and only by looking where others write unseen, as on NFS";

class Watcher {
 public:
  Watcher() = default;
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // Unless changes in one of the directories can be unseen, or nothing shall be heard. False: this system has no more
  // watches to give.
  bool open(Watch by, const std::vector<std::string>& directories);
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
