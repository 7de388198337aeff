// SPDX-License-Identifier: Apache-2.0
#include "module.h"

#include <filesystem>

#include "catch.h"
#include "streamz/record.h"

using namespace streamz;

namespace {

Error failure(const std::string& name, const char* symbol) {
  try {
    module_symbol(name, symbol);
  } catch (const Error& error) {
    return error;
  }
  return Error("no error");
}

}  // namespace

TEST_CASE("a module is opened beside the program", "[module]") {
  CHECK(std::filesystem::exists(installation_root() + "/lib/streamz/modules/jq.so"));
  void* const found = module_symbol("jq", "streamz_jq_module");
  CHECK(found != nullptr);
  CHECK(module_symbol("jq", "streamz_jq_module") == found);
}

TEST_CASE("a module that is not there names its file and the way out", "[module]") {
  const Error error = failure("nosuch", "anything");
  const std::string file = installation_root() + "/lib/streamz/modules/nosuch.so";
  CHECK(std::string(error.what()).starts_with("cannot open the module " + file + ": "));
  CHECK(std::string(error.what()).find("No such file or directory") != std::string::npos);
  CHECK(error.hint == "the installation is not whole: install streamz again");
}

TEST_CASE("a module without the symbol says which one", "[module]") {
  const std::string text = failure("jq", "no_such_symbol").what();
  CHECK(text.starts_with("cannot open the module "));
  CHECK(text.ends_with("undefined symbol: no_such_symbol"));
}
