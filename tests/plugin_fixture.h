// SPDX-License-Identifier: Apache-2.0
// Installed plugins for the tests of loading: libraries of tests/plugins, whole or damaged, with a
// manifest, in a directory of their own.
#pragma once

#include <iterator>
#include <memory>
#include <string>

#include "catch.h"
#include "loader.h"
#include "module.h"
#include "plugin_folder.h"

namespace streamz {

inline std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::string fixture(const std::string& name) {
  const std::string bytes = read_file(installation_root() + "/tests/plugins/" + name + ".so");
  REQUIRE_FALSE(bytes.empty());
  return bytes;
}

inline std::string replaced(std::string text, const std::string& what, const std::string& by) {
  REQUIRE(what.size() == by.size());  // it is a binary file
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size(), ++count) {
    text.replace(at, what.size(), by);
  }
  REQUIRE(count > 0);
  return text;
}

inline std::string with_byte(std::string text, std::size_t at, char byte) {
  text.at(at) = byte;
  return text;
}

// An installed package with one entry `shout`, of the given class and group.
struct Plugin : PluginFolder {
  explicit Plugin(const std::string& package, const std::string& class_name = "Shout",
                  const std::string& group = "streamz.nodes", const std::string& more = {}) {
    manifest(package, "shout = " + package + ":" + class_name, group, more);
    library = (path / (package + ".so")).string();
  }
  Plugin& with(const std::string& bytes) {
    write(std::filesystem::path(library).filename().string(), bytes);
    return *this;
  }
  const Entry& entry() {
    index = std::make_unique<Index>(SearchPath{{path.string()}, false, allow_unsafe});
    const Entry* const found = index->find("shout");
    REQUIRE(found != nullptr);
    return *found;
  }
  std::string library;
  bool allow_unsafe = false;
  std::unique_ptr<Index> index;
};

// "CODE text" of what loading throws, the library's path shown as L; its hint goes to `hint`.
inline std::string failure(Loader& loader, Plugin& plugin, std::string* hint = nullptr) {
  try {
    loader.load(plugin.entry());
    return "loaded";
  } catch (const Error& error) {
    std::string text = error.code + " " + error.what();
    for (std::size_t at = 0; (at = text.find(plugin.library)) != std::string::npos;) {
      text.replace(at, plugin.library.size(), "L");
    }
    if (hint != nullptr) *hint = error.hint;
    return text;
  }
}
inline std::string failure(Plugin& plugin, std::string* hint = nullptr) {
  Loader loader;
  return failure(loader, plugin, hint);
}

// Bytes that are data, not text: a string that holds a NUL.
template <std::size_t size>
std::string bytes(const char (&text)[size]) {
  return {text, size - 1};
}

}  // namespace streamz
