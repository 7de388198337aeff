// SPDX-License-Identifier: Apache-2.0
// The protocol "frames": one JSON object a line each way, which says what it is about.
//   to the program    {"i":17,"r":VALUE}          record 17; they count from 1
//   from it           {"streamz":1,"stage":"x"}   its first line
//                     {"i":17,"r":VALUE}          made of record 17; [17,18]: of several
//                     {"ack":17}                  it is done with record 17
//                     {"i":17,"error":TEXT}       record 17 failed, and it is done with it
//                     {"log":TEXT}                a message
// So each record is acknowledged when the program and everything made of it are done. A source's program
// is given nothing and names nothing: {"r":VALUE}.
// Tested by tests/executable_test.cpp and tests/e2e/executable.sh.
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <deque>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "acks.h"
#include "error.h"
#include "executable_stage.h"
#include "streamz/text.h"
#include "values.h"

namespace streamz {

namespace {

constexpr std::size_t kLongestFirstLine = 4096;

// The records that the program was given and has not acknowledged.
class OpenRecords {
 public:
  std::uint64_t add(Record x) {
    ++count_;
    records_.emplace_back(std::move(x));
    return first_ + records_.size() - 1;
  }
  const Record* find(std::uint64_t number) const {
    if (number < first_ || number - first_ >= records_.size() || !records_[number - first_]) return nullptr;
    return &*records_[number - first_];
  }
  void remove(std::uint64_t number) {
    --count_;
    records_[number - first_].reset();
    for (; !records_.empty() && !records_.front(); ++first_) records_.pop_front();
  }
  std::size_t count() const { return count_; }
  std::uint64_t first() const { return first_; }
  void clear() {
    first_ += records_.size();
    records_.clear();
    count_ = 0;
  }

 private:
  std::deque<std::optional<Record>> records_;
  std::uint64_t first_ = 1;
  std::size_t count_ = 0;
};

// One line of the program, taken apart; views into it.
struct Frame {
  std::optional<std::string_view> numbers, result, ack, error, log;

  explicit Frame(std::string_view line) {
    if (!text::is_object(line)) return;
    text::each_field(line, [&](std::string_view key, std::string_view value) {
      if (key == "\"i\"") numbers = value;
      if (key == "\"r\"") result = value;
      if (key == "\"ack\"") ack = value;
      if (key == "\"error\"") error = value;
      if (key == "\"log\"") log = value;
    });
  }
};

template <class Base>
class FramesStage : public ExecutableStage<ProgramStage<Base>> {
 public:
  using ExecutableStage<ProgramStage<Base>>::ExecutableStage;

  void start() override {
    lines_.open(this->node(), "output of " + this->executable().name, "jsonl");
    lines_.strict(
        [](void* stage, const Record& line) {
          static_cast<FramesStage*>(stage)->take(line);
          return static_cast<FramesStage*>(stage)->wanted_;
        },
        this);
    ProgramStage<Base>::start();
    await_first_line();
  }

 protected:
  std::span<char> space() override { return lines_.space(); }
  bool received(std::size_t size) override {
    return blaming([&] { return lines_.commit(size); });
  }
  bool output_ended() override {
    return blaming([&] { return lines_.finish(); });
  }
  void ended_well(bool read_all) override {
    if (read_all && open_.count() > 0) {
      throw Error(
          fmt::format("ended without acknowledging {} of its records, first {}", open_.count(), open_.first()),
          fmt::format("it has to print {{\"ack\":{}}} when it is done with record {}", open_.first(), open_.first()),
          "E0155");
    }
    open_.clear();
  }

  // What was read together with the first line.
  void take_early() {
    if (early_.empty()) return;
    const std::string bytes = std::exchange(early_, {});
    const std::span<char> into = lines_.space();
    std::copy(bytes.begin(), bytes.end(), into.begin());
    if (!received(bytes.size())) this->nobody_reads();
  }

  OpenRecords open_;

 private:
  [[noreturn]] static void refuse(const Record& line, const std::string& fact) {
    throw Error(fmt::format("line {} of its output {}: `{}`", place_of(line).line, fact, printable(line.raw(), 60)),
                "man streamz-plugin describes the protocol", "E0155");
  }

  void await_first_line();
  void check_first_line(std::string_view line) const;
  void take(const Record& line);
  void emit_result(const Record& line, const Frame& frame);
  std::vector<std::uint64_t> numbers_in(const Record& line, std::optional<std::string_view> value) const;
  std::string text_in(const Record& line, std::string_view value) const {
    if (!value.starts_with('"')) refuse(line, "is no frame");
    return text::decoded(value);
  }

