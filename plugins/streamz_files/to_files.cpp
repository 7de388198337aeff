// SPDX-License-Identifier: Apache-2.0
#include "to_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include <safe_file.h>
#include <streamz/text.h>

#include "names.h"

using namespace streamz;

namespace {

constexpr std::uint64_t all_waiting = 64 << 20, most_waiting = 64 << 10, least_waiting = 4 << 10;  // bytes
constexpr std::size_t longest_name = 255;

[[noreturn]] void throw_cannot(const std::string& what, const std::string& path) {
  throw Error("cannot " + what + " " + path + ": " + std::strerror(errno));
}

[[noreturn]] void refuse(const std::string& what) { throw Error(what, {}, kRecordError); }

// What a record can put into a name: a part of one, and no way to another directory.
void require_part(const std::string& value, const std::string& hole) {
  if (value.empty()) refuse("`" + hole + "` is empty");
  for (const char c : value) {
    if (c == '/') refuse("`" + hole + "` holds a slash: " + text::quoted(value));
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) refuse("`" + hole + "` holds a control character");
  }
}

void require_names(std::string_view path) {
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('/'));
    if (name == "..") refuse("its path leads to another directory: `..`");
    if (name.size() > longest_name) refuse("a name in its path is longer than 255 bytes");
    path.remove_prefix(std::min(name.size() + 1, path.size()));
  }
}

bool is_table(const std::string& format) { return format.starts_with("csv") || format.starts_with("tsv"); }

std::int64_t size_of(const std::string& path) {
  struct stat there {};
  return stat(path.c_str(), &there) == 0 ? static_cast<std::int64_t>(there.st_size) : -1;
}

// a.jsonl.gz: a.N.jsonl.gz, with the first N that is free.
std::string rotated_name(const std::string& path) {
  const std::size_t name = path.rfind('/') + 1;
  const std::size_t dot = std::min(path.find('.', name + 1), path.size());
  for (long number = 1;; ++number) {
    std::string other = path.substr(0, dot) + "." + std::to_string(number) + path.substr(dot);
    if (size_of(other) < 0) return other;
  }
}

}  // namespace

void ToFilesSink::describe(Spec<ToFilesSink>& s) {
  s.summary("write the records into many files, named after them");
  s.details(
      "The path is a template: {EXPR} is what a jq program gives for the record, a string or a number; %F %H and so on "
      "are those of strftime(3), for the time in UTC; {{ and %% are a brace and a per cent. What a record gives is a "
      "part of a name: a slash or nothing at all is the record's fault. Directories are made.\n\n"
      "Few files are open at a time (open_files=). With rotate= a file that has become so large, or so old, is moved "
      "to a name with a number in it, and begun anew. mode=replace and mode=excl write files beside them, which get "
      "their names at the end.\n\n"
      "fsync=commit brings all to the disk every second, and tells the source then; batch each time that something is "
      "written; never leaves it to the system.");
  s.param("path", &ToFilesSink::path, "the template: 'logs/{.user}-%F.jsonl'").positional().required();
  s.param("mode", &ToFilesSink::mode, "what becomes of a file of that name").one_of({"append", "replace", "excl"});
  s.param("rotate", &ToFilesSink::rotate, "begin a file anew after so long, or so many bytes");
  s.param("fsync", &ToFilesSink::fsync, "when it is brought to the disk").one_of({"commit", "batch", "never"});
  s.param("open_files", &ToFilesSink::open_files, "how many are open at once").min(1);
  s.param("max_files", &ToFilesSink::max_files, "how many there may be, as a limit to what a record can do").min(1);
  s.param("format", &ToFilesSink::format, "how records are written; not given: by the file's name")
      .one_of(file_formats);
  s.param("header", &ToFilesSink::header, "csv and tsv: a first row with the names of the columns");
  s.state("for each file a name, and of all together 64 MiB that have yet to be written");
  s.example("$NAME /dev/{\"null\"}", "1 2", "");
}

void ToFilesSink::check() {
  template_ = Template(path);
  if (is_table(format_of(path)) && !compression_of(path).empty())
    throw Error("a packed table cannot be gone on with: its columns cannot be known", "write csv, or jsonl.gz");
  if (rotate && mode != Mode::append) throw Error("rotate= goes with mode=append alone");
}

