// SPDX-License-Identifier: Apache-2.0
// A directory of plugins for one test, gone when the test ends.
#pragma once

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

class PluginFolder {
 public:
  PluginFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "streamz-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path = std::filesystem::canonical(name);
  }
  ~PluginFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  PluginFolder(const PluginFolder&) = delete;
  PluginFolder& operator=(const PluginFolder&) = delete;

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name, std::ios::binary) << text;
    chmod((path / name).c_str(), 0644);
    return path / name;
  }

  // A manifest with one node: NAME = PACKAGE:CLASS.
  std::filesystem::path manifest(const std::string& package, const std::string& entry_point,
                                 const std::string& group = "streamz.nodes", const std::string& more = {}) const {
    return write(package + ".json", R"({"streamz": 1, "name": ")" + package + R"(", "version": "1.0", )" + more +
                                        R"("entry_points": {")" + group + R"(": [")" + entry_point + R"("]}})");
  }

  std::filesystem::path path;
};
