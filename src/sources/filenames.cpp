// SPDX-License-Identifier: Apache-2.0
// Brings in the names of files. Tested by tests/cases/filenames.test.
#include <glob.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "../streamz/spec.h"
#include "../streamz/text.h"

namespace streamz {

namespace {

struct FilenamesSource : Source {
  Path path;

  static void describe(Spec<FilenamesSource>& s) {
    s.summary("bring in the names of files, sorted");
    s.details("Those in a directory, or those that match a pattern: * ? [abc]. Once, as they are at that moment.");
    s.param("path", &FilenamesSource::path, "a directory or a pattern").positional().required();
    s.replayable();
    s.example("$NAME '/dev/nul[l]'", "", "\"/dev/null\"");
  }

  // What is not there is said before anything is put out. A pattern may match nothing.
  void start() override {
    struct stat there {};
    pattern_ = path.name;
    if (stat(path.name.c_str(), &there) == 0) {
      pattern_ = escaped(path.name);
      if (S_ISDIR(there.st_mode)) pattern_ += path.name.ends_with('/') ? "*" : "/*";
    } else if (path.name.find_first_of("*?[") == std::string::npos) {
      throw Error("cannot list " + path.name + ": " + std::strerror(errno));
    }
  }

  void run() override {
    glob_t found{};
    const int result = glob(pattern_.c_str(), GLOB_ERR, nullptr, &found);
    const std::unique_ptr<glob_t, void (*)(glob_t*)> freed(&found, globfree);
    if (result == GLOB_NOSPACE) throw std::bad_alloc();
    if (result != 0 && result != GLOB_NOMATCH) throw Error("cannot list " + path.name + ": " + std::strerror(errno));
    for (std::size_t i = 0; i < found.gl_pathc; ++i) {
      if (found.gl_pathv[i] <= last_) continue;
      const bool wanted = emit_text(text::quoted(found.gl_pathv[i]));
      last_ = found.gl_pathv[i];
      if (!wanted) return;
    }
  }

  // Names are sorted: those behind the last one are still to come, also if they are new.
  void save(State& state) const override { state.add("last", text::quoted(last_)); }
  void restore(const State& state) override { last_ = text::decoded(state.find("last").value_or("\"\"")); }

 private:
  std::string last_;  // of those that were brought in
  std::string pattern_;

  static std::string escaped(const std::string& name) {
    std::string out;
    for (const char c : name) {
      if (std::strchr("*?[\\", c) != nullptr) out += '\\';
      out += c;
    }
    return out;
  }
};

}  // namespace

extern constinit const StageClass filenames_stage = stage_class<FilenamesSource>("FilenamesSource");

}  // namespace streamz
