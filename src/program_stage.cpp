// SPDX-License-Identifier: Apache-2.0
#include "program_stage.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

#include "values.h"

namespace streamz {

namespace {

constexpr std::size_t kLongestMessage = 64 << 10;
constexpr Duration kShortEnd = std::chrono::seconds(1);

}  // namespace

// ---- to the program

Outbox::Result Outbox::write(int fd) {
  while (true) {
    if (written_ == writing_.size()) {
      writing_.clear();
      written_ = 0;
      writing_acks_.release();
      std::swap(writing_, filling_);
      std::swap(writing_acks_, filling_acks_);
      if (writing_.empty()) return Result::all;
    }
    const ssize_t size = ::write(fd, writing_.data() + written_, writing_.size() - written_);
    if (size >= 0) {
      written_ += static_cast<std::size_t>(size);
    } else if (errno == EAGAIN) {
      return Result::more;
    } else if (errno == EPIPE) {
      return Result::broken;
    } else if (errno != EINTR) {
      throw Error(fmt::format("cannot be written to: {}", std::strerror(errno)), "", "E0155");
    }
  }
}

void Outbox::drop() {
  filling_.clear();
  writing_.clear();
  written_ = 0;
}

// ---- its messages

void Messages::print(std::string_view line) const {
  // One call, so that lines of several programs do not mix.
  const std::string whole = fmt::format("{}: {}\n", stage_, line);
  std::fwrite(whole.data(), 1, whole.size(), stderr);
}

bool Messages::read(int fd) {
  std::array<char, 16 << 10> bytes;
  const ssize_t size = ::read(fd, bytes.data(), bytes.size());
  if (size <= 0) return size < 0;
  text_.append(bytes.data(), static_cast<std::size_t>(size));
  std::string_view rest = text_;
  for (std::size_t end = 0; (end = rest.find('\n')) != rest.npos; rest.remove_prefix(end + 1)) {
    print(rest.substr(0, end));
  }
  text_.erase(0, text_.size() - rest.size());
  if (text_.size() > kLongestMessage) finish();
  return true;
}

void Messages::finish() {
  if (!text_.empty()) print(text_);
  text_.clear();
}

// ---- the stage

template <class Base>
void ProgramStage<Base>::listen() {
  const auto watch = [&](int fd) {
    if (fd < 0) return;
    if (owes_output()) {
      this->watch(fd, POLLIN);
    } else {
      this->watch_idly(fd, POLLIN);
    }
  };
  if (!std::is_base_of_v<Source, Base>) watch(child_.out());  // a source waits for it in run()
  watch(child_.err());
  if (!child_.status()) watch(child_.ended_descriptor());
}

template <class Base>
void ProgramStage<Base>::on_ready(int fd) {
  if (fd == child_.in()) {
    if (outbox_.size() == 0) {
      input_closed();  // watched for that alone
    } else {
      write();
    }
  } else if (fd == child_.out()) {
    receive();
  } else if (fd == child_.err()) {
    ++moved_;
    if (!messages_.read(fd)) {
      forget(fd);
      child_.close_err();
    }
  } else {
    forget(fd);
  }
  settle();
}

template <class Base>
void ProgramStage<Base>::receive() {
  const std::span<char> into = space();
  const ssize_t size = ::read(child_.out(), into.data(), into.size());
  if (size < 0 && errno != EAGAIN && errno != EINTR)
    throw Error(fmt::format("its output cannot be read: {}", std::strerror(errno)), "", "E0155");
  if (size < 0) return;
  moved_ += static_cast<std::uint64_t>(size);
  const bool wanted = size > 0 ? received(static_cast<std::size_t>(size)) : output_ended();
  if (wanted && size > 0) return;
  if (!wanted) nobody_reads();
  forget(child_.out());
  child_.close_out();
}

template <class Base>
void ProgramStage<Base>::write() {
  const int fd = child_.in();
  if (fd < 0) return;
  const std::size_t before = outbox_.size();
  const Outbox::Result result = before == 0 ? Outbox::Result::all : outbox_.write(fd);
  moved_ += before - outbox_.size();
  if (result == Outbox::Result::broken) return input_closed();
  if (result == Outbox::Result::more) {
    this->watch(fd, POLLOUT);
  } else if (ending_) {
    forget(fd);
    child_.close_in();
  } else if (before > 0) {
    this->watch_idly(fd, 0);
  }
  limit();
}

template <class Base>
void ProgramStage<Base>::limit() {
  const bool hold = outbox_.size() >= (held_back_ ? kHighest / 2 : kHighest);
  if (hold != held_back_) this->want(0, !hold);
  held_back_ = hold;
}

// As `head` does: it wants no more, which is no fault if it ends well.
template <class Base>
void ProgramStage<Base>::input_closed() {
  closed_early_ = true;
  forget(child_.in());
  child_.close_in();
  outbox_.drop();
  if (!ending_) this->done();
}

template <class Base>
void ProgramStage<Base>::flush() {
  ending_ = true;
  if (held_back_) this->want(0, true);
  if (over_) return;
  if (unread_) {
    if (std::is_base_of_v<Source, Base>) child_.signal(SIGTERM);  // nothing else tells it
    forget(child_.in());
    forget(child_.out());
    child_.close_in();
    child_.close_out();
  } else {
    write();
  }
  listen();
  this->schedule(this->now() + (unread_ ? std::min(kShortEnd, this->drain_timeout()) : this->drain_timeout()));
  settle();
}

// The end is overdue. A program that still reads, writes or computes has more time.
template <class Base>
void ProgramStage<Base>::on_timer(Time /*due*/) {
  if (over_) return;
  const std::pair activity{moved_, child_.processor_time()};
  if (!unread_ && !child_.status() && activity != last_activity_) {
    last_activity_ = activity;
    this->schedule(this->now() + this->drain_timeout());
    return;
  }
  if (!unread_ && !child_.status()) {
    throw Error(fmt::format("did not end within {} of the end of its {}", to_text(this->drain_timeout()),
                            std::is_base_of_v<Source, Base> ? "output" : "input"),
                "--drain-timeout gives it longer", "E0155");
  }
  forget(child_.out());
  child_.close_out();
  if (!child_.status()) {
    forget(child_.ended_descriptor());
    forget(child_.err());
    over_ = true;
    child_.end();
    return;
  }
  settle();
}

// Once its output has ended and the process as well, there is nothing to wait for.
template <class Base>
void ProgramStage<Base>::settle() {
  const std::optional<int> status = child_.status();
  if (over_ || !status || child_.out() >= 0) return;
  over_ = true;
  while (child_.err() >= 0 && messages_.read(child_.err())) {
    pollfd more{child_.err(), POLLIN, 0};
    if (poll(&more, 1, 0) <= 0) break;
  }
  messages_.finish();
  for (const int fd : {child_.in(), child_.err(), child_.ended_descriptor()}) forget(fd);
  this->unschedule();
  const bool read_all = child_.in() < 0 && !closed_early_;
  child_.end();
  outbox_.drop();
  if (unread_) return;
  if (!may_end_with(*status)) throw Error(end_text(*status), "", "E0155");
  ended_well(read_all);
  outbox_ = Outbox();
  if (!ending_) this->done();
}

template class ProgramStage<Stream>;
template class ProgramStage<Source>;
template class ProgramStage<Sink>;

}  // namespace streamz
