// SPDX-License-Identifier: Apache-2.0
// Step 3: entry to class. Goes in: an entry of the index. Goes out: its checked stage class; for a
// plugin after the checks on the file (owner, ELF header, ABI note) and on the loaded library (name,
// class, kind). Knows no chains. A library is opened once and never unloaded.
// Tested by tests/loader_test.cpp.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "error.h"
#include "index.h"

namespace streamz {

class Guarded;

struct DestroyStage {
  const StageClass* type = nullptr;
  void operator()(Stream* stage) const noexcept { type->destroy(stage); }
};
using StageObject = std::unique_ptr<Stream, DestroyStage>;

// A stage of the class that `entry` was loaded as. Throws Error E0149 when the class does not make one, E0154
// when it is not of its kind: a descriptor written by hand may lie.
StageObject make_stage(const Entry& entry, const StageClass& type);

class Loader {
 public:
  // `allow_unsafe`: no check of owners and modes.
  explicit Loader(bool allow_unsafe = false) : allow_unsafe_(allow_unsafe) {}

  // The class of an entry; a built-in's at once, a plugin's after its library was loaded (once).
  // Throws Error with codes E0141 to E0155.
  const StageClass& load(const Entry& entry);

  // load(), then make_stage(). `type` is the class.
  StageObject make(const Entry& entry, const StageClass*& type);

  // W0144 (unsafe, and loaded all the same), W0148 (manifest older than its library), W0149 (wrote to
  // standard output while loading).
  std::vector<Diagnostic> warnings;
  Diagnostic& warn(const char* code, std::string message, const std::string& file);

 private:
  struct Library;
  Library& open(const Manifest& manifest, Guarded& guarded);
  const StageClass& load(const Entry& entry, Guarded& guarded);
  bool allow_unsafe_;
  std::map<std::string, std::shared_ptr<Library>> libraries_;  // by path; also those that failed
  struct Runnable;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Runnable>> programs_;  // by manifest and stage
};

// The manifest's text with "stages" filled from the library, which is loaded, or from what the program
// says of itself: what a build writes back. A program that says nothing leaves those that are written.
// A build trusts what it has just made, so owners and modes are not checked.
std::string describe_plugin(const std::string& manifest);

}  // namespace streamz
