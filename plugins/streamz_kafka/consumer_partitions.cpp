// SPDX-License-Identifier: Apache-2.0
// The partitions of a Consumer (consumer.h): which there are, where each begins and ends, and how they come and go.
// Tested by tests/e2e/kafka_errors.sh and tests/e2e/kafka_group.sh.
#include <regex.h>

#include <algorithm>
#include <cstring>

#include "consumer.h"

using streamz::Error;

namespace {

constexpr std::chrono::milliseconds between_questions{500};
constexpr std::chrono::seconds rest_within{10};

bool is_pattern(const std::string& topic) { return topic.starts_with('^'); }

bool matches(const std::string& pattern, const char* name) {
  regex_t compiled;
  if (regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0) return false;
  const bool found = regexec(&compiled, name, 0, nullptr, 0) == 0;
  regfree(&compiled);
  return found;
}

}  // namespace

bool Consumer::is_cooperative() const {
  return std::strcmp(rd_kafka_rebalance_protocol(client_.get()), "COOPERATIVE") == 0;
}

std::vector<Consumer::Key> Consumer::all_partitions() const {
  std::vector<Key> found;
  for (const std::string& wanted : options_.topics) {
    std::unique_ptr<rd_kafka_topic_t, Destroy<rd_kafka_topic_destroy>> one;
    if (!is_pattern(wanted)) one.reset(rd_kafka_topic_new(client_.get(), wanted.c_str(), nullptr));
    const rd_kafka_metadata_t* asked = nullptr;
    const rd_kafka_resp_err_t error = rd_kafka_metadata(client_.get(), one ? 0 : 1, one.get(), &asked, ask_ms);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (knows_assignment_) return {};  // another time
      throw Error("cannot ask for the partitions of " + wanted + ": " + words_of(error));
    }
    const std::unique_ptr<const rd_kafka_metadata_t, Destroy<rd_kafka_metadata_destroy>> metadata(asked);
    for (int i = 0; i < metadata->topic_cnt; ++i) add_partitions(metadata->topics[i], wanted, found);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

void Consumer::add_partitions(const rd_kafka_metadata_topic& topic, const std::string& wanted,
                              std::vector<Key>& to) const {
  if (is_pattern(wanted) && !matches(wanted, topic.topic)) return;
  if (!is_pattern(wanted) && topic.partition_cnt == 0) {
    const bool refused = topic.err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    throw Error(wanted + ": " + (refused ? words_of(topic.err) : std::string("there is no such topic")) +
                (knows_assignment_ ? " any more" : ""));
  }
  std::vector<int> numbers = options_.partitions;
  if (numbers.empty()) {
    for (int i = 0; i < topic.partition_cnt; ++i) numbers.push_back(topic.partitions[i].id);
  }
  for (const int number : numbers) {
    if (number < topic.partition_cnt) {
      to.emplace_back(topic.topic, number);
    } else if (!is_pattern(wanted)) {
      throw Error(name_of(topic.topic, number) + ": the topic has " + std::to_string(topic.partition_cnt) +
                  (topic.partition_cnt == 1 ? " partition" : " partitions"));
    }
  }
}

// The group has committed the ends of the partitions that are not ours. An answer costs requests to the brokers, and
// is not asked for all the time.
bool Consumer::others_are_done() {
  const auto now = std::chrono::steady_clock::now();
  if (now < asked_others_at_ + between_questions) return false;
  asked_others_at_ = now;
  try {
    const std::vector<Key> all = all_partitions();
    const Partitions others = list_of(8);
    for (const auto& [topic, number] : all) {
      if (!assigned_.contains({topic, number})) rd_kafka_topic_partition_list_add(others.get(), topic.c_str(), number);
    }
    set_beginnings(others.get());
    for (int i = 0; i < others->cnt; ++i) {
      const rd_kafka_topic_partition_t& each = others->elems[i];
      if (each.offset < end_of(each)) return false;
    }
    return !all.empty();
  } catch (const Error& error) {
    tell(Event::Kind::said, error.what());
    return false;
  }
}

// By hand: those that are there and not ours yet.
void Consumer::assign_all() {
  looked_at_ = std::chrono::steady_clock::now();
  std::vector<Key> all;
  try {
    all = all_partitions();
  } catch (const Error& error) {
    if (!knows_assignment_) throw;
    return fail(error.what(), error.hint);
  }
  const Partitions fresh = list_of(8);
  for (const auto& [topic, number] : all) {
    if (!assigned_.contains({topic, number})) rd_kafka_topic_partition_list_add(fresh.get(), topic.c_str(), number);
  }
  if (fresh->cnt > 0) assigned(fresh.get());
}

void Consumer::on_rebalance(rd_kafka_t* /*client*/, rd_kafka_resp_err_t what,
                            rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  auto* const self = static_cast<Consumer*>(static_cast<Health*>(opaque));
  if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    self->assigned(partitions);
  } else {
    self->revoked(partitions);
  }
}

