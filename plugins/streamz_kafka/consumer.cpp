// SPDX-License-Identifier: Apache-2.0
#include "consumer.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <streamz/text.h>

using std::chrono::milliseconds;
using streamz::Error;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t most_bytes = 16 << 20;  // handed over and not taken
constexpr std::size_t most_in_group = 1000;   // messages
constexpr std::size_t most_group_bytes = 256 << 10;
constexpr milliseconds patience{1000};  // full for so long: the partitions are paused
constexpr milliseconds idle{100};
constexpr milliseconds last_words{2000};  // for the library to end its threads

}  // namespace

// ---- from the thread of the stage

void Consumer::start(Configuration configuration, ConsumerOptions options, Positions resume) {
  options_ = std::move(options);
  resume_ = std::move(resume);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_ < 0) throw Error("cannot make an event descriptor: " + std::string(std::strerror(errno)));
  listen(configuration.get());
  rd_kafka_conf_set_rebalance_cb(configuration.get(), on_rebalance);
  rd_kafka_conf_set_stats_cb(configuration.get(), on_statistics);
  const std::string every = property(configuration.get(), "topic.metadata.refresh.interval.ms");
  look_every_ = milliseconds(std::max(std::atol(every.c_str()), 100L));
  char why[512];
  client_.reset(rd_kafka_new(RD_KAFKA_CONSUMER, configuration.get(), why, sizeof why));
  if (client_ == nullptr) throw Error(why);
  static_cast<void>(configuration.release());  // the client's now
  require_answer(client_.get());
  rd_kafka_poll_set_consumer(client_.get());
  if (by_hand()) {
    assign_all();
    if (assigned_.empty()) throw Error("there is no partition to read in " + options_.topics.front());
  } else {
    const Partitions topics = list_of(static_cast<int>(options_.topics.size()));
    for (const std::string& topic : options_.topics)
      rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    const rd_kafka_resp_err_t error = rd_kafka_subscribe(client_.get(), topics.get());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw Error("cannot subscribe: " + words_of(error));
  }
  thread_ = std::thread([this] { main(); });
}

Consumer::~Consumer() {
  if (wake_ >= 0) ::close(wake_);
}

bool Consumer::close(milliseconds within) {
  if (!thread_.joinable()) return true;
  std::unique_lock<std::mutex> lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
  changed_.wait_for(lock, within, [this] { return left_; });
  const bool closed = left_ && changed_.wait_for(lock, last_words, [this] { return closed_; });
  lock.unlock();
  if (closed) thread_.join();
  return closed;
}

bool Consumer::next(Event& event) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::uint64_t count = 0;
  if (events_.empty()) {
    [[maybe_unused]] const auto taken = ::read(wake_, &count, sizeof count);
    return false;
  }
  event = std::move(events_.front());
  events_.pop_front();
  const std::size_t before = bytes_;
  for (const Message& message : event.messages) bytes_ -= message->len + message->key_len;
  if (before > most_bytes / 2) changed_.notify_all();
  return true;
}

void Consumer::answer(const Event& event) {
  const std::lock_guard<std::mutex> lock(mutex_);
  answered_ = event.ticket;
  changed_.notify_all();
}

bool Consumer::holds(const Part& part) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = assigned_.find({part.topic, part.number});
  return found != assigned_.end() && found->second.part.epoch == part.epoch;
}

void Consumer::store(const Part& part, std::int64_t offset) {
  if (options_.group.empty()) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = assigned_.find({part.topic, part.number});
  if (found == assigned_.end() || found->second.part.epoch != part.epoch) return;
  const Partitions one = list_of(1);
  rd_kafka_topic_partition_list_add(one.get(), part.topic.c_str(), part.number)->offset = offset;
  rd_kafka_offsets_store(client_.get(), one.get());  // refused when it is not ours any more, which is well
}

// Waits for it: one that is on its way when partitions are taken away can come to nothing, and the last one before
// that says the same and is not sent.
rd_kafka_resp_err_t Consumer::try_commit() {
  if (options_.group.empty() || !options_.commits) return RD_KAFKA_RESP_ERR_NO_ERROR;
  return rd_kafka_commit(client_.get(), nullptr, 0);
}

