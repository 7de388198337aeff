// SPDX-License-Identifier: Apache-2.0
// Step 2. Built-ins stand in the index from the start; the directories are read when somebody asks for
// a name that is none of them. There is no cache: a manifest costs 10 us.
#include "index.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
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

// ---- where plugins are looked for

bool is_absolute(std::string_view path) { return path.starts_with('/'); }

std::string below(std::string directory, std::string_view name) {
  if (!directory.ends_with('/')) directory += '/';
  return directory.append(name);
}

class Directories {
 public:
  void add(const std::string& path) { list.push_back({path, why_not(path, false), false}); }
  // root does not trust a directory below somebody's home.
  void add_of_user(const std::string& path) { list.push_back({path, why_not(path, true), false}); }
  void add_variable(const std::string& parts) {
    for (const std::string& part : split(parts)) {
      // Never the working directory, by whatever slip it gets into the variable.
      const std::string why = fmt::format("{} part of $STREAMZ_PLUGIN_PATH", part.empty() ? "empty" : "relative");
      if (is_absolute(part)) {
        add(part);
      } else {
        list.push_back({part, why, true});
      }
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
  using Identity = std::pair<dev_t, ino_t>;
  std::vector<Identity> seen_;

  std::string why_not(const std::string& path, bool of_user) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) return errno == ENOENT ? "does not exist" : std::strerror(errno);
    if (of_user && geteuid() == 0 && info.st_uid != 0) {
      return fmt::format("belongs to uid {}, not to root", info.st_uid);
    }
    if (!S_ISDIR(info.st_mode)) return "not a directory";
    if (access(path.c_str(), R_OK | X_OK) != 0) return std::strerror(errno);
    const Identity identity(info.st_dev, info.st_ino);
    if (std::find(seen_.begin(), seen_.end(), identity) != seen_.end()) return "searched before";
    seen_.push_back(identity);
    return {};
  }
};

std::string variable(const char* name) {
  const char* const value = secure_getenv(name);
  return value == nullptr ? "" : value;
}

// PREFIX/share of each prefix that plugins may be installed to; libraries are in PREFIX/lib beside it. The
// program's own tree comes first, but one of the usual prefixes keeps its place: /usr/local before /usr.
std::vector<std::string> shared_data() {
  std::vector<std::string> found;
  const std::string parts = variable("XDG_DATA_DIRS");
  for (std::string& part : Directories::split(parts.empty() ? "/usr/local/share:/usr/share" : parts)) {
    while (part.size() > 1 && part.ends_with('/')) part.pop_back();
    if (is_absolute(part)) found.push_back(std::move(part));
  }
  const std::string own = installation_root() + "/share";
  if (std::find(found.begin(), found.end(), own) == found.end()) found.insert(found.begin(), own);
  return found;
}

std::vector<SearchedDirectory> search_directories(const SearchPath& where) {
  Directories found;
  for (const std::string& path : where.first) {
    found.add(is_absolute(path) ? path : std::filesystem::absolute(path).string());
  }
  if (const std::string parts = variable("STREAMZ_PLUGIN_PATH"); !parts.empty()) found.add_variable(parts);
  const std::string home = variable("HOME");
  std::string data = variable("XDG_DATA_HOME");
  if (data.empty() && !home.empty()) data = below(home, ".local/share");
  if (is_absolute(data)) found.add_of_user(below(data, "streamz/plugins"));
  // Where `cmake --install BUILD --prefix ~/.local` puts libraries, wherever XDG_DATA_HOME is.
  if (is_absolute(home)) found.add_of_user(below(home, ".local/lib/streamz/plugins"));
  for (const std::string& part : shared_data()) {
    found.add(below(part, "streamz/plugins"));
    if (part.ends_with("/share")) found.add(part.substr(0, part.size() - 5) + "lib/streamz/plugins");
  }
  return std::move(found.list);
}

std::vector<std::string> manifests_in(const std::string& directory) {
  std::vector<std::string> files;
  // It may have vanished meanwhile: no plugins in it.
  const std::unique_ptr<DIR, int (*)(DIR*)> names(opendir(directory.c_str()), closedir);
  while (const dirent* const one = names == nullptr ? nullptr : readdir(names.get())) {
    const std::string_view name = one->d_name;
    if (name.ends_with(".json") && name.front() != '.') files.push_back(below(directory, name));
  }
  std::sort(files.begin(), files.end());
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
  void add(const std::string& file, const std::optional<Error>& unsafe) {
    const auto manifest = std::make_shared<Manifest>(read_manifest(file));
    if (unsafe) manifest->broken = unsafe;
    const auto [first, is_first] = packages_.emplace(manifest->package, file);
    Entry entry;
    entry.package = manifest->package;
    entry.manifest = manifest;
    if (!is_first) {
      entry.state = Entry::State::shadowed;
      entry.problem = "shadowed by " + first->second;
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
  std::map<std::string, std::string> names_;     // to the package that keeps it
  std::map<std::string, std::string> packages_;  // to the first manifest
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
    for (const std::string& file : manifests_in(directory.path)) adding.add(file, unsafe);
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
                    entry.name, entry.package, is_plugin ? kept->manifest->file : "the built-in"));
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
                                  directory.path.empty() ? "" : ": " + printable(directory.path));
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
