// SPDX-License-Identifier: Apache-2.0
// Writes records into many files, whose names are made of them. Tested by to_files.test and tests/e2e/to_files.sh.
#pragma once

#include <streamz/format.h>
#include <streamz/template.h>

#include <list>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "root.h"
#include "undo_journal.h"

struct ToFilesSink : streamz::Sink {
  enum class Mode { append, replace, excl };
  enum class Fsync { commit, batch, never };

  std::string path;
  Mode mode = Mode::append;
  std::optional<std::variant<streamz::Duration, streamz::Size>> rotate;
  Fsync fsync = Fsync::commit;
  long open_files = 256;
  long max_files = 100000;
  std::optional<streamz::FileFormat> format;
  bool header = true;

  static void describe(streamz::Spec<ToFilesSink>& s);
  ~ToFilesSink() override;
  void check() override;
  void start() override;
  void update(const streamz::Record& x) override;
  void idle() override;
  void on_timer(streamz::Time due) override;
  void flush() override;
  void checkpoint() override;
  void reopen() override;
  void save(streamz::State& state) const override;
  void restore(const streamz::State& state) override;

 private:
  struct Output {
    ToFilesSink* sink;
    std::string path;     // that it gets
    std::string written;  // that it has: another one until the end in mode=replace and excl
    streamz::LineWriter writer;
    int fd = -1;
    std::list<Output*>::iterator place;  // in open_, while fd is open
    bool exists = false;                 // there is a file by that name
    bool adds = false;                   // behind what it holds
    std::uint64_t waiting = 0;           // bytes that were not flushed, about
    std::uint64_t bytes = 0;             // about, before compression
    streamz::Time begun{};
    std::int64_t journaled = -1;  // the checkpoint since which its growth is known to the journal
    bool unsynced = false;
  };

  void render(const streamz::Record& x);
  Output& output_for(const std::string& path);
  void begin(Output& output);
  void flush(Output& output);
  int descriptor_of(Output& output);
  bool open(Output& output);
  bool tell_journal(Output& output);
  void close_one(Output& output);
  void rotate_if_due(Output& output);
  void commit();
  void sync();
  std::string format_of(const std::string& name) const;

  streamz::Template template_;
  Root root_;              // that the template begins with
  std::string temporary_;  // the end of the names of what has yet to get its name
  std::string rendered_;
  std::unordered_map<std::string, Output> outputs_;
  std::list<Output*> open_;       // that was used last comes first
  std::vector<Output*> waiting_;  // that have something to flush
  UndoJournal journal_;
  bool with_checkpoints_ = false;
  bool restored_ = false;
  bool timer_ = false;
  bool complete_ = false;
  bool closed_unsynced_ = false;  // some were closed that are not on the disk
  std::int64_t number_ = 0;       // of the last checkpoint
};