// Only here does the library say whether its group rebalances.
int Consumer::on_statistics(rd_kafka_t* /*client*/, char* json, std::size_t size, void* opaque) {
  auto* const self = static_cast<Consumer*>(static_cast<Health*>(opaque));
  if (std::string_view(json, size).find("\"join_state\":\"steady\"") == std::string_view::npos) return 0;
  const std::lock_guard<std::mutex> lock(self->mutex_);
  self->at_rest_ = std::chrono::steady_clock::now();
  self->changed_.notify_all();
  return 0;
}

// A cooperative member that commits while it joins anew has the generation before in its commit, which is refused and
// costs it its partitions; and one that leaves then does not say so, and is waited for. An eager one has no partitions
// at that time.
void Consumer::await_rest() {
  if (options_.group.empty() || !is_cooperative()) return;
  std::unique_lock<std::mutex> lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  changed_.wait_for(lock, rest_within, [&] { return at_rest_ > now; });
}

void Consumer::assigned(rd_kafka_topic_partition_list_t* partitions) {
  const bool more = by_hand() ? knows_assignment_ : is_cooperative();
  std::map<Key, Assigned> made;
  try {
    set_beginnings(partitions);
    for (int i = 0; i < partitions->cnt; ++i) {
      const rd_kafka_topic_partition_t& each = partitions->elems[i];
      Assigned one;
      one.part = {each.topic, each.partition, 0};
      one.begin = each.offset;
      if (options_.until.kind != Point::Kind::none) {
        one.until = end_of(each);
        one.ended = each.offset >= one.until;
      }
      made[{each.topic, each.partition}] = one;
    }
  } catch (const Error& error) {
    if (by_hand() && !knows_assignment_) throw;
    fail(error.what(), error.hint);
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (auto& [key, each] : made) {
      each.part.epoch = ++epoch_;
      assigned_[key] = each;
    }
    knows_assignment_ = true;
  }
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  if (more) {
    const Failure failed(rd_kafka_incremental_assign(client_.get(), partitions));
    if (failed != nullptr) error = rd_kafka_error_code(failed.get());
  } else {
    error = rd_kafka_assign(client_.get(), partitions);
  }
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail("cannot take up its partitions: " + words_of(error));
  held_back_ = false;
}

// They are somebody else's once this returns: what is in flight of them is given time to be done with, and is
// committed; the rest is abandoned.
void Consumer::revoked(rd_kafka_topic_partition_list_t* partitions) {
  hand_over();
  const bool lost = rd_kafka_assignment_lost(client_.get()) != 0;
  Event event;
  event.kind = lost ? Event::Kind::lost : Event::Kind::revoked;
  std::unique_lock<std::mutex> lock(mutex_);
  for (int i = 0; i < partitions->cnt; ++i) {
    const auto found = assigned_.find({partitions->elems[i].topic, partitions->elems[i].partition});
    if (found != assigned_.end()) event.parts.push_back(found->second.part);
  }
  const std::vector<Part> parts = event.parts;
  const std::int64_t ticket = event.ticket = ++tickets_;
  if (lost) take_away(parts);
  lock.unlock();
  if (!parts.empty()) push(std::move(event));
  if (!lost && !parts.empty()) {
    lock.lock();
    changed_.wait_for(lock, options_.drain, [&] { return answered_ >= ticket || stopping_; });
    lock.unlock();
    try_commit();
    lock.lock();
    take_away(parts);
    lock.unlock();
  }
  if (is_cooperative()) {
    const Failure none(rd_kafka_incremental_unassign(client_.get(), partitions));
  } else {
    rd_kafka_assign(client_.get(), nullptr);
  }
  held_back_ = false;
}

// With the lock.
void Consumer::take_away(const std::vector<Part>& parts) {
  forget(parts);
  for (const Part& part : parts) assigned_.erase({part.topic, part.number});
}

// Messages of these that were not taken. With the lock.
void Consumer::forget(const std::vector<Part>& parts) {
  const auto is_one = [&](const Event& event) {
    if (event.kind != Event::Kind::messages) return false;
    return std::any_of(parts.begin(), parts.end(), [&](const Part& part) {
      return part.topic == event.part.topic && part.number == event.part.number && part.epoch == event.part.epoch;
    });
  };
  for (const Event& event : events_) {
    if (!is_one(event)) continue;
    for (const Message& message : event.messages) bytes_ -= message->len + message->key_len;
  }
  std::erase_if(events_, is_one);
}

void Consumer::set_beginnings(rd_kafka_topic_partition_list_t* partitions) const {
  Partitions stored;
  if (!options_.group.empty() && partitions->cnt > 0) {
    stored.reset(rd_kafka_topic_partition_list_copy(partitions));
    const rd_kafka_resp_err_t error = rd_kafka_committed(client_.get(), stored.get(), ask_ms);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      const Message why(knows_assignment_ ? nullptr : rd_kafka_consumer_poll(client_.get(), 0));
      throw Error("cannot ask where group " + options_.group + " stands: " +
                  (why != nullptr && why->err != RD_KAFKA_RESP_ERR_NO_ERROR ? rd_kafka_message_errstr(why.get())
                                                                            : words_of(error)));
    }
  }
  for (int i = 0; i < partitions->cnt; ++i) {
    rd_kafka_topic_partition_t& each = partitions->elems[i];
    const auto resumed = resume_.find({each.topic, each.partition});
    const std::int64_t known = resumed != resume_.end() ? resumed->second : stored ? committed_of(*stored, each) : -1;
    each.offset = known >= 0 ? known : offset_of(each, options_.from);
  }
}

