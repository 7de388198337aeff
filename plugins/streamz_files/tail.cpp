// SPDX-License-Identifier: Apache-2.0
#include "tail.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include <streamz/text.h>

#include "names.h"

using namespace streamz;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t slice = 256 << 10;  // bytes of one file, before another one's turn

// app.log.3: 3. The higher, the older.
long rotation_of(const std::string& path) {
  const std::size_t dot = path.rfind('.') + 1;
  long number = 0;
  std::from_chars(path.data() + dot, path.data() + path.size(), number);
  return number;
}

}  // namespace

void TailSource::describe(Spec<TailSource>& s) {
  s.summary("follow files: bring in what is added to them");
  s.details(
      "As `tail -F`: when the file of that name is moved away and another one put in its place, the old one is read to "
      "its end and then the new one; a file that becomes shorter is read from its beginning. What was moved away while "
      "nobody looked is found beside it, under a name that begins with its own, and read before the newer ones. A last "
      "line without its end is held until the end comes, or the file is left.\n\n"
      "With --checkpoint it goes on where it stood, in whatever file that is by now. Files that copytruncate rotates "
      "can lose what is written between the copy and the cut: nobody can read that.");
  s.param("path", &TailSource::paths, "the files, or patterns of their names: * ? [abc]")
      .positional()
      .required()
      .repeat();
  s.param("from", &TailSource::from,
          "where a file begins that is there at the start; stored: where the checkpoint stands, and the beginning of a "
          "file that it does not know. One that comes later begins at its beginning")
      .one_of({"end", "beginning", "stored"});
  s.param("format", &TailSource::format, "how they are read; not given: by their names").one_of(file_formats);
  s.param("header", &TailSource::header, header_doc);
  s.param("rotate_wait", &TailSource::rotate_wait,
          "how long a file that was moved away or deleted is still looked at after it has grown last");
  s.param("watch", &TailSource::watch_by, watch_doc).one_of(watch_words);
  s.param("interval", &TailSource::interval, "how often it looks by itself; all the time, as changes are heard of too");
  s.state("for each file its identity and a position");
  s.endless("always");
  s.example("$NAME /etc/os-release from=beginning format=text ! head 1 ! map type", "", "\"string\"");
  s.replayable();
}

void TailSource::start() {
  for (const Path& path : paths) {
    if (path.name == "-") throw Error("standard input cannot be followed", "from_stdin reads it");
    const std::string directory = directory_of(path.name);
    if (is_pattern(path.name)) continue;
    struct stat there {};
    if (stat(directory.c_str(), &there) != 0) throw Error("cannot follow " + path.name + ": " + std::strerror(errno));
    if (stat(path.name.c_str(), &there) == 0 && !S_ISREG(there.st_mode))
      throw Error("cannot follow " + path.name + ": it is no regular file");
  }
}

// ---- which files

TailSource::Followed& TailSource::find_or_add(const std::string& name, bool by_pattern) {
  const auto [place, added] = followed_.try_emplace(name);
  Followed& followed = place->second;
  if (!added) return followed;
  followed.by_pattern = by_pattern;
  by_base_[base_of(name)].push_back(&followed);
  watch(name);
  return followed;
}

void TailSource::watch(const std::string& name) {
  if (watcher_.descriptor() < 0) return;
  watcher_.watch(directory_of(name));
  std::error_code error;
  const fs::path real = fs::canonical(name, error);
  if (!error) watcher_.watch(directory_of(real.string()));
}

