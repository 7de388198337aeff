// SPDX-License-Identifier: Apache-2.0
// Records into a file that is named in the chain: for to_file, sink_to_textfile and tee.
// Tested by tests/cases/to_file.test.
#pragma once

#include <optional>
#include <string>

#include "../streamz/format.h"
#include "../streamz/spec.h"
#include "../streamz/state.h"

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
  void sync();  // to the disk, what was written so far
  // How long the file is, behind sync(); and cut back to that, behind open().
  void save(State& state) const;
  void restore(const State& state);
  // Goes on in a new file where the name leads to another one than before. In mode=append alone.
  void reopen();
  void finish();  // the end: all is written, and the file has its name

 private:
  void open_temporary();
  bool is_table() const;
  void open_to_append(bool adds);
  void open_writer(bool continues);
  void go_on_in(const std::string& temporary, std::int64_t length);

  Node* stage_ = nullptr;
  std::string name_;
  std::string format_;     // without what the file makes of it
  std::string temporary_;  // empty: written in place
  FileMode mode_ = FileMode::append;
  mutable bool saved_ = false;  // a temporary file that a checkpoint names stays when the run ends early
  bool taken_up_ = false;       // it had its name already, and gets it again
  int fd_ = -1;
  LineWriter writer_;
};

// A stage whose records go into a file.
template <class Base>
struct WritesFile : Base {
  Path path;
  FileMode mode = FileMode::append;
  std::optional<FileFormat> format;
  bool header = true;

  template <class Stage>
  static void describe_format(Spec<Stage>& s) {
    s.param("format", &Stage::format, "how records are written; not given: by the file's name").one_of(file_formats);
    s.param("header", &Stage::header, "csv and tsv: a first row with the names of the columns");
  }

  void start() override {
    const FileFormat wanted = format ? *format : format_of(path.name);
    const std::string note = output_.open(this->node(), path, mode, to_string(wanted, header));
    if (!note.empty()) this->log(note);
  }
  void update(const Record& x) override { output_.write(x); }
  void idle() override { output_.flush(); }
  void checkpoint() override { output_.sync(); }
  void reopen() override { output_.reopen(); }
  void save(State& state) const override { output_.save(state); }
  void restore(const State& state) override { output_.restore(state); }
  void flush() override { output_.finish(); }

 private:
  FileOutput output_;
};

}  // namespace streamz
