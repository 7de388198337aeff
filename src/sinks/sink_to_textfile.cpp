// SPDX-License-Identifier: Apache-2.0
// Writes the records to a file as lines of text. Tested by tests/cases/sink_to_textfile.test.
#include "../files/file_output.h"

namespace streamz {

namespace {

struct TextFileSink : WritesFile<Sink> {
  TextFileSink() { format = FileFormat::text; }

  static void describe(Spec<TextFileSink>& s) {
    s.summary("write the records to a file as lines of text");
    s.details("Strings without quotes, other values as JSON. As `to_file` with format=text.");
    s.param("path", &TextFileSink::path, "the file; - is standard output").positional().required();
    s.param("mode", &TextFileSink::mode, "what becomes of a file of that name").one_of({"append", "replace"});
    s.example("$NAME /dev/null", "\"a\" \"b\"", "");
  }
};

}  // namespace

extern constinit const StageClass sink_to_textfile_stage = stage_class<TextFileSink>("TextFileSink");

}  // namespace streamz
