// SPDX-License-Identifier: Apache-2.0
#include "elf_file.h"

#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <random>

#include "plugin_fixture.h"

using namespace streamz;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

namespace fs = std::filesystem;

}  // namespace

TEST_CASE("what is wrong with the library is found in the file") {
  const std::string good = fixture("test_plugin");
  struct Case {
    std::string bytes, error, hint;
  };
  const Case cases[] = {
      {"hello", "E0146 L is not a shared library: text file (begins \"hello\")", ""},
      {"/* GNU ld script */\nINPUT(x)", "E0146 L is not a shared library: text file (begins \"/* GNU ld script */\")",
       ""},
      {"", "E0146 L is not a shared library: empty", ""},
      {bytes("\0\1\2"), "E0146 L is not a shared library: no ELF header", ""},
      {good.substr(0, 40), "E0146 L is cut short: 40 bytes, its segments need 64", "install it again"},
      {with_byte(good, 16, 1), "E0146 L is an object file, not a shared library", "link it with -shared"},
      {with_byte(good, 16, 2), "E0146 L is an executable, not a shared library", "link it with -shared"},
      {with_byte(good, 16, 4), "E0146 L is not a shared library: ELF type 4", ""},
      {with_byte(good, 7, 9), "E0146 L is built for OS ABI 9, not Linux", ""},
      {with_byte(good, 54, 1), "E0146 L is damaged: no program headers", ""},
      {read_file("/proc/self/exe"), "E0146 L is an executable, not a shared library", "link it with -shared"},
      {fixture("foreign"), "E0147 L is not a streamz plugin: no .note.streamz",
       "build it with streamz_add_plugin() and STREAMZ_PLUGIN"},
      {replaced(good, ";rtti=1;", ";rtti=0;"), "E0147 test_plugin was built for another ABI: rtti=0, here 1",
       "build without -fno-rtti"},
      {replaced(good, "streamz=1;", "streamz=9;"), "E0147 test_plugin was built for another ABI: streamz=9, here 1",
       "build it with the headers of this streamz"},
  };
  for (const Case& c : cases) {
    INFO(c.error);
    Plugin plugin("test_plugin");
    plugin.with(c.bytes);
    std::string hint;
    CHECK(failure(plugin, &hint) == c.error);
    CHECK(hint == c.hint);
  }
}

TEST_CASE("a library for another machine or cut short is named so") {
  const std::string good = fixture("test_plugin");
  const auto error_of = [](const std::string& bytes) {
    Plugin plugin("test_plugin");
    plugin.with(bytes);
    return failure(plugin);
  };
  const char mips = 8, x86_64 = 62;
  const bool is_mips = good[18] == mips;
  CHECK_THAT(error_of(with_byte(good, 18, is_mips ? x86_64 : mips)),
             StartsWith(is_mips ? "E0146 L is built for x86_64, this is " : "E0146 L is built for mips, this is "));
  CHECK_THAT(error_of(with_byte(good, 4, 1)), Contains(" (32 bit), this is "));
  CHECK_THAT(error_of(with_byte(good, 5, 2)), Contains(" (big-endian), this is "));
  CHECK_THAT(error_of(good.substr(0, 4096)), StartsWith("E0146 L is cut short: 4096 bytes, its segments need "));
}