std::int64_t Consumer::committed_of(const rd_kafka_topic_partition_list_t& all,
                                    const rd_kafka_topic_partition_t& one) const {
  const rd_kafka_topic_partition_t* const found =
      rd_kafka_topic_partition_list_find(const_cast<rd_kafka_topic_partition_list_t*>(&all), one.topic, one.partition);
  if (found == nullptr) return -1;
  if (found->err != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw Error("cannot ask where group " + options_.group + " stands in " + one.topic + ": " + words_of(found->err));
  return found->offset;
}

// As it was when it was first asked for: it does not move on with the topic when the partition comes and goes.
std::int64_t Consumer::end_of(const rd_kafka_topic_partition_t& partition) {
  const Key key{partition.topic, partition.partition};
  const auto known = ends_.find(key);
  return known != ends_.end() ? known->second : ends_[key] = offset_of(partition, options_.until);
}

// As a number, always: a partition that is taken away while the library itself asks where it begins is fetched for
// ever, by this version.
std::int64_t Consumer::offset_of(const rd_kafka_topic_partition_t& partition, const Point& point) const {
  if (point.kind == Point::Kind::offset && point.value >= 0) return point.value;
  if (point.kind == Point::Kind::time) {
    const Partitions one = list_of(1);
    rd_kafka_topic_partition_list_add(one.get(), partition.topic, partition.partition)->offset = point.value;
    const rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(client_.get(), one.get(), ask_ms);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
      throw Error("cannot ask for a time in " + name_of(partition.topic, partition.partition) + ": " + words_of(error));
    if (one->elems[0].offset >= 0) return one->elems[0].offset;
  }
  const auto [low, high] = watermarks(partition);
  if (point.kind == Point::Kind::beginning) return low;
  return point.kind == Point::Kind::offset ? std::max(high + point.value, low) : high;
}

// The first offset that the broker has, and the one behind the last.
std::pair<std::int64_t, std::int64_t> Consumer::watermarks(const rd_kafka_topic_partition_t& partition) const {
  std::int64_t low = 0, high = 0;
  const rd_kafka_resp_err_t error =
      rd_kafka_query_watermark_offsets(client_.get(), partition.topic, partition.partition, &low, &high, ask_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw Error("cannot ask for the ends of " + name_of(partition.topic, partition.partition) + ": " + words_of(error));
  return {low, high};
}

Consumer::Positions Consumer::beginnings() const {
  Positions found;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [key, each] : assigned_) found[key] = each.begin;
  return found;
}

Consumer::Committed Consumer::committed(Configuration configuration, const std::vector<std::string>& topics,
                                        const streamz::list<long>& partitions) {
  const std::string group = property(configuration.get(), "group.id");
  char why[512];
  const std::unique_ptr<rd_kafka_t, Destroy<rd_kafka_destroy>> client(
      rd_kafka_new(RD_KAFKA_CONSUMER, configuration.get(), why, sizeof why));
  if (client == nullptr) throw Error(why);
  static_cast<void>(configuration.release());  // the client's now
  const Partitions all = list_of(8);
  for (const std::string& topic : topics) {
    for (const long number : partitions)
      rd_kafka_topic_partition_list_add(all.get(), topic.c_str(), static_cast<std::int32_t>(number));
  }
  const rd_kafka_resp_err_t error = rd_kafka_committed(client.get(), all.get(), ask_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw Error("cannot ask where group " + group + " stands: " + words_of(error));
  Committed found;
  for (int i = 0; i < all->cnt; ++i) {
    const rd_kafka_topic_partition_t& each = all->elems[i];
    if (each.offset < 0) continue;
    found.positions[{each.topic, each.partition}] = each.offset;
    if (each.metadata_size > 0) found.metadata.assign(static_cast<const char*>(each.metadata), each.metadata_size);
  }
  return found;
}

void Consumer::seek_to_beginnings() {
  group_ = {};
  group_topic_ = nullptr;
  group_bytes_ = 0;
  const Partitions all = list_of(8);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [key, each] : assigned_)
      rd_kafka_topic_partition_list_add(all.get(), key.first.c_str(), key.second);
  }
  if (all->cnt == 0) return;
  try {
    set_beginnings(all.get());
  } catch (const Error& error) {
    return fail(error.what(), error.hint);
  }
  const Failure failed(rd_kafka_seek_partitions(client_.get(), all.get(), ask_ms));
  rd_kafka_resume_partitions(client_.get(), all.get());  // those that had come to their end
  held_back_ = said_end_ = false;
  if (failed != nullptr)
    fail("cannot go back to where group " + options_.group + " stands: " + rd_kafka_error_string(failed.get()));
}