void TailSource::look() {
  look_soon_ = false;
  next_look_ = now() + interval;
  std::set<Identity> needed;  // what was left and has no name here could not be met again
  for (const Path& path : paths) {
    if (!is_pattern(path.name)) {
      find_or_add(path.name, false);
      continue;
    }
    if (watcher_.descriptor() >= 0) watcher_.watch(directory_of(path.name));
    for (const std::string& name : matches(path.name)) {
      struct stat there {};
      if (stat(name.c_str(), &there) != 0 || !S_ISREG(there.st_mode)) continue;
      const std::optional<Identity> identity = Identity::of(name);
      if (!identity || !known_.contains(*identity)) {
        find_or_add(name, true);
      } else {
        needed.insert(*identity);
      }
    }
  }
  for (auto& [name, each] : followed_) each.changed = true;
  forget_gone();
  for (const auto& [name, each] : followed_) {
    needed.insert(each.newest);
    for (const Held& held : each.held) needed.insert(held.file->identity());
  }
  std::erase_if(known_, [&](const Identity& one) { return !needed.contains(one); });
}

// A file of a pattern that has no name any more and was left.
void TailSource::forget_gone() {
  for (auto each = followed_.begin(); each != followed_.end();) {
    const bool gone = each->second.by_pattern && each->second.held.empty() && !Identity::of(each->first);
    if (!gone) {
      ++each;
      continue;
    }
    std::erase(by_base_[base_of(each->first)], &each->second);
    each = followed_.erase(each);
  }
}

// Whether the name leads to another file than before.
void TailSource::look_at(const std::string& name, Followed& followed) {
  for (int tries = 0; tries < 10; ++tries) {
    const std::optional<Identity> there = Identity::of(name);
    if (!there) {
      if (!followed.held.empty()) leave_later(followed.held.back());
      return;
    }
    if (followed.met && *there == followed.newest) {
      if (!followed.held.empty()) followed.held.back().leave_at.reset();
      return;
    }
    if (open_newer(name, followed, *there)) return;
  }
}

// False: it was moved again meanwhile.
bool TailSource::open_newer(const std::string& name, Followed& followed, const Identity& now_there) {
  std::vector<std::pair<Identity, std::string>> files;
  if (followed.met) files = newer_siblings(name, followed, now_there);
  if (!known_.contains(now_there)) files.emplace_back(now_there, name);
  for (const auto& [identity, path] : files) {
    if (Identity::of(path) != identity) return false;
    if (!followed.held.empty()) leave_later(followed.held.back());
    const bool old = followed.met || begun_ || from != From::end;
    hold(name, followed, path, old ? InputPosition{} : first_position(path));
    if (followed.held.back().file->identity() != identity) {
      followed.held.pop_back();
      return false;
    }
    followed.met = true;
    followed.newest = identity;
    known_.insert(identity);
  }
  if (files.empty()) followed.newest = now_there;  // known under another name
  return true;
}

// Those that had the name after the newest that is known, and were moved away before anybody looked; the oldest
// first. What is packed is left out: it cannot be told which file it was.
std::vector<std::pair<Identity, std::string>> TailSource::newer_siblings(const std::string& of,
                                                                         const Followed& followed,
                                                                         const Identity& but) const {
  std::vector<std::pair<Identity, std::string>> found;
  const std::string directory = directory_of(of);
  const std::string base = base_of(of);
  const std::int64_t after = std::max(followed.newest.birth, followed.copied);
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(base) || name == base || !compression_of(name).empty()) continue;
    const std::string path = in_directory(directory, name);
    struct stat there {};
    const std::optional<Identity> identity = Identity::of(path);
    if (!identity || stat(path.c_str(), &there) != 0 || !S_ISREG(there.st_mode)) continue;
    if (*identity == but || known_.contains(*identity) || identity->birth <= after) continue;
    if (but.birth != 0 && identity->birth > but.birth) continue;
    found.emplace_back(*identity, path);
  }
  std::ranges::sort(found, [](const auto& a, const auto& b) {
    if (a.first.birth != b.first.birth) return a.first.birth < b.first.birth;
    return rotation_of(a.second) > rotation_of(b.second);
  });
  return found;
}

void TailSource::hold(const std::string& name, Followed& followed, const std::string& path, InputPosition from) {
  followed.held.push_back({std::make_unique<Generation>(node(), path, format_of(name), from), std::nullopt});
}