TEST_CASE("the tags are compared field by field") {
  const std::string here =
      "streamz=1;stdlib=libstdc++/cxx11=1;dbg=0;rtti=1;exc=1;san=none;json=nlohmann::json_abi_v3_11_2";
  struct Case {
    std::string field, theirs, error, hint;
  };
  const Case cases[] = {
      {"cxx11=1", "cxx11=0", "stdlib=libstdc++/cxx11=0, here libstdc++/cxx11=1",
       "build with -D_GLIBCXX_USE_CXX11_ABI=1"},
      {"libstdc++/cxx11=1", "libc++", "stdlib=libc++, here libstdc++/cxx11=1", "build without -stdlib=libc++"},
      {"dbg=0", "dbg=1", "dbg=1, here 0", "build without _GLIBCXX_DEBUG"},
      {"rtti=1", "rtti=0", "rtti=0, here 1", "build without -fno-rtti"},
      {"exc=1", "exc=0", "exc=0, here 1", "build without -fno-exceptions"},
      {"san=none", "san=address", "san=address, here none", "build without -fsanitize=address"},
      {"abi_v3_11_2", "abi_diag_v3_11_2", "json=json_abi_diag_v3_11_2, here json_abi_v3_11_2",
       "build without JSON_DIAGNOSTICS"},
      {"v3_11_2", "v3_11_3", "json=json_abi_v3_11_3, here json_abi_v3_11_2",
       "build with the nlohmann/json headers that streamz was built with"},
      {";json=nlohmann::json_abi_v3_11_2", "", "json=, here json_abi_v3_11_2",
       "build with the nlohmann/json headers that streamz was built with"},
      {"_2", "_2;more=1", here + ";more=1, here " + here, "build it with the headers of this streamz"},
  };
  CHECK_NOTHROW(require_same_tag("p", here, here));
  for (const Case& c : cases) {
    std::string tag = here;
    tag.replace(tag.rfind(c.field), c.field.size(), c.theirs);
    INFO(tag);
    try {
      require_same_tag("p", tag, here);
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(std::string(error.what()) == "p was built for another ABI: " + c.error);
      CHECK(error.hint == c.hint);
      CHECK(error.code == "E0147");
    }
  }
  ElfFacts facts;
  facts.tag = here;
  facts.needed = {"libc.so.6", "libasan.so.8"};
  CHECK_THROWS_WITH(require_same_abi("p", "p.so", facts, here), "p was built for another ABI: needs libasan.so.8");
  facts.needed = {"libc++.so.1"};
  CHECK_THROWS_WITH(require_same_abi("p", "p.so", facts, here), "p was built for another ABI: needs libc++.so.1");
}

TEST_CASE("sizes and places that no file has are refused before memory is asked for") {
  const std::string good = fixture("test_plugin");
  const auto error_of = [](const std::string& bytes) {
    Plugin plugin("test_plugin");
    plugin.with(bytes);
    return failure(plugin);
  };
  ElfW(Ehdr) header;
  std::memcpy(&header, good.data(), sizeof header);
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    const std::size_t at = header.e_phoff + i * sizeof(ElfW(Phdr));
    ElfW(Phdr) segment;
    std::memcpy(&segment, good.data() + at, sizeof segment);
    // Notes behind the one with the tag are not read.
    const bool is_tag = segment.p_type == PT_NOTE &&
                        good.substr(segment.p_offset, segment.p_filesz).find("streamz=1") != std::string::npos;
    const bool has_table = segment.p_type == PT_DYNAMIC || is_tag;
    const bool is_first = segment.p_type == PT_LOAD && segment.p_offset == 0;
    if (!has_table && !is_first) continue;
    const auto with = [&](ElfW(Phdr) damaged) {
      return good.substr(0, at) + std::string(reinterpret_cast<const char*>(&damaged), sizeof damaged) +
             good.substr(at + sizeof damaged);
    };
    ElfW(Phdr) damaged = segment;
    if (is_first) {
      damaged.p_memsz += 1 << 30;
      CHECK(error_of(with(damaged)) == "E0146 L is damaged: its segments overlap");
      continue;
    }
    damaged.p_filesz = ~decltype(damaged.p_filesz){} / 2;
    CHECK(error_of(with(damaged)) == "E0146 L is damaged: a table in it is too large");
    damaged = segment;
    damaged.p_offset = ~decltype(damaged.p_offset){};
    CHECK_THAT(error_of(with(damaged)), StartsWith("E0146 L is cut short: "));
  }
}

TEST_CASE("versions of libraries that are not needed are refused: the loader would end the process for them") {
  std::string bytes = fixture("test_plugin");
  ElfW(Ehdr) header;
  std::memcpy(&header, bytes.data(), sizeof header);
  ElfW(Shdr) section{};
  for (std::size_t i = 0; i < header.e_shnum && section.sh_type != SHT_GNU_verneed; ++i) {
    std::memcpy(&section, bytes.data() + header.e_shoff + i * header.e_shentsize, sizeof section);
  }
  REQUIRE(section.sh_type == SHT_GNU_verneed);
  const std::size_t at = section.sh_offset;
  ElfW(Verneed) row;
  std::memcpy(&row, bytes.data() + at, sizeof row);
  row.vn_file = 0;
  bytes.replace(at, sizeof row, reinterpret_cast<const char*>(&row), sizeof row);
  Plugin plugin("test_plugin");
  plugin.with(bytes);
  CHECK(failure(plugin) == "E0146 L is damaged: it needs a version of a library that it does not need");
}

