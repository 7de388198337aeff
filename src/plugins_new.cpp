// SPDX-License-Identifier: Apache-2.0
#include "plugins_new.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "chain_text.h"
#include "cli.h"
#include "error.h"
#include "module.h"

namespace streamz {

namespace {

// ---- the templates; @WORDS@ are replaced. One stage of each kind, the same in every language, so that
// its tests are the same too.

struct Template {
  const char* summary;
  const char* try_it;
  const char* test;
  const char* spec;  // for the manifest of a program; that of a library is generated
  const char* cpp;
  const char* python;
  const char* sh;
};

constexpr Template source = {
    "emit the numbers from 1 to n",
    "@PROGRAM@ @NAME@ 3",
    R"(@NAME@
> 1 2 3

@NAME@ 5 ! map '. * 10' ! head 2
> 10 20

@NAME@ -1
! must be at least 0, is -1
)",
    R"("params": [ { "name": "n", "doc": "the last number", "types": ["integer"], "value": "3", "min": 0,
                    "positional": true } ],
      "examples": [ { "chain": "$NAME 2", "in": "", "out": "1 2" } ])",
    R"(#include <streamz/plugin.h>

struct @CLASS@ : streamz::Source {
  long n = 3;

  static void describe(streamz::Spec<@CLASS@>& s) {
    s.summary("@SUMMARY@");
    s.param("n", &@CLASS@::n, "the last number").positional().min(0);
    s.example("$NAME 2", "", "1 2");
  }

  void run() override {
    for (long i = 1; i <= n && emit(streamz::json(i)); ++i) {
    }
  }
};
)",
    R"(for number in range(1, n + 1):
    print(json.dumps(number), flush=True)
)",
    R"(i=1
while [ "$i" -le "$n" ]; do
  echo "$i"
  i=$((i + 1))
done
)"};

constexpr Template node = {
    "emit each record n times",
    "echo 7 | @PROGRAM@ @NAME@ 2",
    R"(@NAME@
< 7
> 7 7

@NAME@ 3
< {"a":1} "b"
> {"a":1} {"a":1} {"a":1} "b" "b" "b"

@NAME@ -1
! must be at least 0, is -1
)",
    R"("params": [ { "name": "n", "doc": "how many times", "types": ["integer"], "value": "2", "min": 0,
                    "positional": true } ],
      "examples": [ { "chain": "$NAME 2", "in": "7", "out": "7 7" } ])",
    R"(#include <streamz/plugin.h>

struct @CLASS@ : streamz::Stream {
  long n = 2;

  static void describe(streamz::Spec<@CLASS@>& s) {
    s.summary("@SUMMARY@");
    s.param("n", &@CLASS@::n, "how many times").positional().min(0);
    s.example("$NAME 2", "7", "7 7");
  }

  void update(const streamz::Record& x) override {
    for (long i = 0; i < n && emit(x); ++i) {
    }
  }
};
)",
    R"(for line in sys.stdin:
    record = json.loads(line)
    for _ in range(n):
        print(json.dumps(record, separators=(",", ":")), flush=True)
)",
    R"(while IFS= read -r record; do
  i=0
  while [ "$i" -lt "$n" ]; do
    printf '%s\n' "$record"
    i=$((i + 1))
  done
done
)"};

constexpr Template sink = {
    "write each record as a line of a file",
    "echo 7 | @PROGRAM@ @NAME@ out.jsonl && cat out.jsonl",
    R"(@NAME@ $DIR/out
< {"a":1} 2
= out {"a":1}\n2\n

@NAME@
! needs path
)",
    R"("params": [ { "name": "path", "doc": "the file", "types": ["path"], "positional": true, "required": true } ],
      "examples": [ { "chain": "$NAME /dev/null", "in": "7", "out": "" } ])",
    R"(#include <streamz/plugin.h>

#include <fstream>

struct @CLASS@ : streamz::Sink {
  streamz::Path path;

  static void describe(streamz::Spec<@CLASS@>& s) {
    s.summary("@SUMMARY@");
    s.param("path", &@CLASS@::path, "the file").positional().required();
    s.example("$NAME /dev/null", "7", "");
  }

  void start() override {
    file_.open(path.name);
    if (!file_) throw streamz::Error("cannot open " + path.name);
  }
  void update(const streamz::Record& x) override {
    if (!(file_ << x.raw() << '\n' << std::flush)) throw streamz::Error("cannot write " + path.name);
  }

