// SPDX-License-Identifier: Apache-2.0
#include "safe_file.h"

#include <unistd.h>

#include <fmt/format.h>

#include "paths.h"
#include "streamz/record.h"

namespace streamz {

namespace {

constexpr int most_links = 40;                // as the kernel, which has refused longer chains before
constexpr gid_t first_group_of_users = 1000;  // below are the system's own: Debian's staff keeps 2775 directories

[[noreturn]] void refuse(const std::string& fact, const std::string& hint = {}) { throw Error(fact, hint, "E0144"); }

}  // namespace

void require_safe(const struct stat& info, const std::string& name) {
  if (info.st_uid != 0 && info.st_uid != geteuid()) {
    refuse(fmt::format("{} belongs to uid {}, not to root{}", name, info.st_uid, geteuid() == 0 ? "" : " or you"));
  }
  const unsigned mode = info.st_mode & 07777;
  // A sticky bit does not help: everyone can still add files.
  if ((mode & S_IWOTH) != 0)
    refuse(fmt::format("{} is writable by everyone (mode {:04o})", name, mode), "chmod o-w " + name);
  const bool own_group = info.st_gid == 0 || info.st_gid == getegid() || info.st_gid < first_group_of_users;
  if ((mode & S_IWGRP) != 0 && !own_group) {
    refuse(fmt::format("{} is writable by group {} (mode {:04o})", name, info.st_gid, mode), "chmod g-w " + name);
  }
}

void require_no_trap(const std::string& file) {
  struct stat link {
  }, directory{};
  if (geteuid() != 0 || lstat(file.c_str(), &link) != 0 || !S_ISLNK(link.st_mode) || link.st_uid == 0) return;
  if (stat(directory_of(file).c_str(), &directory) != 0 || (directory.st_mode & S_IWOTH) == 0) return;
  throw Error(fmt::format("{} is a link of uid {}, in a directory that everyone can write to: root does not follow it",
                          file, link.st_uid));
}

void require_safe_directory(const std::string& directory) {
  struct stat info {};
  if (stat(directory.c_str(), &info) == 0) require_safe(info, directory);
}

void require_safe_target(const std::string& file) {
  std::string at = file;
  for (int links = 0; links < most_links; ++links) {
    const std::optional<std::string> target = target_of(at);
    if (!target) return;
    at = target->starts_with('/') ? *target : beside(at, *target);
    try {
      require_safe_directory(directory_of(at));
    } catch (const Error& error) {
      refuse(fmt::format("{} → {}: {}", file, at, error.what()), error.hint);
    }
  }
}

}  // namespace streamz
