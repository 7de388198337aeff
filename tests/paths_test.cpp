// SPDX-License-Identifier: Apache-2.0
#include "paths.h"

#include <unistd.h>

#include "catch.h"
#include "plugin_fixture.h"

using namespace streamz;

TEST_CASE("a path has a directory, and files beside it") {
  CHECK(directory_of("/a/b/c") == "/a/b");
  CHECK(directory_of("a//b") == "a");
  CHECK(directory_of("/a") == "/");
  CHECK(directory_of("a") == ".");
  CHECK(directory_of("a/") == "a");
  CHECK(beside("/a/b.json", "c.so") == "/a/c.so");
  CHECK(beside("b.json", "c.so") == "c.so");
}

TEST_CASE("a link says where it leads, and what is none says nothing") {
  const PluginFolder folder;
  const std::string link = (folder.path / "link").string();
  REQUIRE(symlink("../no/where", link.c_str()) == 0);
  CHECK(target_of(link) == "../no/where");
  CHECK(target_of(folder.path.string()) == std::nullopt);
  CHECK(target_of(link + "/none") == std::nullopt);
}
