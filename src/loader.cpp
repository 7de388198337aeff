// SPDX-License-Identifier: Apache-2.0
#include "loader.h"

#include <dlfcn.h>
#include <sys/statvfs.h>

#include <boost/dll/shared_library.hpp>
#include <chrono>
#include <cstring>
#include <deque>
#include <filesystem>

#include <fmt/format.h>

#include "data_stdout.h"
#include "elf_file.h"
#include "executable.h"
#include "guard.h"
#include "plugin_files.h"
#include "streamz/plugin.h"
#include "thrown.h"
#include "values.h"

namespace streamz {

struct Loader::Library {
  struct Class {
    const streamz_plugin_class* row;
    StageSpec spec;
    StageClass type;
  };
  boost::dll::shared_library file;
  const streamz_plugin_v1* plugin = nullptr;
  std::deque<Class> classes;  // those that were asked for; their places stay
  std::optional<Error> error;
};

struct Loader::Runnable {
  Executable program;
  StageClass type;
};

constexpr std::chrono::seconds load_limit{10};

// All of a plugin's code that runs before its first record has one guard, which is set up when there is some: that
// takes many system calls.
class Guarded {
 public:
  // `loader` hears what was written to standard output.
  explicit Guarded(const Manifest* manifest, Loader* loader = nullptr) : manifest_(manifest), loader_(loader) {}
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  ~Guarded() {
    const std::size_t stray = guard_ ? guard_->end() : 0;
    if (stray == 0 || loader_ == nullptr) return;
    loader_->warn("W0149",
                  fmt::format("{} wrote {} bytes to standard output while loading; they went to standard error",
                              manifest_->package, stray),
                  manifest_->library);
  }

  // `place`: what code runs from now on. A built-in and a program have none.
  void enter(std::string_view place) {
    if (manifest_ == nullptr || !manifest_->command.empty()) return;
    if (!guard_) guard_.emplace(manifest_->package, manifest_->library, load_limit);
    guard_->enter(place);
  }

