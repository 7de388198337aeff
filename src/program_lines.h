// SPDX-License-Identifier: Apache-2.0
// Stages around one process that reads and writes records as any Unix filter does, a line each or in
// another format of files. Nothing ties its output to its input, so a record is delivered when the program
// has ended well, or with ack=write when it was given to it. For executable plugins of the protocol "lines",
// and the stages from_process and to_process.
// Tested by tests/executable_test.cpp, tests/e2e/executable.sh and tests/e2e/processes.sh.
#pragma once

#include "program_stage.h"

namespace streamz {

// A stage with output.
template <class Base>
class LinesStage : public ProgramStage<Base> {
 public:
  void start() override {
    lines_.open(this->node(), "output of " + this->program_name(), output_format());
    if (is_strict()) lines_.strict();
    ProgramStage<Base>::start();
  }

 protected:
  virtual std::string output_format() const { return "jsonl"; }
  virtual bool is_strict() const { return true; }  // what is no record is the program's fault

  std::span<char> space() override { return lines_.space(); }
  bool received(std::size_t size) override {
    return blaming([&] { return lines_.commit(size); });
  }
  bool output_ended() override {
    return blaming([&] { return lines_.finish(); });
  }
  void ended_well(bool /*read_all*/) override {}

 private:
  LineReader lines_;
};

// What the stages with input do with it.
template <class Base>
class LinesReceiver : public Base {
 public:
  void start() override {
    on_write_ = this->acknowledges_on_write();
    Base::start();
  }
  void update(const Record& x) override {
    const bool open = this->child().in() >= 0;
    (on_write_ && open ? this->outbox().acks() : undelivered_).add(x);
    if (!open) return;  // it wants no more; that has not reached the writer yet
    append(x, this->outbox().text());
    this->limit();
  }

 protected:
  virtual void append(const Record& x, std::string& bytes) {
    bytes += x.raw();
    bytes += '\n';
  }
  void ended_well(bool /*read_all*/) override { undelivered_.release(); }

 private:
  bool on_write_ = false;
  Acks undelivered_;
};

}  // namespace streamz
