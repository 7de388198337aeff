// SPDX-License-Identifier: Apache-2.0
#include "strict_json.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "error.h"

namespace streamz {

namespace {

constexpr std::size_t size_limit = 1 << 20;
constexpr int depth_limit = 32;

// Not JSON at all: perhaps the file is being written at this moment.
struct NotJson : Error {
  using Error::Error;
};

[[noreturn]] void refuse(const std::string& fact) { throw Error(fact, "", "E0141"); }

std::string read_file(const std::filesystem::path& file) {
  // Not blocking: a FIFO must not hang the scan.
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const auto unreadable = [&] { refuse(fmt::format("cannot read {}: {}", file.string(), std::strerror(errno))); };
  if (fd < 0) unreadable();
  const std::shared_ptr<void> closer(nullptr, [fd](void*) { close(fd); });
  struct stat info {};
  if (fstat(fd, &info) != 0) unreadable();
  if (!S_ISREG(info.st_mode)) refuse(fmt::format("{}: not a regular file", file.string()));
  if (static_cast<std::size_t>(info.st_size) > size_limit) {
    refuse(fmt::format("{}: {} bytes, limit {}", file.string(), info.st_size, size_limit));
  }
  std::string text(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    const ssize_t got = read(fd, text.data() + have, text.size() - have);
    if (got < 0) unreadable();
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  text.resize(have);
  return text;
}

// Called for each piece while parsing: nlohmann keeps the last of duplicate keys in silence.
class Strict {
 public:
  explicit Strict(std::string file) : file_(std::move(file)) {}
  bool operator()(int depth, json::parse_event_t event, const json& piece) {
    using Event = json::parse_event_t;
    if (depth >= depth_limit) refuse(fmt::format("{}: nested deeper than {}", file_, depth_limit));
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if ((event == Event::key || event == Event::value) && piece.is_string()) {
      const auto& text = piece.get_ref<const std::string&>();
      if (text.find('\0') != std::string::npos) refuse(file_ + ": a string holds a NUL character");
      if (event == Event::key && !keys_.back().insert(text).second) {
        refuse(fmt::format("{}: key \"{}\" appears twice", file_, printable(text)));
      }
    }
    return true;
  }

 private:
  std::string file_;
  std::vector<std::set<std::string>> keys_;  // of the objects around this place
};

json parse(const std::filesystem::path& file, const std::string& text) {
  try {
    return json::parse(text, Strict(file.string()));
  } catch (const json::parse_error& error) {
    const std::string_view before = std::string_view(text).substr(0, error.byte > 0 ? error.byte - 1 : 0);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
    // "[…] parse error at line 1, column 24: syntax error while parsing value - REASON; last read: …"
    std::string reason = error.what();
    if (const auto dash = reason.find(" - "); dash != std::string::npos) reason.erase(0, dash + 3);
    if (const auto rest = reason.find("; last read"); rest != std::string::npos) reason.erase(rest);
    for (const std::string_view prefix : {"invalid string: ", "invalid number; "}) {
      if (reason.starts_with(prefix)) reason.erase(0, prefix.size());
    }
    throw NotJson(fmt::format("{}:{}:{}: not JSON: {}", file.string(), line, column, printable(reason)), "", "E0141");
  }
}

bool changed_just_now(const std::filesystem::path& file) {
  struct stat info {};
  return stat(file.c_str(), &info) == 0 && std::time(nullptr) - info.st_ctime <= 2;
}

}  // namespace

json parse_strictly(const std::filesystem::path& file) {
  try {
    return parse(file, read_file(file));
  } catch (const NotJson&) {
    if (!changed_just_now(file)) throw;
  }
  // An installation may be writing it: `cmake --install` truncates, then writes.
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  return parse(file, read_file(file));
}

}  // namespace streamz
