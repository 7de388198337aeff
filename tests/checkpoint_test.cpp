// SPDX-License-Identifier: Apache-2.0
// The file of a checkpoint: what is written is read, and nothing else is.
#include "checkpoint.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "catch.h"
#include "harness.h"
#include "host.h"

using namespace streamz;

namespace {

struct Directory {
  std::filesystem::path path;
  Directory() {
    char name[] = "/tmp/streamz-checkpoint-XXXXXX";
    path = mkdtemp(name);
  }
  ~Directory() { std::filesystem::remove_all(path); }
};

Checkpoint sample(std::int64_t clock) {
  Checkpoint checkpoint;
  checkpoint.chain = "from_file a.jsonl ! map '\"x\n\"' ! zip";
  checkpoint.clock = clock;
  checkpoint.dead_letters = 7;
  checkpoint.stages = {{"from_file", Progress::finished, {}, {}}, {"zip z", Progress::open, {}, {}}};
  checkpoint.stages[1].state.add("held", R"({"chain":"no","row":1,"port":2})");
  checkpoint.stages[1].state.add("held", "1.0");
  checkpoint.stages[1].waiting = {{0, "[1,\"\\ud800\"]"}, {1, "null"}};
  return checkpoint;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
void write(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
}

// What is wrong with a directory, or "" when it has a checkpoint.
std::string wrong_with(const CheckpointDirectory& directory) {
  std::string warning;
  try {
    return directory.read(warning) ? "" : "nothing there";
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("a checkpoint is read as it was written") {
  const std::string text = to_text(sample(5));
  const Checkpoint read = parse_checkpoint(text);
  CHECK(to_text(read) == text);
  CHECK(read.chain == sample(5).chain);
  CHECK(read.stages.at(0).progress == Progress::finished);
  CHECK(read.stages.at(1).label == "zip z");
  CHECK(read.stages.at(1).state.rows().at(0).text == R"({"chain":"no","row":1,"port":2})");
  CHECK(read.stages.at(1).waiting == sample(5).stages[1].waiting);
  Checkpoint complete;
  complete.complete = true;
  CHECK(parse_checkpoint(to_text(complete)).complete);
}

TEST_CASE("a checkpoint that was cut off or changed anywhere is refused") {
  install_host();
  const std::string text = to_text(sample(5));
  for (std::size_t size = 0; size < text.size(); ++size) {
    INFO("cut to " << size);
    CHECK_THROWS_AS(parse_checkpoint(text.substr(0, size)), Error);
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const int bit : {1, 4, 32, 128}) {
      INFO("byte " << at << ", bit " << bit);
      std::string changed = text;
      changed[at] = static_cast<char>(changed[at] ^ bit);
      CHECK_THROWS_AS(parse_checkpoint(changed), Error);
    }
  }
  CHECK_THROWS_WITH(parse_checkpoint("{}"), "it is damaged: it does not begin as a checkpoint does");
  CHECK_THROWS_WITH(parse_checkpoint("streamz checkpoint 2 0 0\n"), "it is of another version of streamz");
  CHECK_THROWS_WITH(parse_checkpoint(text + "x"), "it is damaged: its checksum is wrong");
}

TEST_CASE("the newest checkpoint that is whole is taken") {
  install_host();
  const Directory temporary;
  const std::filesystem::path path = temporary.path / "deep" / "er";
  CheckpointDirectory directory(path);
  std::string warning;
  CHECK(!directory.read(warning));
  directory.write(sample(1));
  CHECK(directory.read(warning)->clock == 1);
  directory.write(sample(2));
  directory.write(sample(3));
  CHECK(directory.read(warning)->clock == 3);
  CHECK(warning.empty());

  const std::string newest = text_of(path / "state");
  for (std::size_t size = 0; size < newest.size(); ++size) {
    write(path / "state", newest.substr(0, size));
    warning.clear();
    CHECK(directory.read(warning)->clock == 2);
    CHECK(warning.find("state: it is ") != std::string::npos);
    CHECK(warning.find("; the checkpoint before it is taken") != std::string::npos);
  }
  write(path / "state.old", "x");
  CHECK(wrong_with(directory).find("state: it is damaged: its checksum is wrong; ") != std::string::npos);
  CHECK(wrong_with(directory).find("state.old: it is damaged: it does not begin as a checkpoint does") !=
        std::string::npos);
  directory.clear();
  CHECK(wrong_with(directory) == "nothing there");
  directory.write(sample(4));
  CHECK(directory.read(warning)->clock == 4);
}

TEST_CASE("of two checkpoints the one that was committed is taken") {
  install_host();
  const Directory temporary;
  CheckpointDirectory directory(temporary.path);
  std::string warning;
  CHECK(!directory.read(warning, 0));
  for (const std::int64_t number : {6, 7}) {
    Checkpoint checkpoint = sample(number);
    checkpoint.number = number;
    directory.write(checkpoint);
  }
  CHECK(directory.read(warning, 7)->clock == 7);
  CHECK(directory.read(warning, 6)->clock == 6);
  CHECK(directory.read(warning)->number == 7);
  CHECK_THROWS_WITH(directory.read(warning, 5),
                    "--checkpoint " + temporary.path.string() + ": number 5 is committed, and here is 7 and 6");
  CHECK(warning.empty());
  write(temporary.path / "state", "x");
  CHECK(directory.read(warning, 6)->clock == 6);
  CHECK(warning.find("it does not begin as a checkpoint does; the checkpoint before it is taken") != std::string::npos);
  CHECK_THROWS_WITH(directory.read(warning, 7), Catch::Matchers::Contains("here is 6; ") &&
                                                    Catch::Matchers::Contains("does not begin as a checkpoint does"));
}

TEST_CASE("a directory of checkpoints has one user") {
  const Directory temporary;
  {
    const CheckpointDirectory first(temporary.path);
    CHECK_THROWS_WITH(CheckpointDirectory(temporary.path),
                      "--checkpoint " + temporary.path.string() + ": another run is using it");
  }
  const CheckpointDirectory second(temporary.path);
  write(temporary.path / "file", "");
  CHECK_THROWS_WITH(CheckpointDirectory(temporary.path / "file"),
                    "--checkpoint " + (temporary.path / "file").string() + ": Not a directory");
}