void ToFilesSink::start() {
  const std::string_view begin = template_.begin();
  const std::size_t time = std::min(begin.find('%'), begin.size());
  const std::string directory = directory_of(std::string(begin.substr(0, time)) + "x");
  std::uint64_t hash = 0;
  for (const char c : path) hash = hash * 31 + static_cast<unsigned char>(c);
  temporary_ = ".streamz-" + std::to_string(hash % 1'000'000) + ".tmp";
  journal_.open(directory, path);
  root_.open(directory, !template_.is_literal());
}

ToFilesSink::~ToFilesSink() {
  for (auto& [name, output] : outputs_) {
    output.writer = LineWriter();
    if (output.fd >= 0) ::close(output.fd);
    if (!complete_ && !with_checkpoints_ && output.written != output.path) unlink(output.written.c_str());
  }
}

std::string ToFilesSink::format_of(const std::string& name) const {
  return to_string(format ? *format : streamz::format_of(name), header);
}

// ---- the records

void ToFilesSink::render(const Record& x) {
  rendered_.clear();
  template_.render(
      x,
      [&](std::string_view literal) {
        if (literal.find('%') == literal.npos) {
          rendered_ += literal;
          return;
        }
        const auto time = static_cast<std::time_t>(now().time_since_epoch() / std::chrono::seconds(1));
        std::tm parts{};
        gmtime_r(&time, &parts);
        char made[1024];
        rendered_.append(made, std::strftime(made, sizeof made, std::string(literal).c_str(), &parts));
      },
      [&](const std::string& value, const std::string& hole) {
        require_part(value, hole);
        rendered_ += value;
      });
  require_names(rendered_);
}

void ToFilesSink::update(const Record& x) {
  render(x);
  Output& output = output_for(rendered_);
  if (rotate) rotate_if_due(output);
  output.writer.write(x);
  if (output.waiting == 0) waiting_.push_back(&output);
  output.waiting += x.raw().size() + 1;
  output.bytes += x.raw().size() + 1;
  if (fsync == Fsync::commit) {
    acks.add(x);
    if (!timer_) schedule(now() + std::chrono::seconds(1));
    timer_ = true;
  }
  const std::uint64_t limit = std::clamp(all_waiting / outputs_.size(), least_waiting, most_waiting);
  if (output.waiting >= limit) flush(output);
}

ToFilesSink::Output& ToFilesSink::output_for(const std::string& name) {
  const auto known = outputs_.find(name);
  if (known != outputs_.end()) return known->second;
  if (outputs_.size() >= static_cast<std::size_t>(max_files))
    throw Error("more than " + std::to_string(max_files) + " files", "max_files= allows more");
  Output& output = outputs_[name];
  output.sink = this;
  output.path = name;
  try {
    begin(output);
  } catch (...) {
    outputs_.erase(name);
    throw;
  }
  return output;
}

void ToFilesSink::begin(Output& output) {
  output.written = mode == Mode::append ? output.path : output.path + temporary_;
  if (mode == Mode::excl && size_of(output.path) >= 0) {
    errno = EEXIST;
    throw_cannot("create", output.path);
  }
  root_.make_directories(output.written);
  require_no_trap(output.written);
  if (mode != Mode::append && !restored_) unlink(output.written.c_str());
  const std::int64_t size = size_of(output.written);
  output.exists = size >= 0;
  output.adds = size > 0;
  output.bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(size, 0));
  output.begun = now();
  std::string how = format_of(output.path);
  if (output.adds && is_table(how)) how += " append";
  const std::string compression = compression_of(output.path);
  if (!compression.empty()) how += " " + compression;
  const auto get = [](void* context) {
    auto& of = *static_cast<Output*>(context);
    return of.sink->descriptor_of(of);
  };
  output.writer.open(node(), {get, &output}, output.path, how);
}

void ToFilesSink::flush(Output& output) {
  output.waiting = 0;
  output.writer.flush();
  if (fsync == Fsync::batch && output.fd >= 0 && fdatasync(output.fd) != 0 && errno != EINVAL)
    throw_cannot("write to", output.path);
}

// Called by the writer when it has something to write.
int ToFilesSink::descriptor_of(Output& output) {
  if (with_checkpoints_ && output.journaled != number_ && !tell_journal(output)) return -1;
  if (output.fd < 0 && !open(output)) return -1;
  open_.splice(open_.begin(), open_, output.place);
  output.unsynced = true;
  return output.fd;
}

