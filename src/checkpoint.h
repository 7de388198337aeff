// SPDX-License-Identifier: Apache-2.0
// What a run saves of itself and a later one takes up: the file of --checkpoint. Goes in: what each stage
// saved, and records that were on their way. Goes out: the same, from the newest file that is whole.
//
// The directory holds `state`, the one before it as `state.old`, and `lock`. A file is a line with its
// version, size and CRC-32C, and then one JSON object a line. It is written beside the old one, brought to the
// disk and then renamed, so that at each moment there is one that is whole.
// Tested by tests/checkpoint_test.cpp and tests/e2e/kill.sh.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "streamz/state.h"

namespace streamz {

// How far a stage has come: takes records; has given out what it held, and still waits for a moment; is over.
enum class Progress { open, flushed, finished };

struct Checkpoint {
  struct Stage {
    std::string label;
    Progress progress = Progress::open;
    State state;
    std::vector<std::pair<int, std::string>> waiting;  // records before its input ports
  };
  std::string chain;               // as it is printed, with what stands at its open ends
  std::int64_t number = 0;         // the first of a run that began anew is 0
  bool complete = false;           // the run came to its end
  std::int64_t clock = 0;          // ns: the time of the run
  std::int64_t dead_letters = -1;  // bytes in their file; -1: there is none
  std::vector<Stage> stages;       // in the order of the chain
};

std::string to_text(const Checkpoint& checkpoint);
// Throws Error with what is wrong with the text.
Checkpoint parse_checkpoint(std::string_view text);

// The directory of a run; no other run can have it meanwhile.
class CheckpointDirectory {
 public:
  // Makes the directory where there is none. Throws Error, also when another run has it.
  explicit CheckpointDirectory(std::filesystem::path directory);
  ~CheckpointDirectory();
  CheckpointDirectory(const CheckpointDirectory&) = delete;
  CheckpointDirectory& operator=(const CheckpointDirectory&) = delete;

  // The newest checkpoint; nothing when there is none. One that is damaged is passed over with a word in
  // `warning`. With `number`: that one and no other. Throws Error when all there are are damaged, or another one.
  std::optional<Checkpoint> read(std::string& warning, std::optional<std::int64_t> number = std::nullopt) const;
  void write(const Checkpoint& checkpoint);
  void clear();
  const std::filesystem::path& path() const { return directory_; }

 private:
  std::filesystem::path directory_;
  int lock_ = -1;
};

}  // namespace streamz
