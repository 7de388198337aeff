// SPDX-License-Identifier: Apache-2.0
// What the stages of both protocols share: the arguments of the program, what is on its way to its
// standard input, its messages, and how it ends. Private to executable*.cpp.
// Tested by tests/executable_test.cpp and tests/e2e/executable.sh.
#pragma once

#include "child.h"
#include "executable.h"

namespace streamz {

// The arguments that a stage was given, as the program gets them.
class ProgramArguments {
 public:
  explicit ProgramArguments(const Executable& executable);
  virtual ~ProgramArguments() = default;
  void set(std::size_t param, std::string_view text);  // throws Error when it does not fit

 protected:
  const Executable& executable() const { return executable_; }
  bool acknowledges_on_write() const;
  Program program() const;

 private:
  json values() const;  // by name; what was not given has its default, or is left out
  const Executable& executable_;
  std::vector<std::vector<std::string>> given_;  // by parameter
};

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
  explicit Messages(const std::string& stage) : stage_(stage) {}
  // Takes what there is in the pipe; false at its end.
  bool read(int fd);
  void finish();

 private:
  void print(std::string_view line) const;
  const std::string& stage_;
  std::string text_;
};

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
class ProgramStage : public Base, public ProgramArguments {
 public:
  explicit ProgramStage(const Executable& executable)
      : ProgramArguments(executable), messages_(this->executable().name) {}

  void start() override {
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
  // ---- the protocol's part
  virtual std::span<char> space() = 0;
  virtual bool received(std::size_t size) = 0;          // bytes in space(); false: nobody wants more of them
  virtual bool output_ended() = 0;                      // the same for what was incomplete
  virtual bool owes_output() const { return ending_; }  // virtual time waits for it
  virtual void ended_well(bool read_all) = 0;           // status 0; read_all: all input was there for it to read

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

// Those that print JSON lines: the protocol says what becomes of one. Whatever is wrong with them is the
// program's own fault.
template <class Base>
class PrintingStage : public ProgramStage<Base> {
 public:
  using ProgramStage<Base>::ProgramStage;
  void start() override {
    lines_.open(this->node(), "output of " + this->executable().name, "jsonl");
    lines_.strict();
    ProgramStage<Base>::start();
  }

 protected:
  std::span<char> space() override { return lines_.space(); }
  bool received(std::size_t size) override {
    return blaming([&] { return lines_.commit(size); });
  }
  bool output_ended() override {
    return blaming([&] { return lines_.finish(); });
  }
  LineReader lines_;
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