bool ToFilesSink::tell_journal(Output& output) {
  try {
    journal_.will_grow(output.written, size_of(output.written));
  } catch (const Error&) {
    return false;  // with its errno
  }
  output.journaled = number_;
  return true;
}

bool ToFilesSink::open(Output& output) {
  if (open_.size() >= static_cast<std::size_t>(open_files)) close_one(*open_.back());
  output.fd = root_.open_file(output.written, O_RDWR | O_CREAT | O_APPEND);
  if (output.fd < 0) return false;
  output.exists = true;
  output.place = open_.insert(open_.begin(), &output);
  return true;
}

void ToFilesSink::close_one(Output& output) {
  if (output.fd < 0) return;
  closed_unsynced_ |= std::exchange(output.unsynced, false);
  ::close(std::exchange(output.fd, -1));
  open_.erase(output.place);
}

void ToFilesSink::rotate_if_due(Output& output) {
  const auto* const age = std::get_if<Duration>(&*rotate);
  const bool due = age != nullptr ? now() >= output.begun + *age : output.bytes >= std::get<Size>(*rotate).bytes;
  if (!due || (output.bytes == 0 && !output.exists)) return;
  output.writer.finish();
  close_one(output);
  if (output.exists) {
    const std::string to = rotated_name(output.path);
    if (with_checkpoints_) journal_.will_rename(output.path, to);
    if (std::rename(output.path.c_str(), to.c_str()) != 0) throw_cannot("rename", output.path);
  }
  output.journaled = -1;
  output.waiting = 0;
  begin(output);
}

// ---- to the disk

void ToFilesSink::idle() {
  for (Output* const output : std::exchange(waiting_, {})) {
    if (output->waiting > 0) flush(*output);
  }
}

void ToFilesSink::on_timer(Time /*due*/) {
  timer_ = false;
  commit();
}

void ToFilesSink::commit() {
  idle();
  sync();
  acks.release();
}

void ToFilesSink::sync() {
  if (fsync == Fsync::never) return;
  if (std::exchange(closed_unsynced_, false)) {
    if (syncfs(root_.descriptor()) != 0) throw_cannot("bring to the disk what is in", root_.name());
  }
  for (Output* const output : open_) {
    if (output->unsynced && fdatasync(output->fd) != 0 && errno != EINVAL) throw_cannot("write to", output->path);
    output->unsynced = false;
  }
}

void ToFilesSink::reopen() {
  while (!open_.empty()) {
    Output& output = *open_.back();
    flush(output);
    if (output.fd >= 0) close_one(output);
  }
}

void ToFilesSink::flush() {
  unschedule();
  for (auto& [name, output] : outputs_) {
    output.waiting = 0;
    output.writer.finish();
    if (!output.exists && descriptor_of(output) < 0) throw_cannot("create", output.path);
  }
  sync();
  acks.release();
  for (auto& [name, output] : outputs_) {
    if (output.written == output.path) continue;
    if (with_checkpoints_) journal_.will_rename(output.written, output.path);
    const int result = mode == Mode::excl ? renameat2(AT_FDCWD, output.written.c_str(), AT_FDCWD, output.path.c_str(),
                                                      RENAME_NOREPLACE)
                                          : std::rename(output.written.c_str(), output.path.c_str());
    if (result != 0) throw_cannot(mode == Mode::excl ? "create" : "replace", output.path);
  }
  complete_ = true;
}

// ---- checkpoints

void ToFilesSink::checkpoint() {
  if (!with_checkpoints_ && !restored_) journal_.clear();
  with_checkpoints_ = true;
  for (auto& [name, output] : outputs_) {
    output.waiting = 0;
    output.writer.sync();
  }
  sync();
  acks.release();
  journal_.begin(++number_);
}

void ToFilesSink::save(State& state) const {
  state.add("number", number_);
  if (mode == Mode::append) return;
  for (const auto& [name, output] : outputs_) state.add("file", escaped(name));
}

void ToFilesSink::restore(const State& state) {
  number_ = state.integer("number");
  restored_ = true;
  with_checkpoints_ = true;
  journal_.undo_since(number_);
  state.each("file", [&](std::string_view name) { output_for(unescaped(name)); });
}