 private:
  std::ofstream file_;
};
)",
    R"(with open(path, "w") as file:
    for line in sys.stdin:
        record = json.loads(line)
        print(json.dumps(record, separators=(",", ":")), file=file, flush=True)
)",
    R"(cat > "$path"
)"};

constexpr const char* cpp_source = R"(// @NAME@: @SUMMARY@. Tested by test/@NAME@.test.
@BODY@
STREAMZ_PLUGIN(@PACKAGE@, "0.1.0", @CLASS@)
)";

constexpr const char* cmake_lists = R"(cmake_minimum_required(VERSION 3.25)
project(@PACKAGE@ CXX)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
enable_testing()

find_package(streamz 1 REQUIRED)
streamz_add_plugin(@PACKAGE@ VERSION 0.1.0
  SUMMARY "@SUMMARY@"
  SOURCES @NAME@.cpp
  ENTRY_POINTS "streamz.@KIND@s" "@NAME@ = @PACKAGE@:@CLASS@"
  TESTS test/@NAME@.test)
)";

constexpr const char* manifest = R"({ "streamz": 1,
  "name": "@PACKAGE@",
  "version": "0.1.0",
  "summary": "@SUMMARY@",
  "command": ["./@NAME@.@SUFFIX@"],
  "entry_points": { "streamz.@KIND@s": [ "@NAME@ = @PACKAGE@:@PACKAGE@" ] },
  "stages": {
    "@NAME@": {
      "summary": "@SUMMARY@",
      @SPEC@ } } }
)";

constexpr const char* python_program = R"(#!/usr/bin/env python3
"""@NAME@: @SUMMARY@. One JSON value a line. Tested by test/@NAME@.test."""
import json
import os
import signal
import sys

signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # nobody reads any more: end without a word
@PARAM@ = json.loads(os.environ["STREAMZ_ARGS"])["@PARAM@"]

@BODY@)";

constexpr const char* sh_program = R"(#!/bin/sh
# @NAME@: @SUMMARY@. One JSON value a line. Tested by test/@NAME@.test.
for argument; do
  case $argument in
    --@PARAM@=*) @PARAM@=${argument#*=} ;;
  esac
done

@BODY@)";

constexpr const char* readme = R"(# @NAME@

A @KIND@ for streamz: @SUMMARY@. @WHAT@

```sh
@NEXT@
@TRY@
```

`streamz help @NAME@` shows its arguments. `man streamz-plugin` is the manual for authors.
)";

// In the new folder: test it, and install it for the user.
constexpr const char* next_of_library =
    "cmake -B build@ROOT@ && cmake --build build && ctest --test-dir build && cmake --install build --prefix ~/.local";
constexpr const char* next_of_program =
    "@PROGRAM@ --plugin-path . plugins check @PACKAGE@ && @PROGRAM@ --plugin-path . test test/@NAME@.test && mkdir -p "
    "@DATA@/streamz/plugins && "
    "cp @PACKAGE@.json @NAME@.@SUFFIX@ @DATA@/streamz/plugins";

// ---- names

// Names that CMake keeps for itself.
constexpr std::string_view cmake_targets[] = {"all", "clean", "depend", "install", "package"};

[[noreturn]] void refuse(const std::string& fact, const std::string& hint = {}) { throw Error(fact, hint, "usage"); }

void require_usable(const NewPlugin& plugin, const std::string& package, const Index& index) {
  const std::string shown = printable(plugin.name);
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto allowed = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  const std::string& name = plugin.name;
  if (name.empty() || !letter(name.front()) || name.size() > 64 || !std::all_of(name.begin(), name.end(), allowed)) {
    refuse(fmt::format("`{}` cannot be the name of a stage", shown),
           "a letter, then letters, digits, _ and -, at most 64 in all");
  }
  if (find_command(package) != nullptr) refuse(fmt::format("`{}` is a command of streamz", shown));
  const Entry* const entry = index.find(package);
  if (entry != nullptr && entry->builtin != nullptr) refuse(fmt::format("`{}` is a built-in stage", shown));
  const auto* const end = std::end(cmake_targets);
  if (plugin.language == "cpp" && std::find(std::begin(cmake_targets), end, package) != end) {
    refuse(fmt::format("`{}` is a target of every CMake build", shown));
  }
}

// shout_twice → ShoutTwiceNode
std::string class_name(std::string_view package, Kind kind) {
  std::string name;
  bool first = true;
  for (const char c : fmt::format("{}_{}", package, to_string(kind))) {
    if (c != '_') name += first && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    first = c == '_';
  }
  return name;
}

