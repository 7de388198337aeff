// SPDX-License-Identifier: Apache-2.0
#include "from_directory.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <streamz/text.h>

#include "names.h"

using namespace streamz;
namespace fs = std::filesystem;

namespace {

constexpr int durable_after = 2;  // checkpoints: the one before the last is kept, and can be what a run goes on from

std::int64_t modified_at(const struct stat& status) {
  return status.st_mtim.tv_sec * std::int64_t{1'000'000'000} + status.st_mtim.tv_nsec;
}

// What is being written by those who know how: under another name until it is complete.
bool is_left_out(const std::string& name) {
  return name.starts_with('.') || name.ends_with(".tmp") || name.ends_with(".part");
}

std::string moved_to(const std::string& done_with) {
  constexpr std::string_view prefix = "move:";
  return done_with.starts_with(prefix) ? done_with.substr(prefix.size()) : "";
}

}  // namespace

void FromDirectorySource::describe(Spec<FromDirectorySource>& s) {
  s.summary("bring in the records of the files in a directory, and of new ones");
  s.details(
      "First of the files that are there, then of each that comes, once it is complete: when it was closed by who "
      "wrote it, moved here, or has looked the same for a while (settle=). Each file once, also when it is written to "
      "later. Names that begin with a dot or end in .tmp or .part are left out. How a file is read its name decides, "
      "as for "
      "`from_file`.\n\n"
      "done=delete and done=move:DIR put a file away when all that comes of it is done with; with --checkpoint when a "
      "checkpoint says so.");
  s.param("path", &FromDirectorySource::paths, "directories, or patterns of the names of files: * ? [abc]")
      .positional()
      .required()
      .repeat();
  s.param("emit", &FromDirectorySource::emit_what, "paths: not the records, but {path, size, mtime} of each file")
      .one_of({"records", "paths"});
  s.param("order", &FromDirectorySource::order,
          "of the files that are there at the start: by their names or their times")
      .one_of({"name", "time"});
  s.param("recursive", &FromDirectorySource::recursive, "also the directories in it");
  s.param("follow", &FromDirectorySource::follow, "wait for new files; false: end with those that are there");
  s.param("done", &FromDirectorySource::done_with, "what becomes of a file: keep, delete or move:DIR");
  s.param("format", &FromDirectorySource::format, "how they are read; not given: by their names").one_of(file_formats);
  s.param("header", &FromDirectorySource::header, header_doc);
  s.param("settle", &FromDirectorySource::settle, "how long a file has to look the same that nobody was seen to close");
  s.param("watch", &FromDirectorySource::watch_by, watch_doc).one_of(watch_words);
  s.param("interval", &FromDirectorySource::interval, "how often it looks by itself, as the system can miss some");
  s.state("the identity of each file that is there and was read");
  s.endless("follow=true");
  s.replayable();
  s.acknowledges();
  s.example("$NAME /dev/fd/none* follow=false ! count", "", "0");
}

void FromDirectorySource::check() {
  const bool known = done_with == "keep" || done_with == "delete" || !moved_to(done_with).empty();
  if (!known) throw Error("`" + done_with + "` is no value of `done`", "use keep, delete or move:DIR");
}

void FromDirectorySource::start() {
  for (const Path& path : paths) {
    struct stat there {};
    if (is_pattern(path.name)) continue;
    if (stat(path.name.c_str(), &there) != 0) throw Error("cannot read " + path.name + ": " + std::strerror(errno));
    if (!S_ISDIR(there.st_mode))
      throw Error("cannot read " + path.name + ": it is no directory", "from_file reads a file");
  }
  const std::string to = moved_to(done_with);
  struct stat there {};
  if (!to.empty() && (stat(to.c_str(), &there) != 0 || !S_ISDIR(there.st_mode)))
    throw Error("cannot move files to " + to + ": there is no such directory");
}

// ---- state

void FromDirectorySource::save(State& state) const {
  const auto row = [](const Identity& is, const std::string& path) {
    return "[" + std::to_string(is.device) + "," + std::to_string(is.number) + "," + std::to_string(is.birth) + "," +
           escaped(path) + "]";
  };
  std::set<Identity> waiting;
  for (const File& file : ready_) waiting.insert(file.identity);
  if (now_) waiting.insert(now_->identity);
  std::map<Identity, std::string> to_put_away;
  for (const Done& done : done_) to_put_away[done.identity] = done.path;
  for (const Identity& one : known_) {
    if (waiting.contains(one)) continue;
    const auto path = to_put_away.find(one);
    state.add("done", row(one, path == to_put_away.end() ? "" : path->second));
  }
  if (!now_) return;
  state.add("now", row(now_->identity, now_->path));
  save_position(state, reading_ ? lines_.position() : from_);
}

void FromDirectorySource::restore(const State& state) {
  const auto identity = [](std::string_view row) {
    return Identity{State::number_at<std::uint64_t>(row, 0), State::number_at<std::uint64_t>(row, 1),
                    State::number_at<std::int64_t>(row, 2)};
  };
  state.each("done", [&](std::string_view row) {
    known_.insert(identity(row));
    const std::string path = unescaped(text::element(row, 3).value_or("\"\""));
    // This checkpoint says that it is done with, and run() is called behind the next.
    if (!path.empty()) done_.push_back({path, identity(row), 0, durable_after + 1});
  });
  const std::optional<std::string_view> now = state.find("now");
  if (!now) return;
  File file;
  file.path = unescaped(text::element(*now, 3).value_or("\"\""));
  file.identity = identity(*now);
  if (Identity::of(file.path) != file.identity) {
    throw Error("cannot go on in " + file.path + ": it is gone, or not the file that was read",
                "--fresh goes on without it");
  }
  from_ = saved_position(state);
  known_.insert(file.identity);
  now_ = std::move(file);
}

// What was acknowledged before the last two were taken is in both generations of the checkpoint by now.
void FromDirectorySource::checkpoint() {
  with_checkpoints_ = true;
  for (Done& done : done_) {
    if (done.serial < acknowledged_) ++done.checkpoints;
  }
}

void FromDirectorySource::acked(Slot /*slot*/, std::int64_t next) {
  acknowledged_ = next;
  put_away();
}

// ---- which files

void FromDirectorySource::look() {
  next_look_ = now() + interval;
  found_.clear();
  for (const Path& path : paths) {
    if (!is_pattern(path.name)) {
      look_in(path.name);
      continue;
    }
    if (watcher_.descriptor() >= 0) watcher_.watch(directory_of(path.name));
    for (const std::string& name : matches(path.name)) {
      std::error_code error;
      if (recursive && fs::is_directory(name, error)) {
        look_in(name);
      } else {
        meet(name, false);
      }
    }
  }
  // A file that has no name here any more is forgotten; its number can come again.
  std::erase_if(known_,
                [this](const Identity& one) { return !found_.contains(one) && !(now_ && now_->identity == one); });
  std::erase_if(seen_, [this](const auto& each) { return !found_.contains(each.second.identity); });
  take_complete();
}

void FromDirectorySource::look_in(const std::string& directory) {
  if (watcher_.descriptor() >= 0) watcher_.watch(directory);  // before the look: nothing comes between
  std::error_code error;
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
    names.push_back(entry.path().filename().string());
  }
  if (error && !fs::exists(directory)) return;
  if (error) throw Error("cannot read " + directory + ": " + error.message());
  std::ranges::sort(names);
  for (const std::string& name : names) {
    const std::string path = in_directory(directory, name);
    if (is_left_out(name)) continue;
    if (recursive && fs::is_directory(path, error)) {
      look_in(path);
    } else {
      meet(path, false);
    }
  }
}