  LineReader lines_;
  std::string early_;  // read while the first line was waited for; begins with it
  bool greeted_ = false;
  bool wanted_ = true;
};

// In start(), so that a program that does not speak the protocol is found before a record flows.
template <class Base>
void FramesStage<Base>::await_first_line() {
  const auto until = std::chrono::steady_clock::now() + this->executable().first_line_limit;
  const std::string wanted = fmt::format("{{\"streamz\":1,\"stage\":\"{}\"}}", this->executable().name);
  Child& child = this->child();
  bool ended = false;
  while (early_.find('\n') == early_.npos && early_.size() < kLongestFirstLine && !ended) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() < 0) {
      throw Error(fmt::format("said nothing within {}", to_text(this->executable().first_line_limit)),
                  "the first line of a frames program is " + wanted, "E0155");
    }
    pollfd ready[] = {{child.out(), POLLIN, 0}, {child.err(), POLLIN, 0}};
    if (poll(ready, 2, static_cast<int>(left.count()) + 1) <= 0) continue;
    if (ready[1].revents != 0 && !this->messages().read(child.err())) {
      this->watch(child.err(), -1);
      child.close_err();
    }
    char bytes[kLongestFirstLine];
    const ssize_t size = ready[0].revents == 0 ? -1 : read(child.out(), bytes, sizeof bytes);
    ended = size == 0;
    if (size > 0) early_.append(bytes, static_cast<std::size_t>(size));
  }
  if (ended) {
    pollfd gone{child.ended_descriptor(), POLLIN, 0};
    poll(&gone, 1, static_cast<int>(this->executable().first_line_limit / std::chrono::milliseconds(1)));
    const std::optional<int> status = child.status();
    throw Error((status ? end_text(*status) : "closed its output") + " before its first line",
                "the first line of a frames program is " + wanted, "E0155");
  }
  const std::string line = early_.substr(0, early_.find('\n'));
  const json first = json::parse(line, nullptr, false);
  if (!first.is_object() || first.value("streamz", json()) != 1 ||
      first.value("stage", json()) != this->executable().name) {
    throw Error(fmt::format("its first line is not {}: `{}`", wanted, printable(line, 60)), "", "E0155");
  }
}

template <class Base>
std::vector<std::uint64_t> FramesStage<Base>::numbers_in(const Record& line,
                                                         std::optional<std::string_view> value) const {
  std::vector<std::uint64_t> numbers;
  if (!value) refuse(line, "names no record");
  const auto add = [&](std::string_view digits) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) refuse(line, "is no frame");
    if (open_.find(number) == nullptr) refuse(line, fmt::format("names record {}, which is not open", number));
    numbers.push_back(number);
    return true;
  };
  if (text::is_array(*value)) {
    text::each_element(*value, add);
  } else {
    add(*value);
  }
  return numbers;
}

template <class Base>
void FramesStage<Base>::emit_result(const Record& line, const Frame& frame) {
  const JsonText result{*frame.result};
  if constexpr (std::is_base_of_v<Sink, Base>) {
    refuse(line, "is a result, which a sink has no use for");
  } else if constexpr (std::is_base_of_v<Source, Base>) {
    wanted_ = this->emit(result);
  } else {
    const std::vector<std::uint64_t> numbers = numbers_in(line, frame.numbers);
    if (numbers.size() == 1) {
      wanted_ = this->emit(result, std::span(open_.find(numbers.front()), 1));
      return;
    }
    std::vector<Record> from;
    from.reserve(numbers.size());
    for (const std::uint64_t number : numbers) from.push_back(*open_.find(number));
    wanted_ = this->emit(result, std::span<const Record>(from));
  }
}

template <class Base>
void FramesStage<Base>::take(const Record& line) {
  if (!std::exchange(greeted_, true)) return;  // checked before
  const Frame frame(line.raw());
  if (frame.log) {
    this->log(text_in(line, *frame.log));
  } else if (frame.result) {
    emit_result(line, frame);
  } else if (frame.ack) {
    for (const std::uint64_t number : numbers_in(line, frame.ack)) open_.remove(number);
  } else if (frame.error) {
    const std::string reason = text_in(line, *frame.error);
    if (std::is_base_of_v<Source, Base>) throw Error(reason);
    for (const std::uint64_t number : numbers_in(line, frame.numbers)) {
      this->fail(*open_.find(number), reason);
      open_.remove(number);
    }
  } else {
    refuse(line, "is no frame");
  }
}

// The stages with input.
template <class Base>
class FramesReceiver : public FramesStage<Base> {
 public:
  using FramesStage<Base>::FramesStage;

  void update(const Record& x) override {
    if (this->child().in() < 0) return;  // it wants no more; that has not reached the writer yet
    const bool owed = owes_output();
    std::string& text = this->outbox().text();
    fmt::format_to(std::back_inserter(text), "{{\"i\":{},\"r\":", this->open_.add(this->keep(x)));
    text += x.raw();
    text += "}\n";
    if (!owed) this->listen();
    this->limit();
  }
  void on_ready(int fd) override {
    const bool owed = owes_output();
    this->take_early();
    FramesStage<Base>::on_ready(fd);
    if (owed && !owes_output()) this->listen();
  }
  void idle() override {
    this->take_early();
    FramesStage<Base>::idle();
  }

 protected:
  bool owes_output() const override { return this->open_.count() > 0 || FramesStage<Base>::owes_output(); }
};

class FramesSource : public ReadingSource<FramesStage<Source>> {
 public:
  using ReadingSource::ReadingSource;
  void run() override {
    take_early();
    ReadingSource::run();
  }
};

}  // namespace

Stream* make_frames_stage(const Executable& program) {
  if (program.kind == Kind::source) return new FramesSource(program);
  if (program.kind == Kind::sink) return new FramesReceiver<Sink>(program);
  return new FramesReceiver<Stream>(program);
}

}  // namespace streamz
