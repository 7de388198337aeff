// SPDX-License-Identifier: Apache-2.0
// Step 2. Built-ins stand in the index from the start; the directories are read when somebody asks for
// a name that is none of them. There is no cache: a manifest costs 10 us.
#include "index.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "module.h"
#include "safe_file.h"

namespace streamz {

struct Index::Scanned {
  std::vector<SearchedDirectory> directories;
};

namespace {

namespace fs = std::filesystem;

// ---- where plugins are looked for

class Directories {
 public:
  void add(const fs::path& path, std::string skipped = {}, bool unasked = false) {
    if (skipped.empty()) skipped = why_not(path);
    list.push_back({path, std::move(skipped), unasked});
  }
  // root does not trust a directory below somebody's home.
  void add_of_user(const fs::path& path) {
    struct stat info {};
    const bool foreign = geteuid() == 0 && stat(path.c_str(), &info) == 0 && info.st_uid != 0;
    add(path, foreign ? fmt::format("belongs to uid {}, not to root", info.st_uid) : std::string());
  }
  void add_variable(const std::string& parts) {
    for (const std::string& part : split(parts)) {
      const bool absolute = fs::path(part).is_absolute();
      // Never the working directory, by whatever slip it gets into the variable.
      const std::string why = fmt::format("{} part of $STREAMZ_PLUGIN_PATH", part.empty() ? "empty" : "relative");
      add(part, absolute ? std::string() : why, !absolute);
    }
  }
  static std::vector<std::string> split(const std::string& parts) {
    std::vector<std::string> list;
    std::size_t begin = 0;
    while (true) {
      const std::size_t end = parts.find(':', begin);
      list.push_back(parts.substr(begin, end - begin));
      if (end == std::string::npos) return list;
      begin = end + 1;
    }
  }

  std::vector<SearchedDirectory> list;

 private:
  std::string why_not(const fs::path& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) return errno == ENOENT ? "does not exist" : std::strerror(errno);
    if (!S_ISDIR(info.st_mode)) return "not a directory";
    if (access(path.c_str(), R_OK | X_OK) != 0) return std::strerror(errno);
    return seen_.emplace(std::pair(info.st_dev, info.st_ino), true).second ? "" : "searched before";
  }
  std::map<std::pair<dev_t, ino_t>, bool> seen_;
};

std::string variable(const char* name) {
  const char* const value = secure_getenv(name);
  return value == nullptr ? "" : value;
}

// PREFIX/share of each prefix that plugins may be installed to; libraries are in PREFIX/lib beside it. The
// program's own tree comes first, but one of the usual prefixes keeps its place: /usr/local before /usr.
std::vector<fs::path> shared_data() {
  std::vector<fs::path> found;
  const std::string parts = variable("XDG_DATA_DIRS");
  for (const fs::path part : Directories::split(parts.empty() ? "/usr/local/share:/usr/share" : parts)) {
    if (part.is_absolute()) found.push_back(part.has_filename() ? part : part.parent_path());
  }
  const fs::path own = installation_root() / "share";
  if (std::find(found.begin(), found.end(), own) == found.end()) found.insert(found.begin(), own);
  return found;
}

std::vector<SearchedDirectory> search_directories(const SearchPath& where) {
  Directories found;
  for (const std::string& directory : where.first) found.add(fs::absolute(directory));
  if (const std::string parts = variable("STREAMZ_PLUGIN_PATH"); !parts.empty()) found.add_variable(parts);
  const fs::path home = variable("HOME");
  fs::path data = variable("XDG_DATA_HOME");
  if (data.empty() && !home.empty()) data = home / ".local/share";
  if (data.is_absolute()) found.add_of_user(data / "streamz/plugins");
  // Where `cmake --install BUILD --prefix ~/.local` puts libraries, wherever XDG_DATA_HOME is.
  if (home.is_absolute()) found.add_of_user(home / ".local/lib/streamz/plugins");
  for (const fs::path& part : shared_data()) {
    found.add(part / "streamz/plugins");
    if (part.filename() == "share") found.add(part.parent_path() / "lib/streamz/plugins");
  }
  return std::move(found.list);
}

std::vector<fs::path> manifests_in(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code unreadable;  // it vanished meanwhile: no plugins in it
  for (fs::directory_iterator at(directory, unreadable), end; !unreadable && at != end; at.increment(unreadable)) {
    std::string name = at->path().filename();
    if (name.ends_with(".json") && name.front() != '.') names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  std::vector<fs::path> files;
  files.reserve(names.size());
  for (const std::string& name : names) files.push_back(directory / name);
  return files;
}

// ---- entries

Entry builtin_entry(const Builtin& row) {
  Entry entry;
  entry.name = row.name;
  entry.kind = row.type->kind;
  entry.package = "streamz";
  entry.class_name = row.type->name;
  entry.builtin = row.type;
  return entry;
}

template <class Row>
const Row* find_row(std::span<const Row> rows, std::string_view name) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return name == row.name; });
  return found == rows.end() ? nullptr : &*found;
}

