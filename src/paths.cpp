// SPDX-License-Identifier: Apache-2.0
#include "paths.h"

#include <unistd.h>

#include <climits>

namespace streamz {

std::string directory_of(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  if (slash == std::string::npos) return ".";
  const std::size_t last = file.find_last_not_of('/', slash);
  return last == std::string::npos ? "/" : file.substr(0, last + 1);
}

std::string beside(const std::string& file, std::string_view name) {
  return file.substr(0, file.rfind('/') + 1).append(name);
}

std::optional<std::string> target_of(const std::string& link) {
  char target[PATH_MAX];
  const ssize_t size = readlink(link.c_str(), target, sizeof target);
  return size < 0 ? std::nullopt : std::optional<std::string>(std::in_place, target, static_cast<std::size_t>(size));
}

}  // namespace streamz