 private:
  const Manifest* manifest_;
  Loader* loader_;
  std::optional<Guard> guard_;
};

namespace {

// ---- opening

// What the loader says, made plain. `text` is what Boost.DLL says: "… (dlerror system message: WHAT): …".
Error link_error(const std::string& name, std::string text) {
  const std::string_view start = "dlerror system message: ";
  if (const auto at = text.find(start); at != std::string::npos) text.erase(0, at + start.size());
  if (const auto end = text.rfind("): "); end != std::string::npos) text.erase(end);
  if (const auto at = text.find("undefined symbol: "); at != std::string::npos) {
    std::string symbol = text.substr(at + 18);
    symbol.erase(std::min(symbol.find_first_of(" ,\n"), symbol.size()));
    return Error(fmt::format("{}: undefined symbol {}", name, demangled(symbol)), "link the library that defines it",
                 "E0148");
  }
  if (const auto at = text.find(": cannot open shared object file"); at != std::string::npos) {
    return Error(fmt::format("{} needs {}, which is not installed", name, text.substr(0, at)), "", "E0148");
  }
  struct statvfs system {};
  if (text.find("failed to map segment") != std::string::npos && statvfs(name.c_str(), &system) == 0 &&
      (system.f_flag & ST_NOEXEC) != 0) {
    return Error(name + " is on a file system mounted noexec", "", "E0148");
  }
  if (text.starts_with(name + ": ")) text.erase(0, name.size() + 2);
  return Error(fmt::format("{}: {}", name, text), "", "E0148");
}

// Libraries whose static initialisers threw, by real path. The state is the process's, not a loader's: a
// second dlopen() of such a file succeeds and gives a library that is half made.
std::map<std::string, Error>& half_made() {
  static std::map<std::string, Error> libraries;
  return libraries;
}

// What came out of opening the library, whose handler is the caller.
Error load_failure(const Manifest& manifest, const std::string& path) {
  const std::string text = thrown_text();
  if (text.find("dlerror system message") != std::string::npos) return link_error(manifest.library, text);
  Error failure(fmt::format("{} failed while loading: {} (not tried again in this process)", manifest.package, text),
                "", "E0149");
  half_made().emplace(path, failure);
  return failure;
}

boost::dll::shared_library open_file(const Manifest& manifest) {
  const std::string path = std::filesystem::canonical(manifest.library).string();
  if (const auto known = half_made().find(path); known != half_made().end()) throw Error(known->second);
  // NODELETE: whether dlclose() unmaps a library depends on the compiler that built it, and an object
  // that outlives its code crashes.
  constexpr int mode = boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local | RTLD_NODELETE;
  try {
    // dlopen() is declared noexcept, so what a static initialiser throws would end the process inside
    // Boost.DLL. Called through a pointer that the compiler cannot see through, it can be caught. When
    // it fails, the second call says why; otherwise that finds the library open.
    void* (*const volatile run_initialisers)(const char*, int) = dlopen;
    run_initialisers(path.c_str(), mode);
    return boost::dll::shared_library(path, static_cast<boost::dll::load_mode::type>(mode));
  } catch (...) {
    throw load_failure(manifest, path);
  }
}

// ---- what is in it

const streamz_plugin_v1* find_descriptor(const Manifest& manifest, const boost::dll::shared_library& library) {
  const std::string& name = manifest.library;
  const auto refuse = [](const std::string& fact, const std::string& hint = {}) { throw Error(fact, hint, "E0152"); };
  if (!library.has("streamz_plugin")) {
    refuse(name + " has no streamz_plugin",
           fmt::format("end its source with STREAMZ_PLUGIN({}, \"{}\", CLASS)", manifest.package, manifest.version));
  }
  const auto& plugin = library.get<const streamz_plugin_v1>("streamz_plugin");
  if (std::memcmp(plugin.magic, "streamz", 8) != 0)
    refuse(name + " has a streamz_plugin that does not begin with \"streamz\"");
  if (plugin.struct_size < sizeof plugin) {
    refuse(fmt::format("{}: its streamz_plugin has {} bytes, needs {}", name, plugin.struct_size, sizeof plugin));
  }
  if (plugin.tag == nullptr || plugin.package == nullptr || (plugin.classes == nullptr && plugin.class_count > 0)) {
    refuse(name + ": its streamz_plugin has empty fields");
  }
  require_same_tag(manifest.package, plugin.tag, STREAMZ_ABI_TAG);
  if (manifest.package != plugin.package) {
    refuse(fmt::format("{} describes package {}, manifest says {}", name, printable(plugin.package), manifest.package));
  }
  return &plugin;
}

const char* base_of(Kind kind) { return kind == Kind::source ? "Source" : kind == Kind::sink ? "Sink" : "Stream"; }

const streamz_plugin_class& find_class(const Entry& entry, const streamz_plugin_v1& plugin) {
  std::string has;
  for (std::size_t i = 0; i < plugin.class_count; ++i) {
    if (entry.class_name == plugin.classes[i].name) return plugin.classes[i];
    has += (i == 0 ? "" : ", ") + std::string(plugin.classes[i].name);
  }
  throw Error(fmt::format("{} has no class {} (it has: {})", entry.package, entry.class_name, has), "", "E0152");
}

// The reference's check after loading, for each of the three groups.
void require_kind(const Entry& entry, const streamz_plugin_class& row) {
  const auto kind = static_cast<Kind>(row.kind);
  const bool is_stage = row.kind <= static_cast<std::uint32_t>(Kind::sink) && row.spec_json != nullptr &&
                        row.create != nullptr && row.destroy != nullptr && row.set != nullptr;
  if (is_stage && kind == entry.kind) return;
  const std::string who = fmt::format("Error loading {}: {}:{}", entry.name, entry.package, entry.class_name);
  if (!is_stage || kind == Kind::node) {
    throw Error(fmt::format("{} must be a subclass of streamz::{}", who, base_of(entry.kind)), "", "E0154");
  }
  throw Error(fmt::format("{} is a {}; group streamz.{}s needs a subclass of streamz::{}", who, base_of(kind),
                          to_string(entry.kind), base_of(entry.kind)),
              fmt::format("list it in the group streamz.{}s", to_string(kind)), "E0154");
}

StageSpec read_spec(const Entry& entry, const streamz_plugin_class& row) {
  try {
    return spec_from_json(row.spec_json(detail::host));
  } catch (...) {
    throw Error(fmt::format("{} failed while loading: {}: {}", entry.package, entry.class_name, thrown_text()), "",
                "E0149");
  }
}

StageObject make_stage(const Entry& entry, const StageClass& type, Guarded& guarded) {
  guarded.enter("the constructor of " + entry.class_name);
  StageObject stage(nullptr, DestroyStage{&type});
  try {
    stage.reset(type.create());
  } catch (...) {
    throw Error(fmt::format("{}: {}", entry.name, thrown_text()), {}, "E0149");
  }
  if (stage == nullptr) throw Error(fmt::format("{}: {} made no stage", entry.name, entry.class_name), {}, "E0149");
  const bool source = dynamic_cast<const Source*>(stage.get()) != nullptr;
  const bool sink = dynamic_cast<const Sink*>(stage.get()) != nullptr;
  if (source == (entry.kind == Kind::source) && sink == (entry.kind == Kind::sink)) return stage;
  throw Error(fmt::format("Error loading {}: {}:{} is not the {} it says it is", entry.name, entry.package,
                          entry.class_name, to_string(entry.kind)),
              {}, "E0154");
}

}  // namespace

StageObject make_stage(const Entry& entry, const StageClass& type) {
  Guarded guarded(entry.manifest.get());
  return make_stage(entry, type, guarded);
}

Loader::Library& Loader::open(const Manifest& manifest, Guarded& guarded) {
  std::shared_ptr<Library>& library = libraries_[manifest.file];
  if (library == nullptr) {
    library = std::make_shared<Library>();
    try {
      if (const std::optional<Error> unsafe = check_files(manifest, allow_unsafe_)) {
        warn("W0144", unsafe->what(), manifest.file).note("note", "loaded all the same: --allow-unsafe-plugins");
      }
      protect_stdout();
      guarded.enter("a static initialiser");
      library->file = open_file(manifest);
      guarded.enter("the descriptor");
      library->plugin = find_descriptor(manifest, library->file);
    } catch (const Error& error) {
      library->error = error;
    }
  }
  if (library->error) throw Error(*library->error);
  return *library;
}

Diagnostic& Loader::warn(const char* code, std::string message, const std::string& file) {
  Diagnostic& warning = warnings.emplace_back();
  warning.code = code;
  warning.message = std::move(message);
  return warning.note("file", file);
}

const StageClass& Loader::load(const Entry& entry) {
  Guarded guarded(entry.manifest.get(), this);
  return load(entry, guarded);
}

StageObject Loader::make(const Entry& entry, const StageClass*& type) {
  Guarded guarded(entry.manifest.get(), this);
  type = &load(entry, guarded);
  return make_stage(entry, *type, guarded);
}

const StageClass& Loader::load(const Entry& entry, Guarded& guarded) {
  if (entry.builtin != nullptr) return *entry.builtin;
  const Manifest& manifest = *entry.manifest;
  if (manifest.broken) throw Error(*manifest.broken);
  if (!manifest.command.empty()) {
    std::shared_ptr<Runnable>& known = programs_[{manifest.file, entry.name}];
    if (known == nullptr) {
      known = std::make_shared<Runnable>(Runnable{Executable(entry, allow_unsafe_), {}});
      known->type = known->program.type();
    }
    return known->type;
  }
  Library& library = open(manifest, guarded);
  const streamz_plugin_class& row = find_class(entry, *library.plugin);
  require_kind(entry, row);
  const auto known = std::find_if(library.classes.begin(), library.classes.end(),
                                  [&](const Library::Class& one) { return entry.class_name == one.type.name; });
  if (known != library.classes.end()) return known->type;

  guarded.enter(entry.class_name + "::describe()");
  StageSpec spec = read_spec(entry, row);
  if (entry.spec() != nullptr && *entry.spec() != spec) {
    warn("W0148", fmt::format("{}: manifest is older than {}", entry.package, manifest.library), manifest.file)
        .note("fix", "run the build again");
  }
  using Class = Library::Class;
  Class& loaded = library.classes.emplace_back(Class{&row, std::move(spec), {}});
  loaded.type = {row.name,
                 entry.kind,
                 [](const void* context) -> const StageSpec& { return static_cast<const Class*>(context)->spec; },
                 [](const void* context) { return static_cast<const Class*>(context)->row->create(detail::host); },
                 row.destroy,
                 row.set,
                 &loaded};
  return loaded.type;
}

std::string describe_plugin(const std::string& file) {
  const auto manifest = std::make_shared<Manifest>(read_manifest(file));
  if (manifest->broken) throw Error(*manifest->broken);
  json top = json::parse(read_file(file));
  if (!manifest->command.empty()) {
    try {
      top["stages"] = describe_program(*manifest);
    } catch (const Error& error) {
      if (!top.contains("stages")) throw;
      fmt::print(stderr, "streamz: {}; the \"stages\" of {} stay as they are\n", error.what(), file);
    }
    return top.dump(2) + "\n";
  }
  manifest->stages.clear();  // what stands there may be older than the library
  json& stages = top["stages"] = json::object();
  Loader loader(true);
  for (const EntryPoint& point : manifest->entry_points) {
    Entry entry;
    entry.name = point.name;
    entry.kind = point.kind;
    entry.package = point.package;
    entry.class_name = point.class_name;
    entry.manifest = manifest;
    stages[point.name] = json::parse(spec_to_json(loader.load(entry).spec()));
  }
  return top.dump(2) + "\n";
}

}  // namespace streamz