void Consumer::commit() {
  const rd_kafka_resp_err_t error = try_commit();
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR__NO_OFFSET) return;
  throw Error("cannot commit the offsets of group " + options_.group + ": " + words_of(error),
              "what was read since the last commit will be read again");
}

void Consumer::rewind() {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<Part> parts;
  for (auto& [key, each] : assigned_) {
    parts.push_back(each.part);
    each.part.epoch = ++epoch_;
    each.ended = false;
  }
  forget(parts);
  rewinding_ = true;
  changed_.notify_all();
}

// ---- the thread

void Consumer::main() {
  while (true) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (stopping_) break;
    }
    fetch();
  }
  leave();
}

void Consumer::fetch() {
  bool rewinding = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    rewinding = std::exchange(rewinding_, false);
  }
  if (rewinding) seek_to_beginnings();
  if (is_full()) return;
  if (by_hand() && Clock::now() >= looked_at_ + look_every_) assign_all();
  for (std::size_t i = 0; i < most_in_group; ++i) {
    const auto timeout = group_.messages.empty() ? idle : milliseconds(0);
    Message message(rd_kafka_consumer_poll(client_.get(), static_cast<int>(timeout.count())));
    if (message == nullptr) {
      hand_over();
      tell_health();
      break;
    }
    take(std::move(message));
  }
  tell_end();
}

// When there is no room it waits. Whoever does not poll is put out of the group, and whoever polls gets more: so
// after a while the partitions are paused.
bool Consumer::is_full() {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto now = Clock::now();
  if (bytes_ <= most_bytes) {
    full_since_ = {};
    const bool low = bytes_ < most_bytes / 2 && now > held_back_at_ + patience;
    lock.unlock();
    if (held_back_ && low) hold_back(false);
    return false;
  }
  if (full_since_ == Clock::time_point{}) full_since_ = now;
  if (held_back_) return false;
  if (now > full_since_ + patience) {
    lock.unlock();
    hold_back(true);
    return false;
  }
  changed_.wait_for(lock, idle);
  return true;
}

void Consumer::hold_back(bool yes) {
  const Partitions all = list_of(8);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [key, each] : assigned_) {
      if (!each.ended) rd_kafka_topic_partition_list_add(all.get(), key.first.c_str(), key.second);
    }
  }
  if (yes) {
    rd_kafka_pause_partitions(client_.get(), all.get());
  } else {
    rd_kafka_resume_partitions(client_.get(), all.get());
  }
  held_back_ = yes;
  held_back_at_ = Clock::now();
}

void Consumer::take(Message message) {
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    hand_over();
    const char* const topic = rd_kafka_topic_name(message->rkt);
    std::unique_lock<std::mutex> lock(mutex_);
    const auto found = assigned_.find({topic, message->partition});
    if (found == assigned_.end()) return;
    // Behind the last message there can be offsets without one: those of a transaction's end.
    Event event;
    event.part = found->second.part;
    event.next = message->offset;
    const bool ends = found->second.until >= 0 && message->offset >= found->second.until;
    lock.unlock();
    push(std::move(event));
    if (ends) note_end(topic, message->partition);
    return;
  }
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    hand_over();
    return note_error(*message);
  }
  if (group_topic_ != message->rkt || group_.part.number != message->partition ||
      group_.messages.size() >= most_in_group || group_bytes_ >= most_group_bytes) {
    hand_over();
  }
  if (group_.messages.empty()) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = assigned_.find({rd_kafka_topic_name(message->rkt), message->partition});
    if (found == assigned_.end() || rewinding_) return;
    group_.part = found->second.part;
    group_until_ = found->second.until;
    group_topic_ = message->rkt;
  }
  const bool last = group_until_ >= 0 && message->offset + 1 >= group_until_;
  const Part part = last ? group_.part : Part();
  if (group_until_ < 0 || message->offset < group_until_) {
    group_bytes_ += message->len;
    group_.messages.push_back(std::move(message));
  }
  if (!last) return;
  hand_over();
  note_end(part.topic.c_str(), part.number);
}

void Consumer::hand_over() {
  if (group_.messages.empty()) return;
  group_.next = group_.messages.back()->offset + 1;
  push(std::exchange(group_, {}));
  group_topic_ = nullptr;
  group_bytes_ = 0;
}

