// SPDX-License-Identifier: Apache-2.0
// A consumer on a thread of its own, so that the group hears of it however long a record takes: it fetches, follows
// the group as partitions come and go, and holds back what is not taken. Goes out: events, in order.
//
// A partition that is assigned anew has a new epoch. What was read in an earlier one, and what is acknowledged of it,
// counts for nothing any more.
// Tested by tests/e2e/kafka_*.sh.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "client.h"
#include "point.h"

struct ConsumerOptions {
  std::vector<std::string> topics;  // ^ at the beginning: a regular expression
  std::string group;                // empty: none; all partitions, and nothing is committed
  std::vector<int> partitions;      // those alone, not those that the group gives; empty: all
  Point from, until;
  std::chrono::milliseconds drain{};  // how long a partition that is taken away is waited for
  bool commits = true;                // what is stored goes to the group by and by
};

class Consumer : private Health {
 public:
  // One partition in one epoch.
  struct Part {
    std::string topic;
    std::int32_t number = 0;
    std::int64_t epoch = 0;
    std::string name() const { return name_of(topic.c_str(), number); }
  };
  struct Event {
    enum class Kind {
      messages,  // of `part`; what follows them begins at `next`
      revoked,   // `parts` are taken away: what is in flight of them is waited for, then answer()
      lost,      // the same, but they are somebody else's already: answer() at once
      failed,    // `text`, `hint`: the run cannot go on
      said,      // `text`: to be told
      ended      // all that was wanted has been given
    } kind = Kind::messages;
    Part part;
    std::vector<Message> messages;
    std::int64_t next = 0;
    std::vector<Part> parts;
    std::int64_t ticket = 0;
    std::string text, hint;
  };
  using Positions = std::map<std::pair<std::string, std::int32_t>, std::int64_t>;

  Consumer() = default;
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  // Throws Error. `resume` goes before what the group has committed, and before `from`.
  void start(Configuration configuration, ConsumerOptions options, Positions resume);
  // Where a group stands in partitions, and what is stored beside one of these offsets. Throws Error.
  struct Committed {
    Positions positions;
    std::string metadata;
  };
  static Committed committed(Configuration configuration, const std::vector<std::string>& topics,
                             const streamz::list<long>& partitions);
  // Where the partitions that we have begin.
  Positions beginnings() const;
  bool started() const { return thread_.joinable(); }
  // Readable while there is an event.
  int descriptor() const { return wake_; }
  // False: there is none.
  bool next(Event& event);
  // What was in flight at that event is done with, or never will be.
  void answer(const Event& event);
  // Whether a partition is still ours: not when it was taken away in the meantime.
  bool holds(const Part& part) const;

  // Everything before `offset` is done with. Nothing happens when the partition is not ours any more.
  void store(const Part& part, std::int64_t offset);
  // What was stored; commit() throws Error.
  rd_kafka_resp_err_t try_commit();
  void commit();
  // For cooperative members, before the last commit: until the group does not rebalance, or for ten seconds.
  void await_rest();
  // Back to where the group stands: what was read since comes again, in new epochs.
  void rewind();
  // Leaves the group; called before the end of this object. False: the thread did not end within that time, and this
  // object must not either.
  bool close(std::chrono::milliseconds within);

  rd_kafka_t* handle() const { return client_.get(); }

 private:
  struct Assigned {
    Part part;
    std::int64_t begin = 0;
    std::int64_t until = -1;  // -1: no end
    bool ended = false;
  };
  using Key = std::pair<std::string, std::int32_t>;

  static constexpr int ask_ms = 10000;  // how long a question to the cluster may take

  static void on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* partitions,
                           void* self);
  static int on_statistics(rd_kafka_t* client, char* json, std::size_t size, void* self);
  void main();
  void fetch();
  void leave();
  bool is_full();
  void hold_back(bool yes);
  void take(Message message);
  void hand_over();
  void tell_health();
  void tell_end();
  void note_error(const rd_kafka_message_t& message);
  std::string gap_at(const rd_kafka_message_t& message) const;

  // The partitions are chosen here, and not by the group.
  bool by_hand() const { return options_.group.empty() || !options_.partitions.empty(); }
  bool is_cooperative() const;
  bool others_are_done();
  void assign_all();
  std::vector<Key> all_partitions() const;
  void add_partitions(const rd_kafka_metadata_topic& topic, const std::string& wanted, std::vector<Key>& to) const;
  void assigned(rd_kafka_topic_partition_list_t* partitions);
  void revoked(rd_kafka_topic_partition_list_t* partitions);
  void set_beginnings(rd_kafka_topic_partition_list_t* partitions) const;
  std::int64_t end_of(const rd_kafka_topic_partition_t& partition);
  std::int64_t committed_of(const rd_kafka_topic_partition_list_t& all, const rd_kafka_topic_partition_t& one) const;
  std::int64_t offset_of(const rd_kafka_topic_partition_t& partition, const Point& point) const;
  std::pair<std::int64_t, std::int64_t> watermarks(const rd_kafka_topic_partition_t& partition) const;
  void seek_to_beginnings();
  void note_end(const char* topic, std::int32_t number);
  void push(Event event);
  void tell(Event::Kind kind, const std::string& text = {}, const std::string& hint = {});
  void fail(const std::string& text, const std::string& hint = {});
  void take_away(const std::vector<Part>& parts);
  void forget(const std::vector<Part>& parts);

  ConsumerOptions options_;
  Positions resume_;
  std::unique_ptr<rd_kafka_t, Destroy<rd_kafka_destroy>> client_;
  int wake_ = -1;
  std::thread thread_;

  // of the thread
  Event group_;  // messages of one partition that have yet to be handed over
  const rd_kafka_topic_t* group_topic_ = nullptr;
  std::int64_t group_until_ = -1;
  std::size_t group_bytes_ = 0;
  bool held_back_ = false, said_end_ = false;
  Positions ends_;  // where until= is, of those that it was asked for
  std::chrono::steady_clock::time_point full_since_{}, held_back_at_{}, looked_at_{}, asked_others_at_{};
  std::chrono::milliseconds look_every_{};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Event> events_;
  std::size_t bytes_ = 0;  // of their messages
  std::map<Key, Assigned> assigned_;
  std::chrono::steady_clock::time_point at_rest_{};  // when the group was last seen so
  std::int64_t epoch_ = 0, tickets_ = 0, answered_ = 0;
  bool knows_assignment_ = false, stopping_ = false, rewinding_ = false, left_ = false, closed_ = false;
};
