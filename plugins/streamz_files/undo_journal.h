// SPDX-License-Identifier: Apache-2.0
// What has to be undone when a run goes on from a checkpoint: for each file that was changed since, how it was then.
// Written before the change; a file for each checkpoint, beside the outputs.
// Tested by tests/e2e/to_files.sh.
#pragma once

#include <cstdint>
#include <string>

class UndoJournal {
 public:
  UndoJournal() = default;
  ~UndoJournal();
  UndoJournal(const UndoJournal&) = delete;
  UndoJournal& operator=(const UndoJournal&) = delete;

  // In `directory`, for the stage that is told by `key` from others.
  void open(const std::string& directory, const std::string& key);

  // From now on changes are those since checkpoint `number`. What is not needed for the one before it is deleted.
  // Throws Error.
  void begin(std::int64_t number);
  // Nothing of an earlier run is to be undone any more.
  void clear();

  // `path` is about to get more at its end, from `length` on; -1: it is not there yet.
  void will_grow(const std::string& path, std::int64_t length);
  void will_rename(const std::string& from, const std::string& to);

  // Makes all as it was at checkpoint `number`. Throws Error.
  void undo_since(std::int64_t number);

 private:
  std::string name_of(std::int64_t number) const { return prefix_ + std::to_string(number); }
  void write(const std::string& line);

  std::string prefix_;
  int fd_ = -1;
  std::int64_t number_ = 0;
};