void Consumer::push(Event event) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const Message& message : event.messages) bytes_ += message->len + message->key_len;
  const bool wakes = events_.empty();
  events_.push_back(std::move(event));
  const std::uint64_t one = 1;
  while (wakes && ::write(wake_, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void Consumer::tell(Event::Kind kind, const std::string& text, const std::string& hint) {
  Event event;
  event.kind = kind;
  event.text = text;
  event.hint = hint;
  push(std::move(event));
}

void Consumer::fail(const std::string& text, const std::string& hint) { tell(Event::Kind::failed, text, hint); }

void Consumer::tell_health() {
  if (const auto why = failure()) return fail(why->what(), why->hint);
  if (const auto what = news()) tell(Event::Kind::said, *what);
}

// Once, when every partition has come to its end: ours, and in a group those of others too, for when a member dies its
// partitions come to those that are left.
void Consumer::tell_end() {
  if (options_.until.kind == Point::Kind::none || said_end_) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!knows_assignment_) return;
    for (const auto& [key, each] : assigned_) {
      if (!each.ended) return;
    }
  }
  if (!by_hand() && !others_are_done()) return;
  said_end_ = true;
  tell(Event::Kind::ended);
}

void Consumer::note_end(const char* topic, std::int32_t number) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = assigned_.find({topic, number});
    if (found == assigned_.end() || std::exchange(found->second.ended, true)) return;
  }
  const Partitions one = list_of(1);
  rd_kafka_topic_partition_list_add(one.get(), topic, number);
  rd_kafka_pause_partitions(client_.get(), one.get());
}

void Consumer::note_error(const rd_kafka_message_t& message) {
  const std::string topic = message.rkt == nullptr ? "" : rd_kafka_topic_name(message.rkt);
  const bool whole = message.partition < 0 || message.offset == RD_KAFKA_OFFSET_INVALID;
  const std::string place = message.rkt == nullptr || whole ? topic : name_of(topic.c_str(), message.partition);
  const std::string begin = place.empty() ? "" : place + ": ";
  switch (message.err) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      return fail(place + gap_at(message), options_.group.empty()
                                               ? "from= gives it another beginning"
                                               : "nothing is passed over unasked: set the offset of group " +
                                                     options_.group + " to where it shall go on");
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return fail(begin + "there is no such topic or partition, or not any more");
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      if (!options_.group.empty()) fail("group " + options_.group + ": " + rd_kafka_message_errstr(&message));
      return;  // without a group nobody needs that right
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__FATAL:
      return fail(begin + rd_kafka_message_errstr(&message));
    default:
      tell(Event::Kind::said, begin + rd_kafka_message_errstr(&message));
  }
}

std::string Consumer::gap_at(const rd_kafka_message_t& message) const {
  std::int64_t low = 0, high = 0;
  const char* const topic = rd_kafka_topic_name(message.rkt);
  const rd_kafka_resp_err_t error =
      rd_kafka_query_watermark_offsets(client_.get(), topic, message.partition, &low, &high, ask_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return ": " + std::string(rd_kafka_message_errstr(&message));
  const std::string there = "the broker has " + std::to_string(low) + " to " + std::to_string(high);
  if (message.offset < 0) return ": its position is gone, and " + there;
  const std::string stands = ": it is to go on at offset " + std::to_string(message.offset) + ", and " + there;
  if (message.offset >= low) return stands + ", which ends before it";
  return stands + ": " + std::to_string(low - message.offset) + " are gone that were not read";
}

// What is stored is committed on the way; nobody waits for what is in flight any more.
void Consumer::leave() {
  hand_over();
  rd_kafka_queue_t* const queue = rd_kafka_queue_new(client_.get());
  const Failure error(rd_kafka_consumer_close_queue(client_.get(), queue));
  while (error == nullptr && rd_kafka_consumer_closed(client_.get()) == 0) {
    rd_kafka_event_t* const event = rd_kafka_queue_poll(queue, static_cast<int>(idle.count()));
    if (event == nullptr) continue;
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE) rd_kafka_assign(client_.get(), nullptr);
    rd_kafka_event_destroy(event);
  }
  rd_kafka_queue_destroy(queue);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    left_ = true;
    events_.clear();
    changed_.notify_all();
  }
  group_ = {};
  client_.reset();  // after the end of a topic it can wait for ever, in this version of the library
  const std::lock_guard<std::mutex> lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}
