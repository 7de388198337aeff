// SPDX-License-Identifier: Apache-2.0
// Writes the records to a file and passes them on. Tested by tests/cases/tee.test.
#include "../sinks/file_output.h"

namespace streamz {

namespace {

struct TeeNode : Stream {
  Path path;
  FileMode mode = FileMode::append;
  std::optional<FileFormat> format;
  bool header = true;

  static void describe(Spec<TeeNode>& s) {
    s.summary("write the records to a file and pass them on");
    s.details("The file gets all of them, also when what comes behind wants no more. See `to_file` for the modes.");
    s.param("path", &TeeNode::path, "the file").positional().required();
    s.param("mode", &TeeNode::mode, "what becomes of a file of that name").one_of({"append", "replace"});
    s.param("format", &TeeNode::format, "how records are written; not given: by the file's name").one_of(file_formats);
    s.param("header", &TeeNode::header, "csv and tsv: a first row with the names of the columns");
    s.effects();
    s.example("$NAME /dev/null", "1 2", "1 2");
  }

  void start() override {
    const std::string note =
        output_.open(node(), path, mode, to_string(format ? *format : format_of(path.name), header));
    if (!note.empty()) log(note);
  }
  void update(const Record& x) override {
    output_.write(x);
    emit(x);
  }
  void idle() override { output_.flush(); }
  void flush() override { output_.finish(); }

 private:
  FileOutput output_;
};

}  // namespace

StageClass tee_stage() { return stage_class<TeeNode>("TeeNode"); }

}  // namespace streamz
