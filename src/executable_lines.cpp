// SPDX-License-Identifier: Apache-2.0
// The protocol "lines": one JSON value a line each way. Any Unix filter speaks it. Nothing ties its
// output to its input, so a record is delivered when the program has ended well, or with ack=write when
// it was given to it. Tested by tests/executable_test.cpp and tests/e2e/executable.sh.
#include <unistd.h>

#include <array>

#include <fmt/format.h>

#include "error.h"
#include "executable_stage.h"

namespace streamz {

namespace {

// A stage with output.
template <class Base>
class LinesStage : public PrintingStage<Base> {
 public:
  using PrintingStage<Base>::PrintingStage;

 protected:
  void ended_well(bool /*read_all*/) override {}
};

// What the stages with input do with it.
template <class Base>
class LinesReceiver : public Base {
 public:
  using Base::Base;

  void start() override {
    on_write_ = this->acknowledges_on_write();
    Base::start();
  }
  void update(const Record& x) override {
    const bool open = this->child().in() >= 0;
    (on_write_ && open ? this->outbox().acks() : undelivered_).add(x);
    if (!open) return;  // it wants no more; that has not reached the writer yet
    std::string& text = this->outbox().text();
    text += x.raw();
    text += '\n';
    this->limit();
  }

 protected:
  void ended_well(bool /*read_all*/) override { undelivered_.release(); }

 private:
  bool on_write_ = false;
  Acks undelivered_;
};

class LinesNode : public LinesReceiver<LinesStage<Stream>> {
 public:
  using LinesReceiver::LinesReceiver;

 protected:
  bool owes_output() const override { return true; }  // for all that can be known
};

using LinesSource = ReadingSource<LinesStage<Source>>;

class SilentSink : public ProgramStage<Sink> {
 public:
  using ProgramStage::ProgramStage;

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

using LinesSink = LinesReceiver<SilentSink>;

}  // namespace

Stream* make_lines_stage(const Executable& program) {
  if (program.kind == Kind::source) return new LinesSource(program);
  if (program.kind == Kind::sink) return new LinesSink(program);
  return new LinesNode(program);
}

}  // namespace streamz
