// SPDX-License-Identifier: Apache-2.0
// Writes the records to standard output. Tested by tests/cases/to_stdout.test.
#include "../streamz/format.h"
#include "../streamz/spec.h"

namespace streamz {

namespace {

struct ToStdoutSink : Sink {
  FileFormat format = FileFormat::jsonl;
  bool header = true;

  static void describe(Spec<ToStdoutSink>& s) {
    s.summary("write the records to standard output");
    s.details("What a chain does by itself when its end is open.");
    s.param("format", &ToStdoutSink::format, "one value a line; text: strings without quotes").one_of(file_formats);
    s.param("header", &ToStdoutSink::header, "csv and tsv: a first row with the names of the columns");
    s.writes_lines();
    s.example("filter .ok ! $NAME", "{\"ok\":false}", "");
  }

  void start() override { writer_.open(node(), out(), "standard output", to_string(format, header)); }
  void update(const Record& x) override { writer_.write(x); }
  void idle() override { writer_.flush(); }
  void checkpoint() override { writer_.flush(); }
  void flush() override { writer_.flush(); }

 private:
  LineWriter writer_;
};

}  // namespace

extern constinit const StageClass to_stdout_stage = stage_class<ToStdoutSink>("ToStdoutSink");

}  // namespace streamz
