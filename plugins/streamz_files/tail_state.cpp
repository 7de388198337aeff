// SPDX-License-Identifier: Apache-2.0
// What is kept of TailSource (tail.h) in a checkpoint, and how it finds the files again, whatever they are called by
// then. Tested by tests/e2e/tail.sh.
#include <algorithm>
#include <filesystem>

#include <streamz/format.h>
#include <streamz/text.h>

#include "names.h"
#include "tail.h"

using namespace streamz;
namespace fs = std::filesystem;

namespace {

[[noreturn]] void throw_packed(const std::string& name, const std::string& packed) {
  throw Error("cannot go on in " + name + ": " + packed + " was packed before it was read",
              "from_file reads it; when it is moved away, this goes on without it");
}

}  // namespace

void TailSource::save(State& state) const {
  const auto add = [&](const std::string& name, const std::string& path, const Identity& is, const Fingerprint& begins,
                       const InputPosition& at, std::int64_t copied) {
    std::string row = "[" + escaped(name) + "," + escaped(path);
    for (const std::uint64_t number : {is.device, is.number, static_cast<std::uint64_t>(is.birth), begins.size,
                                       begins.hash, at.byte, at.line, static_cast<std::uint64_t>(copied)}) {
      row += "," + std::to_string(number);
    }
    state.add("file", row + "]");
  };
  for (const Saved& each : saved_)
    add(each.name, each.path, each.identity, each.fingerprint, each.position, each.copied);
  std::set<Identity> held;
  for (const auto& [name, each] : followed_) {
    for (const Held& one : each.held) {
      held.insert(one.file->identity());
      add(name, one.file->path(), one.file->identity(), one.file->fingerprint(), one.file->position(), each.copied);
    }
    if (each.held.empty() && each.met) add(name, "", each.newest, {}, {}, each.copied);
  }
  for (const Identity& one : known_) {
    if (!held.contains(one)) add("", "", one, {}, {}, 0);
  }
}

void TailSource::restore(const State& state) {
  state.each("file", [&](std::string_view row) {
    Saved saved;
    saved.name = unescaped(text::element(row, 0).value_or("\"\""));
    saved.path = unescaped(text::element(row, 1).value_or("\"\""));
    saved.identity = {State::number_at<std::uint64_t>(row, 2), State::number_at<std::uint64_t>(row, 3),
                      static_cast<std::int64_t>(State::number_at<std::uint64_t>(row, 4))};
    saved.fingerprint = {State::number_at<std::uint64_t>(row, 5), State::number_at<std::uint64_t>(row, 6)};
    saved.position = {State::number_at<std::uint64_t>(row, 7), State::number_at<std::uint64_t>(row, 8)};
    saved.copied = static_cast<std::int64_t>(State::number_at<std::uint64_t>(row, 9));
    saved_.push_back(std::move(saved));
  });
}

// Called when run() begins; until then what was saved is what is saved again.
void TailSource::take_up() {
  for (const Saved& saved : saved_) take_up(saved);
  saved_.clear();
  for (const auto& [name, each] : followed_) {
    if (!each.held.empty()) require_none_packed(name, *each.held.back().file);
  }
}

void TailSource::take_up(const Saved& saved) {
  known_.insert(saved.identity);
  if (saved.name.empty()) return;
  const bool literal = std::ranges::any_of(paths, [&](const Path& path) { return path.name == saved.name; });
  Followed& followed = find_or_add(saved.name, !literal);
  followed.met = true;
  followed.newest = saved.identity;
  followed.copied = saved.copied;
  if (saved.path.empty()) return;
  const std::optional<std::string> path = path_of(saved);
  if (!path) {
    throw Error("cannot go on in " + saved.name + ": the file that was read up to byte " +
                    std::to_string(saved.position.byte) + " is gone (number " + std::to_string(saved.identity.number) +
                    ", last seen as " + saved.path + ")",
                "what was added to it after that is lost; --fresh goes on without it");
  }
  hold(saved.name, followed, *path, saved.position);
  Generation& file = *followed.held.back().file;
  if (saved.fingerprint.size == 0 || file.begins_with(saved.fingerprint)) return;
  log(saved.name + " was emptied and written anew: it is read from its beginning");
  followed.held.pop_back();
  hold(saved.name, followed, *path, {});
  followed.copied = birth_clock();
}

std::optional<std::string> TailSource::path_of(const Saved& saved) const {
  for (const std::string& path : {saved.name, saved.path}) {
    if (Identity::of(path) == saved.identity) return path;
  }
  std::error_code error;
  const std::string directory = directory_of(saved.name);
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
    const std::string path = in_directory(directory, entry.path().filename().string());
    if (Identity::of(path) == saved.identity) return path;
  }
  return std::nullopt;
}

// What packs a file keeps its time: one that was written to later than the last that was read was packed unread.
void TailSource::require_none_packed(const std::string& name, const Generation& last) {
  if (Identity::of(name) == last.identity()) return;
  std::error_code error;
  const fs::file_time_type written = fs::last_write_time(last.path(), error);
  for (const fs::directory_entry& entry : fs::directory_iterator(directory_of(name), error)) {
    const std::string packed = entry.path().filename().string();
    if (!packed.starts_with(base_of(name)) || compression_of(packed).empty()) continue;
    if (entry.last_write_time(error) > written) throw_packed(name, packed);
  }
}
