// SPDX-License-Identifier: Apache-2.0
// Bytes of a descriptor to records, to its end: for from_stdin, from_file, from_textfile and lookup, and for the
// plugins that read files.
// Tested by tests/cases/from_file.test and tests/e2e.
#pragma once

#include <functional>
#include <string>

#include "../streamz/format.h"
#include "../streamz/spec.h"

namespace streamz {

// What is read: a descriptor, what errors call it, and how it is to be understood.
struct Input {
  int fd = -1;
  std::string name;
  std::string format = "jsonl";  // to_string() of a FileFormat
};

// Asked before each read: is there something, or (a regular file never makes one wait) shall it go on?
// False: stop now.
using GoOn = std::function<bool(int fd, bool regular)>;

// Reads a compressed file as what is in it, by its first bytes. `lines` is opened here, and says where the reading
// stands; it begins at `from`. False: nobody reads any more, or the run stops. Throws Error when reading fails.
bool read_input(Node* source, const Input& input, const GoOn& go_on, LineReader& lines, InputPosition from = {});

// All records of a regular file, given to `take` and not emitted. Throws Error for the first bad one too.
void read_whole_file(Node* stage, const std::string& name, const std::string& format,
                     const std::function<void(const Record&)>& take);

// To a place in a regular file. Throws Error when it is not that long.
void go_to(const Input& input, InputPosition from);

// What a source that reads files saves: a position in one of them.
void save_position(State& state, InputPosition position);
InputPosition saved_position(const State& state);

// read(2), again when a signal came between. -1: nothing there at present. Throws Error.
ssize_t read_some(const Input& input, std::span<char> space);

bool is_regular(int fd);

}  // namespace streamz