void TailSource::leave_later(Held& held) {
  if (!held.leave_at) held.leave_at = now() + rotate_wait;
}

std::string TailSource::format_of(const std::string& name) const {
  if (format) return to_string(*format, header);
  // A rotated log is no other format than the one that it was.
  return to_string(streamz::format_of(name), header);
}

// Behind the last newline: what follows is the beginning of a line that is being written.
InputPosition TailSource::first_position(const std::string& path) const {
  struct stat status {};
  InputPosition position;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 || stat(path.c_str(), &status) != 0) status.st_size = 0;
  std::string end(std::min<std::size_t>(static_cast<std::size_t>(status.st_size), 1 << 20), '\0');
  const auto begin = static_cast<std::size_t>(status.st_size) - end.size();
  const ssize_t got = pread(fd, end.data(), end.size(), static_cast<off_t>(begin));
  if (fd >= 0) close(fd);
  end.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  position.byte = begin + end.rfind('\n') + 1;  // npos + 1 is 0
  return position;
}

// ---- reading

void TailSource::run() {
  std::vector<std::string> directories;
  for (const Path& path : paths) directories.push_back(directory_of(path.name));
  if (!watcher_.open(watch_by, directories)) log("the system tells of no changes: looking every so often instead");
  take_up();
  look();
  while (true) {
    bool more = false;
    for (auto& [name, each] : followed_) {
      if (!each.changed) continue;
      look_at(name, each);
      if (!read(name, each, more)) return;
      if (stopping()) return;
    }
    begun_ = true;
    const Time until = more ? now() : next_moment();
    if (watcher_.descriptor() >= 0 ? !wait(watcher_.descriptor(), POLLIN, until) : !wait_until(until)) return;
    hear();
    if (look_soon_ || now() >= next_look_) look();
  }
}

void TailSource::hear() {
  if (watcher_.descriptor() < 0) return;
  const bool all = watcher_.read([this](const std::string& directory, const std::string& name, bool /*complete*/) {
    // Of the same name in another directory, or behind a link: to look once too often costs little.
    const auto known = by_base_.find(name);
    if (known != by_base_.end()) {
      for (Followed* const each : known->second) each->changed = true;
      return;
    }
    const std::string path = in_directory(directory, name);
    for (const Path& pattern : paths) look_soon_ |= fnmatch(pattern.name.c_str(), path.c_str(), FNM_PATHNAME) == 0;
  });
  if (all) return;
  look_soon_ = true;
  for (const auto& [name, each] : followed_) watch(name);
}

// A slice of what there is; the older before the newer. False: nobody wants more.
bool TailSource::read(const std::string& name, Followed& followed, bool& more) {
  followed.changed = false;
  for (Held& held : followed.held) {
    const Generation::Read result = held.file->read(slice);
    if (result == Generation::Read::unwanted) return false;
    if (result == Generation::Read::truncated) {
      log(name + " was emptied: it is read from its beginning");
      followed.copied = birth_clock();
      followed.changed = more = true;
      break;
    }
    if (result == Generation::Read::something && held.leave_at) held.leave_at = now() + rotate_wait;
    if (held.file->at_end()) continue;
    followed.changed = more = true;
    break;
  }
  while (!followed.held.empty()) {
    Held& oldest = followed.held.front();
    if (!oldest.leave_at || !oldest.file->at_end() || now() < *oldest.leave_at) break;
    if (!oldest.file->finish()) return false;
    followed.held.pop_front();
  }
  return true;
}

Time TailSource::next_moment() const {
  Time next = next_look_;
  for (const auto& [name, each] : followed_) {
    if (!each.held.empty() && each.held.front().leave_at) next = std::min(next, *each.held.front().leave_at);
  }
  return std::max(next, now() + std::chrono::milliseconds(1));
}
