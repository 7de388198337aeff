// SPDX-License-Identifier: Apache-2.0
// A stage around one child process: what is on its way to the standard input of a program, what it prints,
// its messages, and how it ends. For executable plugins and the stages that run a command.
// Tested by tests/executable_test.cpp, tests/e2e/executable.sh and tests/e2e/processes.sh.
#pragma once

#include "child.h"
#include "streamz/spec.h"

namespace streamz {

// Bytes on their way to a pipe, and the tokens that are let go once they are in it.
class Outbox {
 public:
  std::string& text() { return filling_; }
  Acks& acks() { return filling_acks_; }
  std::size_t size() const { return filling_.size() + writing_.size() - written_; }
  enum class Result { all, more, broken };
  Result write(int fd);  // as much as goes without blocking; broken: nobody reads
  void drop();           // the bytes; the tokens stay

 private:
  std::string filling_, writing_;
  std::size_t written_ = 0;
  Acks filling_acks_, writing_acks_;
};

// A program's standard error, line by line on this one's, with the stage's name before each.
class Messages {
 public:
  void open(std::string stage) { stage_ = std::move(stage); }
  // Takes what there is in the pipe; false at its end.
  bool read(int fd);
  void finish();

 private:
  void print(std::string_view line) const;
  std::string stage_, text_;
};

// What a user writes as one word for a stage.
inline Program shell_command(const std::string& command, bool input) { return {"/bin/sh", {"-c", command}, {}, input}; }

// Whatever is wrong with what a program prints is its own fault.
template <class Call>
auto blaming(Call call) {
  try {
    return call();
  } catch (const Error& error) {
    throw Error(error.what(), error.hint, error.code.empty() ? "E0155" : error.code);
  }
}

// A stage of kind Base around one child. The protocol says what is done with its output.
template <class Base>
class ProgramStage : public Base {
 public:
  void start() override {
    messages_.open(program_name());
    child_.start(program());
    listen();
    if (child_.in() >= 0) this->watch_idly(child_.in(), 0);
  }
  void on_ready(int fd) override;
  void on_timer(Time due) override;
  void flush() override;
  void idle() override { write(); }
  Queueing queueing() const override {
    Queueing wanted;
    wanted.bytes = kQueued;
    return wanted;
  }

 protected:
  // ---- which program
  virtual Program program() = 0;
  virtual std::string program_name() const = 0;  // what its messages and its output are called
  virtual bool may_end_with(int status) const { return status == 0; }
  virtual bool acknowledges_on_write() const { return false; }

  // ---- the protocol's part
  virtual std::span<char> space() = 0;
  virtual bool received(std::size_t size) = 0;          // bytes in space(); false: nobody wants more of them
  virtual bool output_ended() = 0;                      // the same for what was incomplete
  virtual bool owes_output() const { return ending_; }  // virtual time waits for it
  virtual void ended_well(bool read_all) = 0;           // read_all: all input was there for it to read

  void listen();  // to be called again when owes_output() changed
  void receive();
  void write();
  void limit();  // holds the input back while much is on its way
  void nobody_reads() { unread_ = true; }
  Child& child() { return child_; }
  Outbox& outbox() { return outbox_; }
  Messages& messages() { return messages_; }

 private:
  static constexpr std::size_t kHighest = 256 << 10;  // the bytes at which the input is held back
  static constexpr std::size_t kQueued = 1 << 20;     // and then there is this much before it
  void input_closed();
  void settle();
  void judge(int status);
  void forget(int fd) {
    if (fd >= 0) this->watch(fd, -1);
  }

  Child child_;
  Outbox outbox_;
  Messages messages_;
  bool ending_ = false;        // flush() was called
  bool over_ = false;          // the process is gone
  bool unread_ = false;        // nobody reads the output, so its end is no matter of ours
  bool closed_early_ = false;  // it closed its input before there was an end to it
  bool held_back_ = false;
  std::uint64_t moved_ = 0;  // bytes, both ways
  std::pair<std::uint64_t, Duration> last_activity_{};
};

// The source among them.
template <class Stage>
class ReadingSource : public Stage {
 public:
  using Stage::Stage;
  void run() override {
    while (this->child().out() >= 0) {
      if (!this->wait(this->child().out())) return this->nobody_reads();
      this->receive();
    }
  }
};

extern template class ProgramStage<Stream>;
extern template class ProgramStage<Source>;
extern template class ProgramStage<Sink>;

}  // namespace streamz