TEST_CASE("what is no regular file is not opened as one") {
  Plugin plugin("test_plugin");
  std::string hint;
  CHECK(failure(plugin, &hint) == "E0145 test_plugin is installed without its library: L does not exist");
  CHECK(hint == "install the package again, or remove " + (plugin.path / "test_plugin.json").string());
  fs::create_symlink("nowhere.so", plugin.library);
  CHECK(failure(plugin) == "E0145 test_plugin is installed without its library: L → nowhere.so does not exist");
  fs::remove(plugin.library);
  fs::create_symlink("test_plugin.so", plugin.library);
  CHECK(failure(plugin) == "E0146 L is not a shared library: too many links");
  fs::remove(plugin.library);
  fs::create_directory(plugin.library);
  CHECK(failure(plugin) == "E0146 L is not a shared library: a directory");
  fs::remove(plugin.library);
  REQUIRE(mkfifo(plugin.library.c_str(), 0600) == 0);
  CHECK(failure(plugin) == "E0146 L is not a shared library: a FIFO");
}

TEST_CASE("a damaged library never crashes the checks") {
  const std::string good = fixture("test_plugin").substr(0, 8192);
  const PluginFolder folder;
  std::mt19937 random(7);
  int refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = good;
    for (int i = 0; i < 3; ++i) bytes[random() % (round % 2 == 0 ? 64 : 1024)] = static_cast<char>(random());
    const int fd = open(folder.write("x.so", bytes).c_str(), O_RDONLY | O_CLOEXEC);
    try {
      read_elf(fd, "x.so");
    } catch (const Error& error) {
      if (error.code == "E0146") ++refused;
    }
    close(fd);
  }
  CHECK(refused == 2000);  // it is cut short, whatever else is wrong with it
}

TEST_CASE("only files that nobody else can write are loaded") {
  const std::string good = fixture("test_plugin");
  Plugin plugin("test_plugin", "Drop", "streamz.sinks");
  plugin.with(good);
  std::string hint;
  const std::string folder = plugin.path.string();

  chmod(folder.c_str(), 01777);
  CHECK(failure(plugin, &hint) == "E0144 " + folder + " is writable by everyone (mode 1777)");
  CHECK(hint == "chmod o-w " + folder);
  Loader trusting(true);
  plugin.allow_unsafe = true;
  CHECK(failure(trusting, plugin) == "loaded");
  plugin.allow_unsafe = false;
  REQUIRE(trusting.warnings.size() == 1);
  CHECK(trusting.warnings[0].code == "W0144");
  CHECK(trusting.warnings[0].message == folder + " is writable by everyone (mode 1777)");
  chmod(folder.c_str(), 0755);

  chmod(plugin.library.c_str(), 0666);
  CHECK(failure(plugin) == "E0144 L is writable by everyone (mode 0666)");
  chmod(plugin.library.c_str(), 0644);
  const std::string manifest = (plugin.path / "test_plugin.json").string();
  chmod(manifest.c_str(), 0646);
  CHECK(failure(plugin) == "E0144 " + manifest + " is writable by everyone (mode 0646)");
  chmod(manifest.c_str(), 0644);

  const PluginFolder open_to_all;
  const PluginFolder other;
  fs::rename(plugin.library, other.path / "x.so");
  fs::create_symlink(other.path / "x.so", open_to_all.path / "link.so");
  fs::create_symlink(open_to_all.path / "link.so", plugin.library);
  CHECK(failure(plugin) == "loaded");
  const auto says_open = [&](const PluginFolder& to, const char* name) {
    chmod(to.path.c_str(), 0777);
    CHECK(failure(plugin) ==
          "E0144 L → " + (to.path / name).string() + ": " + to.path.string() + " is writable by everyone (mode 0777)");
    chmod(to.path.c_str(), 0755);
  };
  says_open(other, "x.so");
  says_open(open_to_all, "link.so");  // on the way
}

TEST_CASE("files of other users and groups are refused") {
  if (geteuid() != 0) return;  // only root can make them
  Plugin plugin("test_plugin", "Drop", "streamz.sinks");
  plugin.with(fixture("test_plugin"));
  REQUIRE(chown(plugin.library.c_str(), 1001, 0) == 0);
  CHECK(failure(plugin) == "E0144 L belongs to uid 1001, not to root");
  REQUIRE(chown(plugin.library.c_str(), 0, 50) == 0);
  chmod(plugin.library.c_str(), 0664);
  CHECK(failure(plugin) == "loaded");  // a group of the system
  REQUIRE(chown(plugin.library.c_str(), 0, 1001) == 0);
  std::string hint;
  CHECK(failure(plugin, &hint) == "E0144 L is writable by group 1001 (mode 0664)");
  CHECK(hint == "chmod g-w " + plugin.library);
}