void FromDirectorySource::meet(const std::string& path, bool complete) {
  struct stat status {};
  const std::optional<Identity> identity = Identity::of(path);
  if (!identity || stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
  found_.insert(*identity);
  if (known_.contains(*identity)) return;
  Seen& seen = seen_[path];
  const bool same = seen.identity == *identity && seen.size == static_cast<std::uint64_t>(status.st_size) &&
                    seen.modified == modified_at(status);
  if (!same) {
    seen = {*identity, static_cast<std::uint64_t>(status.st_size), modified_at(status), now(), seen.complete};
    // Nobody has written to it for as long as we can tell.
    const Duration age(birth_clock() - modified_at(status));
    seen.complete = seen.complete || (!begun_ && (age > settle || !follow));
  }
  seen.complete = seen.complete || complete;
}

void FromDirectorySource::hear() {
  if (watcher_.descriptor() < 0) return;
  const bool all = watcher_.read([this](const std::string& directory, const std::string& name, bool complete) {
    const std::string path = in_directory(directory, name);
    if (name.empty() || is_left_out(name)) return;
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) return;
    if (recursive && S_ISDIR(status.st_mode)) {
      next_look_ = {};
      return;
    }
    const bool wanted = std::ranges::any_of(paths, [&](const Path& each) {
      if (is_pattern(each.name)) return fnmatch(each.name.c_str(), path.c_str(), FNM_PATHNAME) == 0;
      return directory == each.name || (recursive && directory.starts_with(each.name));
    });
    // A link to a file is made when the file is there.
    if (wanted) meet(path, complete || S_ISLNK(status.st_mode) || status.st_nlink > 1);
  });
  if (!all) next_look_ = {};
  take_complete();
}