bool is_builtin(std::string_view name) {
  return find_row(builtin_stages(), name) != nullptr || find_row(second_names(), name) != nullptr;
}

Entry builtin_entry(const SecondName& second) {
  Entry entry = builtin_entry(*find_row(builtin_stages(), second.same_as));
  entry.name = second.name;
  entry.same_as = second.same_as;
  if (second.preset_key != nullptr) entry.preset.emplace_back(second.preset_key, second.preset_value);
  return entry;
}

// Entries of the manifests in the order of the search path: who comes first keeps the name.
class Adding {
 public:
  explicit Adding(std::deque<Entry>& entries) : entries_(entries) {}

  // `unsafe`: what is wrong with the directory, which then comes before all that may be in it.
  void add(const fs::path& file, const std::optional<Error>& unsafe) {
    const auto manifest = std::make_shared<Manifest>(read_manifest(file));
    if (unsafe) manifest->broken = unsafe;
    const auto [first, is_first] = packages_.emplace(manifest->package, file);
    Entry entry;
    entry.package = manifest->package;
    entry.manifest = manifest;
    if (!is_first) {
      entry.state = Entry::State::shadowed;
      entry.problem = "shadowed by " + first->second.string();
    } else if (manifest->broken) {
      entry.state = Entry::State::broken;
      entry.problem = manifest->broken->what();
      entry.code = manifest->broken->code;
    }
    for (const EntryPoint& point : manifest->entry_points) add(entry, point);
    if (manifest->broken && manifest->entry_points.empty()) {
      entry.name = manifest->package;
      entries_.push_back(entry);
    }
  }

 private:
  void add(Entry entry, const EntryPoint& point) {
    entry.name = point.name;
    entry.kind = point.kind;
    entry.class_name = point.class_name;
    if (entry.state == Entry::State::ok) {
      if (const std::string_view keeper = keeper_of(entry); !keeper.empty()) {
        entry.state = Entry::State::clash;
        entry.problem = fmt::format("kept {}; use {}:{}", keeper, entry.package, entry.name);
      }
    }
    entries_.push_back(std::move(entry));
  }

  // Who has its name already; empty: it has it from now on.
  std::string_view keeper_of(const Entry& entry) {
    if (is_builtin(entry.name)) return "the built-in";
    const auto [keeper, is_free] = names_.emplace(entry.name, entry.package);
    return is_free ? std::string_view() : keeper->second;
  }

  std::deque<Entry>& entries_;
  std::map<std::string, std::string> names_;  // to the package that keeps it
  std::map<std::string, fs::path> packages_;  // to the first manifest
};

}  // namespace

std::string fold(std::string_view name) {
  std::string folded(name);
  std::replace(folded.begin(), folded.end(), '-', '_');
  return folded;
}

const StageSpec* Entry::spec() const {
  if (builtin != nullptr) return &builtin->spec();
  if (manifest == nullptr) return nullptr;
  if (learned) return learned.get();
  for (const auto& [stage, spec] : manifest->stages) {
    if (stage == name) return &spec;
  }
  return nullptr;
}

Index::Index(SearchPath where) : where_(std::move(where)) {}

// Without an entry for each of the others: a chain names a few, and is to begin at once.
const Entry* Index::find_builtin(const std::string& name) const {
  for (const Entry& entry : builtins_) {
    if (entry.name == name) return &entry;
  }
  if (const Builtin* const row = find_row(builtin_stages(), name)) return &builtins_.emplace_back(builtin_entry(*row));
  const SecondName* const second = find_row(second_names(), name);
  return second == nullptr ? nullptr : &builtins_.emplace_back(builtin_entry(*second));
}

void Index::scan() const {
  if (scanned_) return;
  scanned_ = std::make_shared<Scanned>();
  if (where_.no_plugins) return;
  scanned_->directories = search_directories(where_);
  Adding adding(entries_);
  for (const SearchedDirectory& directory : scanned_->directories) {
    if (!directory.skipped.empty()) continue;
    std::optional<Error> unsafe;
    try {
      if (!where_.allow_unsafe) require_safe_directory(directory.path);
    } catch (const Error& error) {
      unsafe = error;
    }
    for (const fs::path& file : manifests_in(directory.path)) adding.add(file, unsafe);
  }
}

