// SPDX-License-Identifier: Apache-2.0
#include "checkpoint.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <boost/crc.hpp>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>

#include <fmt/format.h>

#include "error.h"
#include "lines.h"
#include "streamz/text.h"
#include "values.h"

namespace streamz {

namespace {

constexpr std::string_view kFirstWords = "streamz checkpoint 1 ";
constexpr const char* kProgress[] = {"open", "flushed", "finished"};

std::uint32_t crc32c(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

[[noreturn]] void damaged(const std::string& how) { throw Error("it is damaged: " + how); }

std::string_view field_of(std::string_view object, std::string_view name) {
  const auto value = text::field(object, name);
  if (!value) damaged(fmt::format("no `{}` in: {}", name, printable(object)));
  return *value;
}

std::string string_of(std::string_view object, std::string_view name) {
  const std::string_view value = field_of(object, name);
  if (!value.starts_with('"')) damaged(fmt::format("`{}` is no string in: {}", name, printable(object)));
  return text::decoded(value);
}

std::int64_t integer_of(std::string_view object, std::string_view name) {
  const std::string_view value = field_of(object, name);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) {
    damaged(fmt::format("`{}` is no integer in: {}", name, printable(object)));
  }
  return number;
}

Progress progress_of(std::string_view object) {
  const std::string word = string_of(object, "progress");
  for (std::size_t i = 0; i < std::size(kProgress); ++i) {
    if (word == kProgress[i]) return static_cast<Progress>(i);
  }
  damaged(fmt::format("no progress is called `{}`", printable(word)));
}

void check_line(std::string_view line) {
  std::string padded(line);
  padded.resize(line.size() + 64);  // what a validator may read behind it
  if (check_json({padded.data(), line.size()}, 0)) damaged("a line is not JSON: " + printable(line));
  if (!text::is_object(line)) damaged("a line is no object: " + printable(line));
}

// One line behind the first.
void read_line(std::string_view line, Checkpoint& into) {
  check_line(line);
  if (text::field(line, "chain")) {
    into.chain = string_of(line, "chain");
    into.complete = field_of(line, "complete") == "true";
    into.number = integer_of(line, "number");
    into.clock = integer_of(line, "clock");
    into.dead_letters = integer_of(line, "dead_letters");
  } else if (text::field(line, "stage")) {
    into.stages.push_back({string_of(line, "stage"), progress_of(line), {}, {}});
  } else if (into.stages.empty()) {
    damaged("no stage before: " + printable(line));
  } else if (text::field(line, "port")) {
    into.stages.back().waiting.emplace_back(integer_of(line, "port"), field_of(line, "record"));
  } else {
    into.stages.back().state.add(string_of(line, "row"), field_of(line, "value"));
  }
}

std::string whole_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  if (!file.is_open() || file.bad())
    throw Error(fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
  return text;
}

[[noreturn]] void throw_cannot_write(const std::filesystem::path& path) {
  throw Error(fmt::format("cannot write the checkpoint {}: {}", path.string(), std::strerror(errno)));
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0) throw_cannot_write(path);
  bool good = true;
  while (good && !text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    good = written >= 0 || errno == EINTR;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  good = good && fsync(fd) == 0;
  const int reason = errno;
  close(fd);
  errno = reason;
  if (!good) throw_cannot_write(path);
}

// So that a name that was just given is there after a loss of power too.
void sync_directory(const std::filesystem::path& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) throw_cannot_write(path);
  const bool good = fsync(fd) == 0 || errno == EINVAL || errno == EROFS;
  close(fd);
  if (!good) throw_cannot_write(path);
}

}  // namespace