// From those that were seen to those that are read: the first ones in the order that was asked for.
void FromDirectorySource::take_complete() {
  std::vector<File> files;
  for (auto each = seen_.begin(); each != seen_.end();) {
    const Seen& seen = each->second;
    if (!seen.complete && now() < seen.since + settle) {
      ++each;
      continue;
    }
    if (known_.insert(seen.identity).second) files.push_back({each->first, seen.identity, seen.size, seen.modified});
    each = seen_.erase(each);
  }
  if (order == Order::time || begun_) {
    std::ranges::stable_sort(files, [](const File& a, const File& b) { return a.modified < b.modified; });
  }
  ready_.insert(ready_.end(), files.begin(), files.end());
}

// ---- reading

void FromDirectorySource::run() {
  std::vector<std::string> directories;
  for (const Path& path : paths) directories.push_back(is_pattern(path.name) ? directory_of(path.name) : path.name);
  if (follow && !watcher_.open(watch_by, directories))
    log("the system tells of no changes: looking every so often instead");
  slot_ = slot("");
  put_away();
  if (now_ && !bring_in(File(*now_))) return;
  while (true) {
    if (now() >= next_look_) look();
    begun_ = true;
    while (!ready_.empty()) {
      const File file = ready_.front();
      ready_.pop_front();
      if (!bring_in(file)) return;
      hear();
    }
    put_away();
    if (!follow && seen_.empty()) return;
    Time until = next_look_;
    for (const auto& [path, seen] : seen_) until = std::min(until, seen.since + settle);
    if (watcher_.descriptor() >= 0 ? !wait(watcher_.descriptor(), POLLIN, until) : !wait_until(until)) return;
    hear();
  }
}

// False: nobody wants more, or the run stops.
bool FromDirectorySource::bring_in(const File& file) {
  now_ = file;
  batch(slot_, ++serial_);
  bool wanted = true;
  if (emit_what == Emit::paths) {
    wanted = emit_path(file);
  } else if (!read(file)) {
    return false;
  }
  finished(file);
  return wanted && !stopping();
}

bool FromDirectorySource::emit_path(const File& file) {
  return emit_text("{\"path\":" + text::quoted(file.path) + ",\"size\":" + std::to_string(file.size) +
                   ",\"mtime\":" + std::to_string(file.modified / 1'000'000'000) + "}");
}

bool FromDirectorySource::read(const File& file) {
  const int fd = open(file.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno != ENOENT) throw Error("cannot open " + file.path + ": " + std::strerror(errno));
    log(file.path + " is gone before it was read");
    return true;
  }
  const std::unique_ptr<const int, void (*)(const int*)> closer(&fd, [](const int* opened) { close(*opened); });
  const Input input{fd, file.path, to_string(format ? *format : format_of(file.path), header)};
  reading_ = true;
  const bool whole = read_input(
      node(), input, [this](int, bool) { return !stopping(); }, lines_, from_);
  if (whole) reading_ = false;
  return whole;
}

void FromDirectorySource::finished(const File& file) {
  now_.reset();
  from_ = {};
  lines_ = LineReader();  // it holds the batch of what it has read last
  if (done_with != "keep") done_.push_back({file.path, file.identity, serial_ - 1, 0});
}

// ---- afterwards

void FromDirectorySource::put_away() {
  while (!done_.empty()) {
    const Done& first = done_.front();
    const bool durable = first.checkpoints > durable_after || (!with_checkpoints_ && first.serial < acknowledged_);
    if (!durable) return;
    put_away(first);
    done_.pop_front();
  }
}

void FromDirectorySource::finish() {
  for (const Done& done : done_) put_away(done);
}

void FromDirectorySource::put_away(const Done& done) const {
  if (Identity::of(done.path) != done.identity) return;  // somebody else was here
  const std::string to = moved_to(done_with);
  const std::string target = to.empty() ? "" : in_directory(to, base_of(done.path));
  const int result = to.empty() ? unlink(done.path.c_str())
                                : renameat2(AT_FDCWD, done.path.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE);
  if (result == 0) return;
  throw Error("cannot " + std::string(to.empty() ? "delete " : "move ") + done.path +
              (to.empty() ? "" : " to " + target) + ": " + std::strerror(errno));
}
