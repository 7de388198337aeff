// SPDX-License-Identifier: Apache-2.0
// Writes the records to a file and passes them on. Tested by tests/cases/tee.test.
#include "../files/file_output.h"

namespace streamz {

namespace {

struct TeeNode : WritesFile<Stream> {
  static void describe(Spec<TeeNode>& s) {
    s.summary("write the records to a file and pass them on");
    s.details("The file gets all of them, also when what comes behind wants no more. See `to_file` for the modes.");
    s.param("path", &TeeNode::path, "the file").positional().required();
    s.param("mode", &TeeNode::mode, "what becomes of a file of that name").one_of({"append", "replace"});
    describe_format(s);
    s.effects();
    s.example("$NAME /dev/null", "1 2", "1 2");
  }

  void update(const Record& x) override {
    WritesFile::update(x);
    emit(x);
  }
};

}  // namespace

extern constinit const StageClass tee_stage = stage_class<TeeNode>("TeeNode");

}  // namespace streamz
