// SPDX-License-Identifier: Apache-2.0
// A directory that names made of data do not lead out of: no `..`, and no link that is there already.
// Tested by tests/e2e/to_files.sh.
#pragma once

#include <string>
#include <string_view>

class Root {
 public:
  Root() = default;
  ~Root();
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;

  // Makes the directory when it is not there. `guarded` false: links are followed to wherever they lead.
  // Throws Error.
  void open(const std::string& directory, bool guarded);
  const std::string& name() const { return name_; }
  int descriptor() const { return fd_; }

  // Paths begin with name(), as `in_directory` makes them.
  // As open(2): -1 and errno; EXDEV when it leads out.
  int open_file(const std::string& path, int flags) const;
  // The directories that lead to `path`. Throws Error.
  void make_directories(const std::string& path) const;
  // Throws Error, as the fault of a record, when a link leads out.
  void require_inside(const std::string& path) const;

 private:
  std::string_view inside(std::string_view path) const;
  int open_inside(const std::string& path, int flags) const;

  std::string name_;
  int fd_ = -1;
  bool guarded_ = true;
};
