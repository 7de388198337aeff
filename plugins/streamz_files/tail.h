// SPDX-License-Identifier: Apache-2.0
// Follows files: brings in what they hold and what is added to them, also when a name leads to another file by then.
// Tested by tail.test and tests/e2e/tail.sh.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "generation.h"
#include "watcher.h"

struct TailSource : streamz::Source {
  enum class From { end, beginning, stored };

  streamz::list<streamz::Path> paths;
  From from = From::end;
  std::optional<streamz::FileFormat> format;
  bool header = true;
  streamz::Duration rotate_wait = std::chrono::seconds(5);
  Watch watch_by = Watch::automatic;
  streamz::Duration interval = std::chrono::seconds(1);

  static void describe(streamz::Spec<TailSource>& s);
  void start() override;
  void run() override;
  void save(streamz::State& state) const override;
  void restore(const streamz::State& state) override;

 private:
  // One of those that a name led to. Set when the name leads elsewhere: it is left then, unless it grows.
  struct Held {
    std::unique_ptr<Generation> file;
    std::optional<streamz::Time> leave_at;
  };
  struct Followed {
    bool by_pattern = false;
    bool met = false;         // it was opened at some time
    bool changed = true;      // there may be something to read, or another file
    Identity newest;          // of all that the name led to
    std::int64_t copied = 0;  // ns since 1970: what was born before beside it can be a copy of what it held
    std::deque<Held> held;    // the oldest first
  };
  struct Saved {
    std::string name, path;
    Identity identity;
    Fingerprint fingerprint;
    streamz::InputPosition position;
    std::int64_t copied = 0;
  };

  void take_up();
  void take_up(const Saved& saved);
  std::optional<std::string> path_of(const Saved& saved) const;
  static void require_none_packed(const std::string& name, const Generation& last);
  void look();
  void look_at(const std::string& name, Followed& followed);
  bool open_newer(const std::string& name, Followed& followed, const Identity& now_there);
  std::vector<std::pair<Identity, std::string>> newer_siblings(const std::string& name, const Followed& followed,
                                                               const Identity& but) const;
  void hold(const std::string& name, Followed& followed, const std::string& path, streamz::InputPosition from);
  void leave_later(Held& held);
  bool read(const std::string& name, Followed& followed, bool& more);
  void forget_gone();
  void watch(const std::string& name);
  void hear();
  Followed& find_or_add(const std::string& name, bool by_pattern);
  std::string format_of(const std::string& name) const;
  streamz::InputPosition first_position(const std::string& path) const;
  streamz::Time next_moment() const;

  std::map<std::string, Followed> followed_;                         // by name
  std::unordered_map<std::string, std::vector<Followed*>> by_base_;  // by the name without its directory
  std::set<Identity> known_;  // that are held, or were read and still have a name that is looked at
  std::vector<Saved> saved_;
  Watcher watcher_;
  streamz::Time next_look_{};
  bool begun_ = false;  // what is met from now on was not there at the start
  bool look_soon_ = false;
};
