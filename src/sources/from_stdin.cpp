// SPDX-License-Identifier: Apache-2.0
// Brings in what stands on standard input. Tested by tests/cases/from_stdin.test and tests/e2e.
#include <unistd.h>

#include "../files/read_input.h"

namespace streamz {

namespace {

struct FromStdinSource : Source {
  FileFormat format = FileFormat::jsonl;
  bool header = true;

  static void describe(Spec<FromStdinSource>& s) {
    s.summary("bring in the records on standard input");
    s.details("What a chain does by itself when it begins with a node. Compressed input is known by its first bytes.");
    s.param("format", &FromStdinSource::format,
            "a value a line; values in any layout; the rows of a table; lines as strings")
        .one_of(file_formats);
    s.param("header", &FromStdinSource::header, header_doc);
    s.reads_lines();
    s.example("$NAME ! head 0", "", "");
  }

  void run() override {
    const Input input{STDIN_FILENO, "standard input", to_string(format, header)};
    LineReader lines;
    read_input(
        node(), input, [this](int fd, bool regular) { return regular ? !stopping() : wait(fd); }, lines);
  }
};

}  // namespace

extern constinit const StageClass from_stdin_stage = stage_class<FromStdinSource>("FromStdinSource");

}  // namespace streamz
