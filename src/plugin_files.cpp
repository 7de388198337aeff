// SPDX-License-Identifier: Apache-2.0
#include "plugin_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "elf_file.h"
#include "executable.h"
#include "paths.h"
#include "safe_file.h"
#include "streamz/plugin.h"

namespace streamz {

namespace {

int open_library(const Manifest& manifest) {
  const int fd = ::open(manifest.library.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd >= 0) return fd;
  const int reason = errno;
  const std::string& name = manifest.library;
  if (reason == ENOENT) {
    const std::optional<std::string> target = target_of(name);
    throw Error(fmt::format("{} is installed without its library: {}{} does not exist", manifest.package, name,
                            target ? " → " + *target : ""),
                "install the package again, or remove " + manifest.file, "E0145");
  }
  if (reason == ELOOP) throw Error(name + " is not a shared library: too many links", "", "E0146");
  throw Error(fmt::format("{} cannot be read: {}", name, std::strerror(reason)), "", "E0146");
}

void check_owners(const Manifest& manifest, int library) {
  require_safe_directory(directory_of(manifest.file));
  require_safe_target(manifest.file);
  require_safe_target(manifest.library);
  struct stat info {};
  if (stat(manifest.file.c_str(), &info) == 0) require_safe(info, manifest.file);
  if (fstat(library, &info) == 0) require_safe(info, manifest.library);
}

}  // namespace

std::optional<Error> check_files(const Manifest& manifest, bool allow_unsafe) {
  if (manifest.broken) throw Error(*manifest.broken);
  std::optional<Error> unsafe;
  if (!manifest.command.empty()) {
    try {
      find_program(manifest, false);
    } catch (const Error& error) {
      if (!allow_unsafe || error.code != "E0144") throw;
      unsafe = error;
      find_program(manifest, true);
    }
    return unsafe;
  }
  const int fd = open_library(manifest);
  const std::shared_ptr<void> closer(nullptr, [fd](void*) { close(fd); });
  try {
    check_owners(manifest, fd);
  } catch (const Error& error) {
    if (!allow_unsafe) throw;
    unsafe = error;
  }
  require_same_abi(manifest.package, manifest.library, read_elf(fd, manifest.library), STREAMZ_ABI_TAG);
  return unsafe;
}

void check_files(const Index& index, const Entry* only) {
  const Manifest* manifest = nullptr;
  std::optional<Error> refused;
  for (const Entry& entry : index.all()) {
    const bool usable = entry.state == Entry::State::ok || entry.state == Entry::State::clash;
    if (entry.manifest == nullptr || !usable || (only != nullptr && only != &entry)) continue;
    if (entry.manifest.get() != manifest) {  // its entries stand side by side
      manifest = entry.manifest.get();
      refused.reset();
      try {
        check_files(*manifest, index.allow_unsafe());
      } catch (const Error& error) {
        refused = error;
      }
    }
    if (refused) index.refuse(entry, *refused);
  }
}

}  // namespace streamz
