// SPDX-License-Identifier: Apache-2.0
#include "undo_journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include <streamz/state.h>

#include "names.h"

using streamz::Error;
namespace fs = std::filesystem;

namespace {

[[noreturn]] void throw_cannot(const std::string& what, const std::string& path) {
  throw Error("cannot " + what + " " + path + ": " + std::strerror(errno));
}

using Journals = std::map<std::int64_t, std::string, std::greater<>>;

// The journals that are there, by their numbers; the latest first.
Journals journals(const std::string& prefix) {
  Journals found;
  std::error_code error;
  const std::string directory = directory_of(prefix), base = base_of(prefix);
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    std::int64_t number = 0;
    if (!name.starts_with(base)) continue;
    const auto [end, wrong] = std::from_chars(name.data() + base.size(), name.data() + name.size(), number);
    if (wrong == std::errc() && end == name.data() + name.size()) found[number] = in_directory(directory, name);
  }
  return found;
}

void undo(const std::string& line) {
  const auto text = [&](long i) { return streamz::text::element(line, i).value_or("\"\""); };
  const std::string path = unescaped(text(1));
  if (text(0) == "\"renamed\"") {
    const std::string to = unescaped(text(2));
    if (access(to.c_str(), F_OK) == 0 && std::rename(to.c_str(), path.c_str()) != 0) throw_cannot("rename", to);
    return;
  }
  const auto length = streamz::State::number_at<std::int64_t>(line, 2);
  struct stat there {};
  if (stat(path.c_str(), &there) != 0) {
    if (length > 0)
      throw Error(path + " is gone, which the checkpoint knows with " + std::to_string(length) + " bytes");
    return;
  }
  if (length < 0) {
    if (unlink(path.c_str()) != 0) throw_cannot("delete", path);
    return;
  }
  if (there.st_size < length) {
    throw Error(path + " has " + std::to_string(there.st_size) + " bytes, and " + std::to_string(length) +
                " at the checkpoint: it is not the file that was written");
  }
  if (truncate(path.c_str(), length) != 0) throw_cannot("cut back", path);
}

}  // namespace

UndoJournal::~UndoJournal() {
  if (fd_ >= 0) close(fd_);
}

void UndoJournal::open(const std::string& directory, const std::string& key) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  prefix_ = in_directory(directory, ".streamz-undo-" + std::to_string(hash) + ".");
}

void UndoJournal::begin(std::int64_t number) {
  number_ = number;
  if (fd_ >= 0) close(std::exchange(fd_, -1));
  for (const auto& [other, path] : journals(prefix_)) {
    if (other < number - 1) unlink(path.c_str());
  }
}

void UndoJournal::clear() {
  for (const auto& [number, path] : journals(prefix_)) unlink(path.c_str());
}

// One call: a line is whole, or not there. Half of one at the end was not acted upon.
void UndoJournal::write(const std::string& line) {
  const std::string name = name_of(number_);
  if (fd_ < 0) fd_ = ::open(name.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd_ < 0) throw_cannot("create", name);
  const ssize_t written = ::write(fd_, line.data(), line.size());
  if (written == static_cast<ssize_t>(line.size())) return;
  if (written >= 0) errno = ENOSPC;
  throw_cannot("write to", name);
}

void UndoJournal::will_grow(const std::string& path, std::int64_t length) {
  write("[\"grew\"," + escaped(path) + "," + std::to_string(length) + "]\n");
}
void UndoJournal::will_rename(const std::string& from, const std::string& to) {
  write("[\"renamed\"," + escaped(from) + "," + escaped(to) + "]\n");
}

void UndoJournal::undo_since(std::int64_t number) {
  const Journals found = journals(prefix_);
  for (const auto& [since, path] : found) {
    if (since < number) break;
    std::ifstream file(path, std::ios::binary);
    std::vector<std::pair<std::string, std::int64_t>> lines;  // and where they begin
    std::int64_t at = 0;
    for (std::string line; std::getline(file, line) && !file.eof(); at += static_cast<std::int64_t>(line.size()) + 1) {
      lines.emplace_back(line, at);
    }
    std::reverse(lines.begin(), lines.end());
    for (const auto& [line, begin] : lines) {
      undo(line);
      // What was undone is not undone once more, should this be cut short: but for the last one, where it does no harm.
      if (truncate(path.c_str(), begin) != 0) throw_cannot("cut back", path);
    }
    unlink(path.c_str());
  }
}