const Entry* Index::find(std::string_view typed) const {
  const std::size_t colon = typed.find(':');
  const bool qualified = colon != std::string_view::npos;
  const std::string package(qualified ? typed.substr(0, colon) : typed);
  const std::string name = fold(qualified ? typed.substr(colon + 1) : typed);
  if (!qualified || package == "streamz") {
    if (const Entry* const found = find_builtin(name)) return found;
  }
  const auto first = [&](auto wanted) -> const Entry* {
    const auto found = std::find_if(entries_.begin(), entries_.end(), wanted);
    return found == entries_.end() ? nullptr : &*found;
  };
  using State = Entry::State;
  const auto usable = [&](const Entry& entry) {
    if (entry.name != name) return false;
    return qualified ? entry.package == package && (entry.state == State::ok || entry.state == State::clash)
                     : entry.state == State::ok;
  };
  scan();
  if (const Entry* const found = first(usable)) return found;
  // Nobody can serve it: the reason, where a broken manifest would have.
  const auto broken = [&](const Entry& entry) {
    return entry.state == State::broken && (entry.package == package || (!qualified && entry.name == name));
  };
  return first(broken);
}

const std::deque<Entry>& Index::all() const {
  scan();
  if (std::exchange(has_builtins_, true)) return entries_;
  std::vector<Entry> builtins;
  for (const Builtin& row : builtin_stages()) builtins.push_back(builtin_entry(row));
  for (const SecondName& second : second_names()) builtins.push_back(builtin_entry(second));
  entries_.insert(entries_.begin(), builtins.begin(), builtins.end());  // at an end, so the others keep their places
  return entries_;
}

std::vector<std::string> Index::names() const {
  std::vector<std::string> names;
  for (const Entry& entry : all()) {
    if (entry.state == Entry::State::ok) names.push_back(entry.name);
  }
  return names;
}

std::string Index::extra_of(std::string_view typed) {
  static const std::map<std::string, std::string, std::less<>> extras = {
      {"from_directory", "files"},     {"tail", "files"},    {"to_files", "files"}, {"from_kafka", "kafka"},
      {"from_kafka_batched", "kafka"}, {"to_kafka", "kafka"}};
  const auto found = extras.find(fold(typed));
  return found == extras.end() ? "" : found->second;
}

const std::vector<SearchedDirectory>& Index::directories() const {
  scan();
  return scanned_->directories;
}

std::vector<std::string> Index::collisions(std::string_view typed) const {
  if (typed.empty()) scan();
  const std::string name = fold(typed);
  std::vector<std::string> lines;
  for (const Entry& entry : entries_) {
    if (entry.state != Entry::State::clash || (!name.empty() && entry.name != name)) continue;
    const auto keeps = [&](const Entry& other) { return other.name == entry.name && other.state == Entry::State::ok; };
    const auto kept = std::find_if(entries_.begin(), entries_.end(), keeps);
    const bool is_plugin = kept != entries_.end() && kept->manifest != nullptr;
    lines.push_back(
        fmt::format("Can't add {0} from {1}: name collision with existing stream node.\n"
                    "  = kept: {2}\n  = help: {1}:{0} is the other",
                    entry.name, entry.package, is_plugin ? kept->manifest->file.string() : "the built-in"));
  }
  return lines;
}

std::vector<Diagnostic> Index::warnings() const {
  std::vector<Diagnostic> list;
  if (!scanned_) return list;
  for (const SearchedDirectory& directory : scanned_->directories) {
    if (!directory.unasked) continue;
    Diagnostic& warning = list.emplace_back();
    warning.code = "W0142";
    warning.message = fmt::format("{} is ignored{}", directory.skipped,
                                  directory.path.empty() ? "" : ": " + printable(directory.path.string()));
    warning.note("help", "its parts are absolute paths, parted by `:`");
  }
  return list;
}

std::vector<std::string> Index::unread() const {
  std::vector<std::string> problems;
  for (const Entry& entry : all()) {
    const bool unknown = entry.state == Entry::State::broken && entry.manifest->entry_points.empty();
    if (unknown) problems.push_back(entry.problem);
  }
  return problems;
}

Entry& Index::own(const Entry& entry) const {
  return *std::find_if(entries_.begin(), entries_.end(), [&](const Entry& one) { return &one == &entry; });
}

void Index::learn(const Entry& entry, const StageSpec& spec) const {
  own(entry).learned = std::make_shared<const StageSpec>(spec);
}

void Index::refuse(const Entry& entry, const Error& why) const {
  Entry& refused = own(entry);
  refused.state = Entry::State::broken;
  refused.problem = why.what();
  refused.code = why.code;
}

}  // namespace streamz
