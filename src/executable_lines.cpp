// SPDX-License-Identifier: Apache-2.0
// The protocol "lines": one JSON value a line each way. Any Unix filter speaks it.
// Tested by tests/executable_test.cpp and tests/e2e/executable.sh.
#include <array>

#include <fmt/format.h>

#include "error.h"
#include "executable_stage.h"
#include "program_lines.h"

namespace streamz {

namespace {

class LinesNode : public ExecutableStage<LinesReceiver<LinesStage<Stream>>> {
 public:
  using ExecutableStage::ExecutableStage;

 protected:
  bool owes_output() const override { return true; }  // for all that can be known
};

using LinesSource = ReadingSource<ExecutableStage<LinesStage<Source>>>;

class SilentSink : public ProgramStage<Sink> {
 protected:
  std::span<char> space() override { return bytes_; }
  bool received(std::size_t size) override {
    const std::string_view text = std::string_view(bytes_.data(), size);
    throw Error(fmt::format("wrote to its standard output, which a sink has no use for: `{}`",
                            printable(text.substr(0, text.find('\n')), 60)),
                "what it has to say goes to standard error", "E0155");
  }
  bool output_ended() override { return true; }
  void ended_well(bool /*read_all*/) override {}

 private:
  std::array<char, 4096> bytes_{};
};

using LinesSink = ExecutableStage<LinesReceiver<SilentSink>>;

}  // namespace

Stream* make_lines_stage(const Executable& program) {
  if (program.kind == Kind::source) return new LinesSource(program);
  if (program.kind == Kind::sink) return new LinesSink(program);
  return new LinesNode(program);
}

}  // namespace streamz
