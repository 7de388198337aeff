// SPDX-License-Identifier: Apache-2.0
// Brings in the lines of a file as strings, and goes on with what is added to it when it shall.
// Tested by tests/cases/from_textfile.test.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "../files/read_input.h"
#include "../streamz/text.h"

namespace streamz {

namespace {

constexpr std::size_t longest_piece = 16 << 20;  // bytes

struct FromTextfileSource : Source {
  Path path;
  bool from_end = false;
  std::string delimiter = "\n";
  bool follow = false;

  ~FromTextfileSource() override {
    if (fd_ >= 0) close(fd_);
  }

  static void describe(Spec<FromTextfileSource>& s) {
    s.summary("bring in the lines of a file as strings");
    s.details("Without their ends; the last one needs none.");
    s.param("path", &FromTextfileSource::path, "the file; - is standard input").positional().required();
    s.param("from_end", &FromTextfileSource::from_end, "begin with what is added from now on");
    s.param("delimiter", &FromTextfileSource::delimiter, "what stands between two pieces; not given: a newline");
    s.param("follow", &FromTextfileSource::follow, "at the end of the file wait for more");
    s.endless("follow=true");
    s.replayable();
    s.reads_lines();
    s.example("$NAME /dev/null ! count", "", "0");
  }

  void start() override {
    if (delimiter.empty()) throw Error("delimiter must not be empty");
    const bool standard = path.name == "-";
    fd_ = standard ? dup(STDIN_FILENO) : open(path.name.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) throw Error("cannot open " + path.name + ": " + std::strerror(errno));
    input_ = {fd_, standard ? "standard input" : path.name, "text"};
    regular_ = is_regular(fd_);
    if (!from_end) return;
    const off_t end = lseek(fd_, 0, SEEK_END);
    if (end < 0) throw Error("cannot go to the end of " + input_.name);
    from_.byte = static_cast<std::uint64_t>(end);
  }

  void save(State& state) const override {
    if (!regular_) throw Error(input_.name + " cannot be read again, so there is no checkpoint of it");
    save_position(state, reading_ ? lines_.position() : from_);
  }
  void restore(const State& state) override {
    from_ = saved_position(state);
    go_to(input_, from_);
  }

  void run() override {
    if (delimiter == "\n") {
      read_lines();
    } else {
      read_pieces();
    }
  }

 private:
  Input input_;
  int fd_ = -1;
  bool regular_ = false;
  LineReader lines_;
  InputPosition from_;    // of the next piece; for lines, where the first one begins
  bool reading_ = false;  // lines

  void read_lines() {
    lines_.open(node(), input_.name, "text");
    if (from_.byte > 0) lines_.resume(from_, false);
    reading_ = true;
    while (true) {
      const std::size_t size = next_bytes([&] { return lines_.space(); });
      if (size == 0) break;
      if (!lines_.commit(size)) return;
    }
    if (!stopping()) lines_.finish();
  }

  void read_pieces() {
    std::string rest;
    while (true) {
      const std::size_t before = rest.size();
      const std::size_t size = next_bytes([&] {
        rest.resize(before + (64 << 10));
        return std::span<char>(rest).subspan(before);
      });
      rest.resize(before + size);
      if (size == 0) break;
      // a delimiter may have begun in what was there before
      std::size_t begin = 0, at = before < delimiter.size() ? 0 : before - delimiter.size() + 1;
      while ((at = rest.find(delimiter, at)) != std::string::npos) {
        const bool wanted = emit_text(text::quoted(std::string_view(rest).substr(begin, at - begin)));
        from_.byte += at + delimiter.size() - begin;
        if (!wanted) return;
        begin = at += delimiter.size();
      }
      rest.erase(0, begin);
      if (rest.size() > longest_piece) throw Error(input_.name + ": a piece is longer than 16 MiB");
    }
    if (rest.empty() || stopping()) return;
    emit_text(text::quoted(rest));
    from_.byte += rest.size();
  }

  // How many bytes were read into the space that `space` gives; 0: there is no more, or the run stops.
  template <class Space>
  std::size_t next_bytes(Space space) {
    while (regular_ ? !stopping() : wait(fd_)) {
      const ssize_t size = read_some(input_, space());
      if (size > 0) return static_cast<std::size_t>(size);
      if (size == 0 && (!follow || !wait_until(now() + std::chrono::milliseconds(100)))) break;
    }
    return 0;
  }
};

}  // namespace

extern constinit const StageClass from_textfile_stage = stage_class<FromTextfileSource>("FromTextfileSource");

}  // namespace streamz
