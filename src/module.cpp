// SPDX-License-Identifier: Apache-2.0
#include "module.h"

#include <dlfcn.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>

#include "paths.h"
#include "streamz/record.h"

namespace streamz {

const std::string& installation_root() {
  static const std::string root = [] {
    const std::optional<std::string> program = target_of("/proc/self/exe");
    if (!program)
      throw Error(std::string("cannot tell where it is installed: /proc/self/exe: ") + std::strerror(errno));
    return directory_of(directory_of(*program));
  }();
  return root;
}

void* module_symbol(const std::string& name, const char* symbol) {
  static std::mutex mutex;
  static std::map<std::string, void*> opened;
  const std::lock_guard<std::mutex> lock(mutex);
  void*& handle = opened[name];
  const std::string file = installation_root() + "/lib/streamz/modules/" + name + ".so";
  // Not Boost.DLL: a module is a part of this program, so none of the checks on plugins apply.
  if (handle == nullptr) handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* const found = handle == nullptr ? nullptr : dlsym(handle, symbol);
  if (found == nullptr) {
    const char* const reason = dlerror();
    throw Error("cannot open the module " + file + ": " + (reason == nullptr ? "no reason given" : reason),
                "the installation is not whole: install streamz again");
  }
  return found;
}

}  // namespace streamz
