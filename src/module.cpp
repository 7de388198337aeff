// SPDX-License-Identifier: Apache-2.0
#include "module.h"

#include <dlfcn.h>

#include <map>
#include <mutex>

#include "streamz/record.h"

namespace streamz {

std::filesystem::path installation_root() {
  static const std::filesystem::path root = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
  return root;
}

void* module_symbol(const std::string& name, const char* symbol) {
  static std::mutex mutex;
  static std::map<std::string, void*> opened;
  const std::lock_guard<std::mutex> lock(mutex);
  void*& handle = opened[name];
  const std::filesystem::path file = installation_root() / "lib/streamz/modules" / (name + ".so");
  // Not Boost.DLL: a module is a part of this program, so none of the checks on plugins apply.
  if (handle == nullptr) handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* const found = handle == nullptr ? nullptr : dlsym(handle, symbol);
  if (found == nullptr) {
    const char* const reason = dlerror();
    throw Error("cannot open the module " + file.string() + ": " + (reason == nullptr ? "no reason given" : reason),
                "the installation is not whole: install streamz again");
  }
  return found;
}

}  // namespace streamz