// ---- writing

void write_file(const std::string& name, std::string_view text, mode_t mode) {
  const int descriptor = ::open(name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode);
  const bool written =
      descriptor >= 0 && ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int reason = errno;
  if (descriptor >= 0) close(descriptor);
  if (!written) throw Error(fmt::format("cannot write {}: {}", name, std::strerror(reason)));
}

// At most 0755, whatever the umask says: what others may write to is not loaded.
void make_directory(const std::string& name) {
  if (mkdir(name.c_str(), 0755) == 0) return;
  if (errno == EEXIST) throw Error(fmt::format("{} exists already", name), "remove it, or choose another name");
  throw Error(fmt::format("cannot make {}: {}", name, std::strerror(errno)));
}

using Words = std::vector<std::pair<std::string_view, std::string>>;

// In order, so that what is put in may hold words that come later.
std::string filled(std::string text, const Words& words) {
  for (const auto& [word, by] : words) {
    for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += by.size()) {
      text.replace(at, word.size(), by);
    }
  }
  return text;
}

// What is printed holds for this machine, what is written for all.
Words usual_places() { return {{"@PROGRAM@", "streamz"}, {"@ROOT@", ""}, {"@DATA@", "~/.local/share"}}; }

Words places_here() {
  Words places = usual_places();
  const std::string& root = installation_root();
  const char* const path = std::getenv("PATH");
  if (fmt::format(":{}:", path == nullptr ? "" : path).find(fmt::format(":{}/bin:", root)) == std::string::npos) {
    places[0].second = shell_quote(root + "/bin/streamz");
    places[1].second = " -DCMAKE_PREFIX_PATH=" + shell_quote(root);
  }
  const char* const data = std::getenv("XDG_DATA_HOME");
  if (data != nullptr && *data == '/') places[2].second = shell_quote(data);
  return places;
}

struct File {
  std::string name;
  const char* text;
  mode_t mode = 0644;
};

std::vector<File> files_of(const NewPlugin& plugin, const Template& stage) {
  const std::string test = fmt::format("test/{}.test", plugin.name);
  if (plugin.language == "cpp") {
    return {
        {"CMakeLists.txt", cmake_lists}, {plugin.name + ".cpp", cpp_source}, {test, stage.test}, {"README.md", readme}};
  }
  const bool python = plugin.language == "python";
  return {{fold(plugin.name) + ".json", manifest},
          {plugin.name + (python ? ".py" : ".sh"), python ? python_program : sh_program, 0755},
          {test, stage.test},
          {"README.md", readme}};
}

}  // namespace

std::string new_plugin(const NewPlugin& plugin, const Index& index) {
  const std::string package = fold(plugin.name);
  require_usable(plugin, package, index);
  const bool cpp = plugin.language == "cpp", python = plugin.language == "python";
  const Template& stage = plugin.kind == Kind::source ? source : plugin.kind == Kind::sink ? sink : node;
  const Words words = {
      {"@NEXT@", cpp ? next_of_library : next_of_program},
      {"@TRY@", stage.try_it},
      {"@WHAT@", cpp ? "A library; CMake makes its manifest." : "A program, and its manifest beside it."},
      {"@BODY@", cpp      ? stage.cpp
                 : python ? stage.python
                          : stage.sh},
      {"@SPEC@", stage.spec},
      {"@PARAM@", plugin.kind == Kind::sink ? "path" : "n"},
      {"@SUMMARY@", stage.summary},
      {"@CLASS@", class_name(package, plugin.kind)},
      {"@SUFFIX@", python ? "py" : "sh"},
      {"@KIND@", to_string(plugin.kind)},
      {"@NAME@", plugin.name},
      {"@PACKAGE@", package}};
  make_directory(plugin.name);
  make_directory(plugin.name + "/test");
  std::string made;
  for (const File& file : files_of(plugin, stage)) {
    write_file(fmt::format("{}/{}", plugin.name, file.name), filled(filled(file.text, words), usual_places()),
               file.mode);
    made += fmt::format("{}{}/{}", made.empty() ? "" : "  ", plugin.name, file.name);
  }
  const std::string text = fmt::format("{}\nnext: cd {} && @NEXT@\nthen: @TRY@\n", made, plugin.name);
  return filled(filled(text, words), places_here());
}

}  // namespace streamz
