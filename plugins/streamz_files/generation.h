// SPDX-License-Identifier: Apache-2.0
// One file that is followed, whatever it is called by now: its identity, and how far it was read. Where a name leads
// to one file after the other (rotation), each of them is a generation.
// Tested by tests/e2e/tail.sh.
#pragma once

#include <streamz/format.h>
#include <streamz/spec.h>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

// What tells one file from another under any name. A number is given again once its file is gone; the moment of
// birth (0: this file system does not keep it) is another one then.
struct Identity {
  std::uint64_t device = 0, number = 0;
  std::int64_t birth = 0;  // ns since 1970

  auto operator<=>(const Identity&) const = default;
  static std::optional<Identity> of(int fd);
  static std::optional<Identity> of(const std::string& path);  // links are followed
};

// What a file begins with: tells whether it is still the one that was read, when it was emptied and written anew.
struct Fingerprint {
  std::uint64_t size = 0, hash = 0;  // FNV-1a of the first `size` bytes

  static constexpr std::uint64_t longest = 1024;
  static Fingerprint of(int fd, std::uint64_t size);  // of at most so many bytes
  bool matches(int fd) const { return of(fd, size).hash == hash; }
};

// Now, on the clock of births: no virtual time.
std::int64_t birth_clock();

class Generation {
 public:
  // Opens `path` and begins at `from`. Throws Error.
  Generation(streamz::Node* source, std::string path, std::string format, streamz::InputPosition from);
  ~Generation();
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  const Identity& identity() const { return identity_; }
  const std::string& path() const { return path_; }
  bool at_end() const { return at_end_; }  // when it was last looked at
  streamz::InputPosition position() const { return lines_.position(); }
  Fingerprint fingerprint() const { return begins_; }
  bool begins_with(const Fingerprint& fingerprint) const { return fingerprint.matches(fd_); }

  enum class Read { something, nothing, unwanted, truncated };
  // Up to so many bytes. Truncated: it was emptied and is written anew.
  Read read(std::size_t most);
  // It will not grow any more: what stands behind the last newline is a line too. False: nobody wants more.
  bool finish() { return lines_.finish(); }

 private:
  void begin(streamz::InputPosition from);
  bool is_emptied() const;

  streamz::Node* source_;
  std::string path_, format_;
  int fd_ = -1;
  Identity identity_;
  streamz::LineReader lines_;
  std::uint64_t offset_ = 0;  // where the next read begins
  Fingerprint begins_;        // of what was read
  bool at_end_ = false;
  bool emptied_ = false;  // and not written to since: a writer that goes on where it was leaves a hole of NULs
};
