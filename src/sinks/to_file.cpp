// SPDX-License-Identifier: Apache-2.0
// Writes the records to a file. Tested by tests/cases/to_file.test.
#include "../files/file_output.h"

namespace streamz {

namespace {

struct ToFileSink : WritesFile<Sink> {
  static void describe(Spec<ToFileSink>& s) {
    s.summary("write the records to a file");
    s.details(
        "mode=append writes behind what is there. mode=replace and mode=excl write a file beside it, which takes "
        "the name at the end; when the run fails the old file stays. excl wants that there is none. "
        "A name that ends in .gz or .zst makes a compressed file. In csv and tsv the columns are the keys of the "
        "first record, or those that the file has already.");
    s.param("path", &ToFileSink::path, "the file; - is standard output").positional().required();
    s.param("mode", &ToFileSink::mode, "what becomes of a file of that name").one_of({"append", "replace", "excl"});
    describe_format(s);
    s.writes_lines();
    s.example("$NAME /dev/null", "1 2", "");
  }
};

}  // namespace

extern constinit const StageClass to_file_stage = stage_class<ToFileSink>("ToFileSink");

}  // namespace streamz
