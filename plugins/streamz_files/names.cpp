// SPDX-License-Identifier: Apache-2.0
#include "names.h"

#include <glob.h>
#include <sys/stat.h>

#include <charconv>
#include <cstdint>
#include <filesystem>

namespace fs = std::filesystem;

bool is_pattern(const std::string& path) {
  struct stat there {};
  return path.find_first_of("*?[") != std::string::npos && lstat(path.c_str(), &there) != 0;
}

std::vector<std::string> matches(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> names;
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0) names.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  return names;
}

std::string in_directory(const std::string& directory, const std::string& name) {
  return directory == "." ? name : (fs::path(directory) / name).string();
}

std::string base_of(const std::string& path) { return fs::path(path).filename().string(); }

std::string escaped(const std::string& name) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte < 0x7f && c != '%' && c != '"' && c != '\\') {
      out += c;
    } else {
      out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return out + '"';
}
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%' && i + 3 < text.size()) {
      std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}
