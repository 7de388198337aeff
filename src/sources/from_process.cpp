// SPDX-License-Identifier: Apache-2.0
// Brings in what a command prints. Tested by tests/cases/from_process.test and tests/e2e/processes.sh.
#include "../program_lines.h"
#include "../streamz/format.h"

namespace streamz {

namespace {

struct FromProcessSource : ReadingSource<LinesStage<Source>> {
  std::string cmd;
  FileFormat format = FileFormat::jsonl;
  bool header = true;
  bool check = true;

  static void describe(Spec<FromProcessSource>& s) {
    s.summary("bring in what a command prints");
    s.details(
        "The command is run once, by /bin/sh -c. What it writes to standard error is shown with the name of the "
        "stage before each line; 2>&1 in the command brings it in as well.");
    s.param("cmd", &FromProcessSource::cmd, "the command, as one word").positional().required();
    s.param("format", &FromProcessSource::format, "how its output is read").one_of(file_formats);
    s.param("header", &FromProcessSource::header, header_doc);
    s.param("check", &FromProcessSource::check, "a status other than 0 is an error");
    s.example("$NAME 'echo 1; echo 2'", "", "1 2");
    s.example("$NAME 'printf \"a\\nb\\n\"' format=text", "", "\"a\" \"b\"");
  }

 protected:
  Program program() override { return shell_command(cmd, false); }
  std::string program_name() const override { return "from_process"; }
  std::string output_format() const override { return to_string(format, header); }
  bool is_strict() const override { return false; }
  bool may_end_with(int status) const override { return !check || status == 0; }
};

}  // namespace

extern constinit const StageClass from_process_stage = stage_class<FromProcessSource>("FromProcessSource");

}  // namespace streamz
