// SPDX-License-Identifier: Apache-2.0
// Brings in the records of the files in directories: of those that are there, and of new ones once they are complete.
// Tested by from_directory.test and tests/e2e/from_directory.sh.
#pragma once

#include <files/read_input.h>

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "generation.h"
#include "watcher.h"

struct FromDirectorySource : streamz::Source {
  enum class Emit { records, paths };
  enum class Order { name, time };

  streamz::list<streamz::Path> paths;
  Emit emit_what = Emit::records;
  Order order = Order::name;
  bool recursive = false;
  bool follow = true;
  std::string done_with = "keep";
  std::optional<streamz::FileFormat> format;
  bool header = true;
  streamz::Duration settle = std::chrono::seconds(2);
  Watch watch_by = Watch::automatic;
  streamz::Duration interval = std::chrono::seconds(1);

  static void describe(streamz::Spec<FromDirectorySource>& s);
  void check() override;
  void start() override;
  void run() override;
  void finish() override;
  void acked(streamz::Slot slot, std::int64_t next) override;
  void save(streamz::State& state) const override;
  void restore(const streamz::State& state) override;
  void checkpoint() override;

 private:
  // A file as it was seen last: it is complete once it has looked so for a while.
  struct Seen {
    Identity identity;
    std::uint64_t size = 0;
    std::int64_t modified = 0;  // ns since 1970
    streamz::Time since{};
    bool complete = false;  // as the system says: it was closed, or moved here
  };
  struct File {
    std::string path;
    Identity identity;
    std::uint64_t size = 0;
    std::int64_t modified = 0;
  };
  // One that was brought in, on its way to being deleted or moved.
  struct Done {
    std::string path;
    Identity identity;
    std::int64_t serial = 0;
    int checkpoints = 0;  // that were begun since all of it was acknowledged
  };

  void look();
  void look_in(const std::string& directory);
  void meet(const std::string& path, bool complete);
  void hear();
  void take_complete();
  bool bring_in(const File& file);
  bool emit_path(const File& file);
  bool read(const File& file);
  void finished(const File& file);
  void put_away();
  void put_away(const Done& done) const;

  std::map<std::string, Seen> seen_;  // not yet complete
  std::deque<File> ready_;
  std::set<Identity> known_;  // that are done with, or on their way, while they have a name here
  std::set<Identity> found_;  // by the look that goes on
  std::deque<Done> done_;
  Watcher watcher_;
  streamz::Time next_look_{};
  bool begun_ = false;  // the first look is over
  bool with_checkpoints_ = false;
  streamz::Slot slot_ = 0;
  std::int64_t serial_ = 0, acknowledged_ = 0;

  std::optional<File> now_;  // that is read
  streamz::LineReader lines_;
  bool reading_ = false;
  streamz::InputPosition from_;  // of a file that is taken up again
};
