// SPDX-License-Identifier: Apache-2.0
// Plugins that are programs. Goes in: a manifest with "command". Goes out: the checks on the program's
// file, its description of itself, and for each entry point a stage class like any other, whose stages
// run the program and speak its protocol with it.
// Tested by tests/executable_test.cpp.
#pragma once

#include "index.h"

namespace streamz {

// One entry point of such a manifest.
struct Executable {
  std::shared_ptr<const Manifest> manifest;
  const StageSpec* spec = nullptr;  // in the manifest
  std::string name;                 // of the stage
  Kind kind = Kind::node;
  std::string path;                                      // of the program
  Duration first_line_limit = std::chrono::seconds(10);  // for the first line of a frames program

  // Checks the files; throws Error E0144 to E0155.
  Executable(const Entry& entry, bool allow_unsafe);
  StageClass type() const;  // refers to this object
};

// The program of a manifest, after the checks on its file: there, safe, executable, its interpreter too.
std::string find_program(const Manifest& manifest, bool allow_unsafe);

// The manifest's specs as they hold for a program: one for each entry point, with the arguments that
// every program has. Throws Error E0141.
void complete_specs(Manifest& manifest);

// What COMMAND --streamz-describe prints: the manifest's "stages". Throws Error E0155 when it does not.
json describe_program(const Manifest& manifest, Duration limit = std::chrono::seconds(10));

// Whether a record counts as delivered once the program was given it, which is said by ack=write.
inline constexpr const char* ack_argument = "ack";

// The two protocols (executable_lines.cpp, executable_frames.cpp).
Stream* make_lines_stage(const Executable& program);
Stream* make_frames_stage(const Executable& program);

}  // namespace streamz
