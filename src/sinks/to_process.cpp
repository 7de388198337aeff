// SPDX-License-Identifier: Apache-2.0
// Gives the records to the standard input of a command. Tested by tests/cases/to_process.test and
// tests/e2e/processes.sh.
#include "../program_lines.h"
#include "../streamz/format.h"

namespace streamz {

namespace {

struct ToProcessSink : LinesReceiver<ProgramStage<Sink>> {
  enum class Ack { exit, write };
  std::string cmd;
  FileFormat format = FileFormat::jsonl;
  bool header = true;
  Ack ack = Ack::exit;

  static void describe(Spec<ToProcessSink>& s) {
    s.summary("give the records to the standard input of a command");
    s.details(
        "The command is run once, by /bin/sh -c, and gets all records; what it prints goes where standard output "
        "goes. A status other than 0 is an error.");
    s.param("cmd", &ToProcessSink::cmd, "the command, as one word").positional().required();
    s.param("format", &ToProcessSink::format, "how the records are written").one_of(file_formats);
    s.param("header", &ToProcessSink::header, "csv and tsv: a first row with the names of the columns");
    s.param("ack", &ToProcessSink::ack,
            "when a record counts as delivered: the command ended well, or it was given the record")
        .one_of({"exit", "write"});
    s.queued();
    s.untracked();
    s.example("$NAME 'cat > /dev/null'", "1 2", "");
  }

  void start() override {
    formatter_.open(to_string(format, header));
    LinesReceiver::start();
  }

 protected:
  Program program() override {
    Program called = shell_command(cmd, true);
    called.output = out();
    return called;
  }
  std::string program_name() const override { return "to_process"; }
  bool acknowledges_on_write() const override { return ack == Ack::write; }
  void append(const Record& x, std::string& bytes) override { formatter_.append(x, bytes); }

  // It has no pipe for its output.
  std::span<char> space() override { return {}; }
  bool received(std::size_t /*size*/) override { return false; }
  bool output_ended() override { return true; }

 private:
  LineFormatter formatter_;
};

}  // namespace

extern constinit const StageClass to_process_stage = stage_class<ToProcessSink>("ToProcessSink");

}  // namespace streamz