std::string to_text(const Checkpoint& checkpoint) {
  std::string body = fmt::format(R"({{"chain":{},"number":{},"complete":{},"clock":{},"dead_letters":{}}})",
                                 text::quoted(checkpoint.chain), checkpoint.number, checkpoint.complete,
                                 checkpoint.clock, checkpoint.dead_letters);
  body += '\n';
  for (const Checkpoint::Stage& stage : checkpoint.stages) {
    body += fmt::format(R"({{"stage":{},"progress":"{}"}})", text::quoted(stage.label),
                        kProgress[static_cast<std::size_t>(stage.progress)]);
    body += '\n';
    for (const State::Row& row : stage.state.rows()) {
      body += fmt::format(R"({{"row":{},"value":{}}})", text::quoted(row.name), row.text);
      body += '\n';
    }
    for (const auto& [port, record] : stage.waiting) {
      body += fmt::format(R"({{"port":{},"record":{}}})", port, record);
      body += '\n';
    }
  }
  return fmt::format("{}{} {:08x}\n{}", kFirstWords, body.size(), crc32c(body), body);
}

Checkpoint parse_checkpoint(std::string_view text) {
  const std::size_t first_end = std::min(text.find('\n'), text.size());
  const std::string_view first = text.substr(0, first_end);
  std::string_view body = text.substr(std::min(first_end + 1, text.size()));
  if (!first.starts_with("streamz checkpoint ")) damaged("it does not begin as a checkpoint does");
  if (!first.starts_with(kFirstWords)) throw Error("it is of another version of streamz");
  if (first.substr(kFirstWords.size()) != fmt::format("{} {:08x}", body.size(), crc32c(body))) {
    damaged("its checksum is wrong");
  }
  Checkpoint checkpoint;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    read_line(body.substr(0, end), checkpoint);
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  return checkpoint;
}

CheckpointDirectory::CheckpointDirectory(std::filesystem::path directory) : directory_(std::move(directory)) {
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  const std::string name = (directory_ / "lock").string();
  lock_ = error ? -1 : open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (lock_ < 0) {
    throw Error(fmt::format("--checkpoint {}: {}", directory_.string(), error ? error.message() : std::strerror(errno)),
                "", "usage");
  }
  if (flock(lock_, LOCK_EX | LOCK_NB) == 0) return;
  close(lock_);
  throw Error(fmt::format("--checkpoint {}: another run is using it", directory_.string()), "", "usage");
}

CheckpointDirectory::~CheckpointDirectory() { close(lock_); }

std::optional<Checkpoint> CheckpointDirectory::read(std::string& warning, std::optional<std::int64_t> number) const {
  std::string reasons, others;
  for (const char* const name : {"state", "state.old"}) {
    const std::filesystem::path path = directory_ / name;
    if (!std::filesystem::exists(path)) continue;
    try {
      Checkpoint checkpoint = parse_checkpoint(whole_file(path));
      if (number && checkpoint.number != *number) {
        others += fmt::format("{}{}", others.empty() ? "" : " and ", checkpoint.number);
        continue;
      }
      if (!reasons.empty()) warning = fmt::format("{}; the checkpoint before it is taken", reasons);
      return checkpoint;
    } catch (const Error& error) {
      reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", path.string(), error.what());
    }
  }
  if (!others.empty()) {
    throw Error(fmt::format("--checkpoint {}: number {} is committed, and here is {}", directory_.string(), *number,
                            others + (reasons.empty() ? "" : "; ") + reasons),
                "--fresh goes on from what is committed, and begins with nothing held", "usage");
  }
  if (reasons.empty()) return std::nullopt;
  throw Error("--checkpoint: " + reasons, "--fresh begins anew", "usage");
}

void CheckpointDirectory::write(const Checkpoint& checkpoint) {
  const std::filesystem::path path = directory_ / "state", beside = directory_ / "state.new";
  write_file(beside, to_text(checkpoint));
  // A link and not a name taken away: at no moment is there none.
  std::error_code ignored;
  std::filesystem::remove(directory_ / "state.old", ignored);
  std::filesystem::create_hard_link(path, directory_ / "state.old", ignored);
  if (std::rename(beside.c_str(), path.c_str()) != 0) throw_cannot_write(path);
  sync_directory(directory_);
}

void CheckpointDirectory::clear() {
  for (const char* const name : {"state", "state.old", "state.new"}) {
    std::error_code error;
    std::filesystem::remove(directory_ / name, error);
    if (error) throw Error(fmt::format("cannot remove {}: {}", (directory_ / name).string(), error.message()));
  }
}

}  // namespace streamz
