// SPDX-License-Identifier: Apache-2.0
#include "read_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "pipe.h"

namespace streamz {

namespace {

constexpr std::size_t capacity = 64 << 10;
constexpr ssize_t full_pipe = 64 << 10;

// Bytes on their way to the door.
struct Reading {
  const Input& input;
  const GoOn& go_on;
  LineReader& lines;
  InputPosition from = {};
  std::unique_ptr<char[]> bytes = std::make_unique_for_overwrite<char[]>(capacity);  // its pages come when used
  std::size_t size = 0;                                                              // of what is in `bytes`
  bool regular = is_regular(input.fd);
  bool ended = false;
  bool wide = regular;  // as a pipe

  // Reads behind what is there. False: stop.
  bool read_more() {
    if (!go_on(input.fd, regular)) return false;
    const ssize_t got = read_some(input, {bytes.get() + size, capacity - size});
    ended = got == 0;
    size += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
    return true;
  }

  // What is wrong with compressed data is said with the name of the file.
  template <class Call>
  auto naming(Call call) const {
    try {
      return call();
    } catch (const Error& error) {
      throw Error(input.name + ": " + error.what(), error.hint, error.code);
    }
  }

  // A line begins wherever one ends; what is in a value or in a table depends on what stands before it.
  bool can_begin_anywhere() const { return regular && (input.format == "jsonl" || input.format == "text"); }

  bool read_plain() {
    if (from.byte > 0 && can_begin_anywhere()) {
      go_to(input, from);
      lines.resume(from, false);
    } else {
      std::copy_n(bytes.get(), size, lines.space().data());
      if (!lines.commit(size)) return false;
    }
    while (!ended) {
      if (!go_on(input.fd, regular)) return false;
      const ssize_t got = read_some(input, lines.space());
      ended = got == 0;
      if (got >= full_pipe && !std::exchange(wide, true)) widen_pipe(input.fd);
      if (got > 0 && !lines.commit(static_cast<std::size_t>(got))) return false;
    }
    return lines.finish();
  }

  bool read_compressed(Decoder& decoder) {
    while (true) {
      std::string_view rest(bytes.get(), size);
      for (bool more = true; more;) {
        const std::span<char> space = lines.space();
        const std::size_t made = naming([&] { return decoder.decode(rest, space); });
        if (made > 0 && !lines.commit(made)) return false;
        more = made == space.size();
      }
      if (ended) break;
      size = 0;
      if (!read_more()) return false;
    }
    naming([&] { decoder.finish(); });
    return lines.finish();
  }
};

// Whether an input is compressed shows in its first 4 bytes. What is typed may be shorter and must not
// wait for more, so all but the first bytes of gzip and zstd settle it at once.
bool is_undecided(std::string_view first) {
  return first.size() < 4 && (first.empty() || first[0] == '\x1f' || first[0] == '\x28');
}

}  // namespace

bool is_regular(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

ssize_t read_some(const Input& input, std::span<char> space) {
  while (true) {
    const ssize_t size = read(input.fd, space.data(), space.size());
    if (size >= 0 || errno == EAGAIN) return size;
    if (errno != EINTR) throw Error("cannot read " + input.name + ": " + std::strerror(errno));
  }
}

namespace {

bool read_all(Reading& reading) {
  while (!reading.ended && is_undecided({reading.bytes.get(), reading.size})) {
    if (!reading.read_more()) return false;
  }
  Decoder decoder;
  const bool compressed = reading.naming([&] { return decoder.open({reading.bytes.get(), reading.size}); });
  return compressed ? reading.read_compressed(decoder) : reading.read_plain();
}

}  // namespace

bool read_input(Node* source, const Input& input, const GoOn& go_on, LineReader& lines, InputPosition from) {
  Reading reading{input, go_on, lines, from};
  lines.open(source, input.name, input.format);
  lines.resume(from, true);  // also when it is stopped before it has read anything, it stands there
  return read_all(reading);
}

void go_to(const Input& input, InputPosition from) {
  struct stat status {};
  if (fstat(input.fd, &status) != 0 || lseek(input.fd, static_cast<off_t>(from.byte), SEEK_SET) < 0) {
    throw Error("cannot go on in " + input.name + ": " + std::strerror(errno));
  }
  if (static_cast<std::uint64_t>(status.st_size) >= from.byte) return;
  throw Error(input.name + " has " + std::to_string(status.st_size) + " bytes, and the checkpoint stands at " +
              std::to_string(from.byte) + ": it is not the file that was read");
}

void save_position(State& state, InputPosition position) {
  state.add("byte", static_cast<std::int64_t>(position.byte));
  state.add("line", static_cast<std::int64_t>(position.line));
}

InputPosition saved_position(const State& state) {
  return {static_cast<std::uint64_t>(state.integer("byte")), static_cast<std::uint64_t>(state.integer("line"))};
}

void read_whole_file(Node* stage, const std::string& name, const std::string& format,
                     const std::function<void(const Record&)>& take) {
  const int fd = open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw Error("cannot open " + name + ": " + std::strerror(errno));
  const std::unique_ptr<const int, void (*)(const int*)> closer(&fd, [](const int* opened) { close(*opened); });
  const Input input{fd, name, format};
  const GoOn always = [](int, bool) { return true; };
  LineReader lines;
  Reading reading{input, always, lines};
  lines.open(stage, name, format);
  lines.strict(
      [](void* context, const Record& x) {
        (*static_cast<const std::function<void(const Record&)>*>(context))(x);
        return true;
      },
      const_cast<std::function<void(const Record&)>*>(&take));
  read_all(reading);
}

}  // namespace streamz
