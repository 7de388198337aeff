// SPDX-License-Identifier: Apache-2.0
// Brings in the records of files, one after the other. Tested by tests/cases/from_file.test.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "../files/read_input.h"

namespace streamz {

namespace {

struct FromFileSource : Source {
  list<Path> paths;
  std::optional<FileFormat> format;
  bool header = true;

  static void describe(Spec<FromFileSource>& s) {
    s.summary("bring in the records of files");
    s.details(
        "One after the other, in the order given. Compressed files (gzip, zstd) are known by their first bytes. "
        "Without format= the name decides: .jsonl .ndjson are a value a line, .json is values in any layout or one "
        "array of them, .csv .tsv are the rows of a table, .txt .log are lines as strings; anything else is a value a "
        "line. In a table a number is a number where it is written as JSON writes one; all else is a string.");
    s.param("path", &FromFileSource::paths, "the files; - is standard input").positional().required().repeat();
    s.param("format", &FromFileSource::format, "how they are read; not given: by the file's name").one_of(file_formats);
    s.param("header", &FromFileSource::header, header_doc);
    s.replayable();
    s.reads_lines();
    s.example("$NAME /dev/null ! count", "", "0");
  }

  // What cannot be read is said before anything is put out.
  void start() override {
    for (const Path& path : paths) {
      if (path.name == "-") {
        once_ = "standard input";
        continue;
      }
      struct stat there {};
      if (stat(path.name.c_str(), &there) != 0 || access(path.name.c_str(), R_OK) != 0) throw_cannot_open(path);
      errno = EISDIR;
      if (S_ISDIR(there.st_mode)) throw_cannot_open(path);
      if (!S_ISREG(there.st_mode)) once_ = path.name;
    }
  }

  void run() override {
    for (; file_ < paths.size(); ++file_, from_ = {}) {
      const Path& path = paths[file_];
      const bool standard = path.name == "-";
      const int fd = standard ? STDIN_FILENO : open(path.name.c_str(), O_RDONLY | O_CLOEXEC);
      if (fd < 0) throw_cannot_open(path);
      const std::unique_ptr<const int, void (*)(const int*)> closer(standard ? nullptr : &fd,
                                                                    [](const int* opened) { close(*opened); });
      const Input input{fd, standard ? "standard input" : path.name,
                        to_string(format ? *format : format_of(path.name), header)};
      const auto go_on = [this](int from, bool regular) { return regular ? !stopping() : wait(from); };
      reading_ = true;
      if (!read_input(node(), input, go_on, lines_, from_)) return;
      reading_ = false;
    }
  }

  void save(State& state) const override {
    if (!once_.empty()) throw Error(once_ + " cannot be read again, so there is no checkpoint of it");
    state.add("file", static_cast<std::int64_t>(file_));
    save_position(state, reading_ ? lines_.position() : from_);
  }
  void restore(const State& state) override {
    file_ = static_cast<std::size_t>(state.integer("file"));
    from_ = saved_position(state);
  }

 private:
  std::string once_;      // an input that is no file
  std::size_t file_ = 0;  // of the paths
  InputPosition from_;    // where the first file begins that is read here
  LineReader lines_;
  bool reading_ = false;

  [[noreturn]] static void throw_cannot_open(const Path& path) {
    throw Error("cannot open " + path.name + ": " + std::strerror(errno));
  }
};

}  // namespace

extern constinit const StageClass from_file_stage = stage_class<FromFileSource>("FromFileSource");

}  // namespace streamz
