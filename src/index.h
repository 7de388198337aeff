// SPDX-License-Identifier: Apache-2.0
// Step 2: names to entries. Goes in: the built-in table and the manifests on the plugin path. Goes
// out: which package and class a stage name means, and its spec; no plugin code runs, no library is
// opened. A value, not a singleton: tests make their own.
// Tested by tests/index_test.cpp.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "error.h"
#include "streamz/spec.h"

namespace streamz {

// The reference's entry point "NAME = PACKAGE:CLASS"; its group gives the kind.
struct EntryPoint {
  std::string name, package, class_name;
  Kind kind = Kind::node;
};

// One PACKAGE.json. Broken ones are kept with their error, so that a chain naming them gets the reason.
struct Manifest {
  std::string file;
  std::string package, version, summary, extra;
  std::string library;                                    // DIR/PACKAGE.so; empty for an executable plugin
  std::vector<std::string> command;                       // an executable plugin's
  std::string protocol;                                   // ... "lines" or "frames"
  std::vector<EntryPoint> entry_points;                   // of a broken one: as far as they were read
  std::vector<std::pair<std::string, StageSpec>> stages;  // by entry name; empty when not generated
  std::vector<std::string> warnings;                      // what is odd in it but does no harm
  std::optional<Error> broken;
};

struct Entry {
  enum class State { ok, shadowed, clash, broken };
  std::string name;        // as typed in a chain, "-" folded to "_"
  Kind kind = Kind::node;  // by its group: streamz.sources, streamz.nodes, streamz.sinks
  std::string package;     // "streamz" for built-ins
  std::string class_name;
  const StageClass* builtin = nullptr;       // the class itself; null for a plugin
  std::shared_ptr<const Manifest> manifest;  // null for built-ins
  State state = State::ok;
  std::string problem;                       // what is wrong when state is not ok
  std::string code;                          // ... and its code when state is broken
  std::shared_ptr<const StageSpec> learned;  // of a plugin whose manifest does not hold it, once it was loaded
  // A second name ("head" is "slice" with start=0): the name of the real stage and what it presets.
  std::string same_as;
  std::vector<std::pair<std::string, std::string>> preset;

  // What the stage says about itself; null when a plugin's manifest does not hold it.
  const StageSpec* spec() const;
};

// A row of the built-in table (nodes/builtin.cpp).
struct Builtin {
  const char* name;
  const StageClass* type;
};
struct SecondName {
  const char* name;
  const char* same_as;
  const char* preset_key;  // null: none
  const char* preset_value;
};
std::span<const Builtin> builtin_stages();
std::span<const SecondName> second_names();

// Where plugins are looked for; first wins.
struct SearchPath {
  std::vector<std::string> first;  // --plugin-path
  bool no_plugins = false;         // built-ins only
  bool allow_unsafe = false;       // no check of owners and modes
};
struct SearchedDirectory {
  std::string path;
  std::string skipped;   // why it is not used; empty: it is
  bool unasked = false;  // the user should hear of it without asking
};

class Index {
 public:
  explicit Index(SearchPath where = {});

  // The entry for a stage name, or "PACKAGE:NAME". The directories are scanned only when the name is
  // not a built-in. Null: nobody has it. An entry of a broken manifest is returned with its state.
  const Entry* find(std::string_view name) const;
  // All entries, built-ins first, then in the order of the search path; scans.
  const std::deque<Entry>& all() const;
  // Names for "did you mean"; scans.
  std::vector<std::string> names() const;
  // "files", "kafka": the extra that has this stage, for hints when it is not installed; or "".
  static std::string extra_of(std::string_view name);

  const std::vector<SearchedDirectory>& directories() const;
  // The reference's words for a collision, for every clash. With a name: only those of that name, and
  // without scanning, so that a chain of built-ins stays free of it.
  std::vector<std::string> collisions(std::string_view name = {}) const;
  // W0142 for parts of the search path that are ignored; nothing before the directories were scanned.
  std::vector<Diagnostic> warnings() const;
  // What is wrong with manifests whose stages are not known, for a stage that nobody has; scans.
  std::vector<std::string> unread() const;
  // `entry` turned out not to be usable.
  void refuse(const Entry& entry, const Error& why) const;
  // What the class of `entry` says of itself, for a manifest that does not: Entry::spec() from here on.
  void learn(const Entry& entry, const StageSpec& spec) const;
  bool allow_unsafe() const { return where_.allow_unsafe; }

 private:
  const Entry* find_builtin(const std::string& name) const;
  void scan() const;
  Entry& own(const Entry& entry) const;
  SearchPath where_;
  struct Scanned;
  mutable std::shared_ptr<Scanned> scanned_;
  mutable std::deque<Entry> builtins_;  // those that were asked for before anybody wanted to see all
  mutable std::deque<Entry> entries_;   // of plugins, and before them all built-ins; the places of its elements stay
  mutable bool has_builtins_ = false;
};

// Reads one manifest; never throws: what is wrong stands in `broken`.
Manifest read_manifest(const std::string& file);
// The same of a text that would stand in that file.
Manifest read_manifest(const std::string& file, const std::string& text);
// Throws Error E0143 or E0153.
EntryPoint parse_entry_point(std::string_view text);
// A spec from and to the JSON of a manifest's "stages".
StageSpec spec_from_json(std::string_view json_text);
std::string spec_to_json(const StageSpec& spec);

std::string fold(std::string_view name);  // "-" to "_"
const char* to_string(Kind kind);         // "source" "node" "sink"

}  // namespace streamz
