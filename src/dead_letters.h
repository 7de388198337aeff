// SPDX-License-Identifier: Apache-2.0
// Dead letters: records that failed, with the reason. Goes in: a record and what was wrong with it. Goes
// out: one JSON object a line, in the file of --dead-letter or at port `errors` of a stage.
// Tested by tests/e2e/on_error.sh.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "acks.h"

namespace streamz {

struct FailedRecord {
  std::string_view text;
  bool is_json = true;  // false: it is what was read, and could not be understood
  std::string_view stage;
  std::string reason;
  Place place;
  detail::Tokens* tokens = nullptr;  // of the record
};

// {"record":…,"stage":"map m","error":"…","source":"app.jsonl","line":7,"offset":812}. What was read and is
// no JSON is a string; where it is not UTF-8 either, its bytes stand in `base64` and `record` is null.
// `source`, `line` and `offset` are null where they are not known.
std::string to_json(const FailedRecord& failed);

// The file: each letter is written at once. Any thread.
class DeadLetters {
 public:
  explicit DeadLetters(const std::string& name);  // appends; throws Error
  ~DeadLetters();
  DeadLetters(const DeadLetters&) = delete;
  DeadLetters& operator=(const DeadLetters&) = delete;

  void write(const FailedRecord& failed);  // throws Error
  std::int64_t sync();                     // to the disk; how many bytes there are. Throws Error
  void cut(std::int64_t size);             // what came behind goes. Throws Error

 private:
  std::string name_;
  std::mutex mutex_;
  int fd_ = -1;
};

}  // namespace streamz
