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

// The checks on a plugin's files that need none of its code: owner and mode of directory, manifest and
// library, ELF header, ABI note; of a program that it can be run. Throws what Loader::load would throw for
// them. Returns what it would have thrown for owner and mode without `allow_unsafe`.
std::optional<Error> check_files(const Manifest& manifest, bool allow_unsafe = false);

// The same for every plugin of the index, or for that of one entry: those that fail become broken in it.
void check_files(const Index& index, const Entry* only = nullptr);

// The manifest's text with "stages" filled from the library, which is loaded, or from what the program
// says of itself: what a build writes back. A program that says nothing leaves those that are written.
// A build trusts what it has just made, so owners and modes are not checked.
std::string describe_plugin(const std::string& manifest);

// The data stream's descriptor: 1, or a private one once protect_stdout() was called.
int data_stdout();
// Moves the data stream to a private descriptor and points 1 at standard error, so that what a plugin
// prints never lands in the data. Called before the first library is opened.
void protect_stdout();

}  // namespace streamz
