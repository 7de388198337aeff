// SPDX-License-Identifier: Apache-2.0
// Records into a file that is named in the chain: for to_file, sink_to_textfile and tee.
// Tested by tests/cases/to_file.test.
#pragma once

#include <string>

#include "../streamz/format.h"
#include "../streamz/spec.h"

namespace streamz {

// append: behind what is there. replace and excl: into a temporary file beside it, which takes the name in
// finish(); without finish() the old file stays. excl: and only when there is no file of that name.
enum class FileMode { append, replace, excl };

class FileOutput {
 public:
  FileOutput() = default;
  FileOutput(const FileOutput&) = delete;
  FileOutput& operator=(const FileOutput&) = delete;
  ~FileOutput();

  // Throws Error. Returns what a user at a terminal should know, or "". "-" is standard output. `format` is
  // to_string() of one; a name that ends in .gz or .zst makes a compressed file.
  std::string open(Node* stage, const Path& path, FileMode mode, const std::string& format);
  void write(const Record& x) { writer_.write(x); }
  void flush() { writer_.flush(); }
  void sync();    // to the disk, what was written so far
  void finish();  // the end: all is written, and the file has its name

 private:
  void open_temporary();

  std::string name_;
  std::string temporary_;  // empty: written in place
  FileMode mode_ = FileMode::append;
  int fd_ = -1;
  LineWriter writer_;
};

}  // namespace streamz
