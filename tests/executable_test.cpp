// SPDX-License-Identifier: Apache-2.0
// When a record counts as delivered that a program was given. Every input is a batch of its own, as in
// acks_test.cpp. The programs are shell scripts; what they print is read by tests/e2e/executable*.sh.
#include "executable.h"

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "harness.h"
#include "plugin_files.h"
#include "plugin_folder.h"

using namespace streamz;
using namespace streamz::testing;
using namespace std::chrono_literals;

namespace {

using Frontier = std::vector<std::int64_t>;

struct Programs : PluginFolder {
  // One stage of this name, whose program is the script.
  void add(const std::string& name, const std::string& protocol, const std::string& script) const {
    manifest(name, name + " = " + name + ":" + name, "streamz.nodes",
             R"("command": ["./)" + name + R"("], "protocol": ")" + protocol + R"(", )");
    chmod(write(name, "#!/bin/sh\n" + script).c_str(), 0755);
  }
  // A script that runs for each record, with its number in $i and its text in $r.
  void add_frames(const std::string& name, const std::string& script) const {
    add(name, "frames",
        "echo '{\"streamz\":1,\"stage\":\"" + name +
            "\"}'\n"
            "while IFS= read -r line; do i=${line#'{\"i\":'}; i=${i%%,*}; r=${line#*'\"r\":'}; r=${r%\\}}\n" +
            script + "\ndone\n");
  }
  Seen run(const std::string& chain, const std::vector<std::string>& inputs, const std::set<int>& withhold = {},
           bool release_at_end = false) const {
    Setup setup{chain, {}, withhold};
    setup.plugins = path.string();
    for (const std::string& input : inputs) setup.actions.push_back(emit(input));
    if (release_at_end) setup.actions.push_back(release());
    return run_chain(setup);
  }
};

}  // namespace

TEST_CASE("frames: a record is done when the program has acknowledged it") {
  const Programs programs;
  programs.add_frames("pairs", R"(
    if [ $((i % 2)) = 1 ]; then
      before=$r
    else
      echo "{\"i\":[$((i - 1)),$i],\"r\":[$before,$r]}"
      echo "{\"ack\":[$((i - 1)),$i]}"
    fi)");
  const Seen seen = programs.run("pairs", {"1", "2", "3", "4"});
  CHECK(seen.messages.empty());
  CHECK(seen.frontier(0) == Frontier{0, 2, 2, 4});
  CHECK(seen.outputs[0] == std::vector<std::string>{"[1,2]", "[3,4]"});
}

TEST_CASE("frames: ... and not before everything that was made of it is done") {
  const Programs programs;
  programs.add_frames("twice", R"(echo "{\"i\":$i,\"r\":$r}"; echo "{\"i\":$i,\"r\":$r}"; echo "{\"ack\":$i}")");
  CHECK(programs.run("twice", {"1", "2"}).frontier(0) == Frontier{1, 2});
  CHECK(programs.run("twice", {"1", "2"}, {0}, true).frontier(0) == Frontier{0, 0, 2});
  CHECK(programs.run("twice ! partition 3", {"1", "2", "3"}).frontier(0) == Frontier{0, 1, 3});
}

TEST_CASE("frames: out of order, the frontier stays contiguous") {
  const Programs programs;
  programs.add_frames("late", R"([ $i = 1 ] || echo "{\"ack\":$i}"; [ $i != 3 ] || echo '{"ack":1}')");
  CHECK(programs.run("late", {"1", "2", "3"}).frontier(0) == Frontier{0, 0, 3});
}

TEST_CASE("frames: a record that failed and was left out is done") {
  const Programs programs;
  programs.add_frames("picky", R"(echo "{\"i\":$i,\"error\":\"no\"}")");
  const Seen skipped = programs.run("picky on_error=skip", {"1", "2"});
  CHECK(skipped.frontier(0) == Frontier{1, 2});
  CHECK(skipped.status == 0);
  const Seen failed = programs.run("picky", {"1", "2"});
  CHECK(failed.status == 5);
  CHECK_THAT(failed.messages, Catch::Matchers::Contains("error[R0301]: picky: no"));
}

TEST_CASE("lines: a record is done when the program has ended well") {
  const Programs programs;
  programs.add("pass", "lines", "exec cat");
  programs.add("fail", "lines", "cat; exit 3");
  const Seen seen = programs.run("pass", {"1", "2"});
  CHECK(seen.frontier(0) == Frontier{0, 0});
  CHECK(seen.last(0) == 2);
  CHECK(seen.outputs[0] == std::vector<std::string>{"1", "2"});
  const Seen failed = programs.run("fail", {"1", "2"});
  CHECK(failed.last(0) == 0);
  CHECK(failed.messages == "error[E0155]: fail: exited with status 3\n  | fail\n  | ^^^^\n");
}

TEST_CASE("lines: with ack=write, when the program was given it") {
  const Programs programs;
  programs.add("pass", "lines", "exec cat");
  CHECK(programs.run("pass ack=write", {"1", "2"}, {0}).frontier(0) == Frontier{1, 2});
}

TEST_CASE("frames: a program that says nothing is given up") {
  const Programs programs;
  programs.add("mute", "frames", "exec sleep 1000");
  install_host();
  const Index index(SearchPath{{programs.path.string()}, false, false});
  const Entry* const entry = index.find("mute");
  REQUIRE(entry != nullptr);
  Executable program(*entry, false);
  program.first_line_limit = 20ms;
  const StageClass type = program.type();
  Graph graph;
  Node& node = graph.add("mute", nullptr, entry);
  node.type = &type;
  node.object = {type.create(), DestroyStage{&type}};
  assign_strands(graph);
  std::string messages;
  RunOptions options;
  options.handle_signals = false;
  options.capture = &messages;
  CHECK(run(graph, Chain(), options).status == 1);
  CHECK(messages ==
        "error[E0155]: mute: said nothing within 20ms\n"
        "  = help: the first line of a frames program is {\"streamz\":1,\"stage\":\"mute\"}\n");
}

TEST_CASE("a program that does not answer for its description is given up") {
  const Programs programs;
  programs.add("mute", "lines", "exec sleep 1000");
  const Manifest manifest = read_manifest(programs.path / "mute.json");
  CHECK_THROWS_WITH(describe_program(manifest, 20ms),
                    "mute does not describe itself: ./mute --streamz-describe did not end within 20ms");
}

TEST_CASE("the files of a program are checked without running it") {
  const Programs programs;
  programs.add("pass", "lines", "exec cat");
  const Manifest manifest = read_manifest(programs.path / "pass.json");
  check_files(manifest);
  const std::string program = (programs.path / "pass").string();
  chmod(program.c_str(), 0644);
  CHECK_THROWS_WITH(check_files(manifest), program + " is not executable (mode 0644)");
  chmod(program.c_str(), 0757);
  CHECK_THROWS_WITH(check_files(manifest), program + " is writable by everyone (mode 0757)");
  check_files(manifest, true);
  std::filesystem::remove(program);
  CHECK_THROWS_WITH(check_files(manifest), "pass is installed without its program: " + program + " does not exist");
  std::filesystem::create_symlink("/no/such/file", program);
  CHECK_THROWS_WITH(check_files(manifest),
                    "pass is installed without its program: " + program + " → /no/such/file does not exist");
  std::filesystem::remove(program);
  std::filesystem::create_directory(program);
  CHECK_THROWS_WITH(check_files(manifest), program + " is not a program");
}
