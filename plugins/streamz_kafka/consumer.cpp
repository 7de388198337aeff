// SPDX-License-Identifier: Apache-2.0
#include "consumer.h"

#include <regex.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include <streamz/text.h>

using std::chrono::milliseconds;
using streamz::Error;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int ask_ms = 10000;                 // how long a question to the cluster may take
constexpr std::size_t most_bytes = 16 << 20;  // handed over and not taken
constexpr std::size_t most_in_group = 1000;   // messages
constexpr std::size_t most_group_bytes = 256 << 10;
constexpr milliseconds patience{1000};  // full for so long: the partitions are paused
constexpr milliseconds idle{100};
constexpr milliseconds last_words{2000};  // for the library to end its threads

Partitions list_of(int size) { return Partitions(rd_kafka_topic_partition_list_new(size)); }

std::string name_of(const char* topic, std::int32_t number) {
  return std::string(topic) + "[" + std::to_string(number) + "]";
}

bool is_pattern(const std::string& topic) { return topic.starts_with('^'); }

bool matches(const std::string& pattern, const char* name) {
  regex_t compiled;
  if (regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0) return false;
  const bool found = regexec(&compiled, name, 0, nullptr, 0) == 0;
  regfree(&compiled);
  return found;
}

// Seconds can have a fraction, which strptime does not read.
std::optional<std::int64_t> milliseconds_of(std::string text) {
  std::int64_t ms = 0;
  const std::size_t dot = text.find('.');
  if (dot != text.npos) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789", dot + 1), text.size());
    ms = std::atol((text.substr(dot + 1, end - dot - 1) + "000").substr(0, 3).c_str());
    text.erase(dot, end - dot);
  }
  for (const char* const form : {"%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z", "%Y-%m-%d"}) {
    std::tm parts{};
    const char* const end = strptime(text.c_str(), form, &parts);
    const long east = parts.tm_gmtoff;
    if (end != nullptr && *end == '\0') return (timegm(&parts) - east) * std::int64_t{1000} + ms;
  }
  return std::nullopt;
}

}  // namespace

Point Point::parse(const std::string& text) {
  if (text == "beginning") return {Kind::beginning};
  if (text == "end") return {Kind::end};
  try {
    std::int64_t number = 0;
    long given = 0;
    streamz::detail::host->read_argument(&given, streamz::Type::integer, text);
    number = given;
    return {Kind::offset, number};
  } catch (const Error&) {
  }
  if (const auto time = milliseconds_of(text)) return {Kind::time, *time};
  try {
    streamz::Duration ago{};
    streamz::detail::host->read_argument(&ago, streamz::Type::duration, text);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return {Kind::time, std::chrono::duration_cast<milliseconds>(now - ago).count()};
  } catch (const Error&) {
    throw Error("`" + text + "` is no point in a topic",
                "beginning, end, an offset, 2026-01-31T12:00:00Z, or 1h for an hour ago");
  }
}

// ---- from the thread of the stage

void Consumer::start(Configuration configuration, ConsumerOptions options, Positions resume) {
  options_ = std::move(options);
  resume_ = std::move(resume);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_ < 0) throw Error("cannot make an event descriptor: " + std::string(std::strerror(errno)));
  listen(configuration.get());
  rd_kafka_conf_set_rebalance_cb(configuration.get(), on_rebalance);
  char every[32] = "";
  std::size_t size = sizeof every;
  rd_kafka_conf_get(configuration.get(), "topic.metadata.refresh.interval.ms", every, &size);
  look_every_ = milliseconds(std::max(std::atol(every), 100L));
  char why[512];
  client_.reset(rd_kafka_new(RD_KAFKA_CONSUMER, configuration.get(), why, sizeof why));
  if (client_ == nullptr) throw Error(why);
  static_cast<void>(configuration.release());  // the client's now
  require_answer(client_.get());
  rd_kafka_poll_set_consumer(client_.get());
  if (options_.group.empty() || !options_.partitions.empty()) {
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
void Consumer::try_commit() {
  if (options_.commits && !options_.group.empty()) rd_kafka_commit(client_.get(), nullptr, 0);
}

void Consumer::commit() {
  if (options_.group.empty() || !options_.commits) return;
  const rd_kafka_resp_err_t error = rd_kafka_commit(client_.get(), nullptr, 0);
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
  const bool by_hand = options_.group.empty() || !options_.partitions.empty();
  if (by_hand && Clock::now() >= looked_at_ + look_every_) assign_all();
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
  if (group_until_ >= 0 && message->offset >= group_until_) {
    const std::string topic = group_.part.topic;
    hand_over();
    return note_end(topic.c_str(), message->partition);
  }
  group_bytes_ += message->len;
  const bool last = group_until_ >= 0 && message->offset + 1 >= group_until_;
  const std::int32_t number = message->partition;
  group_.messages.push_back(std::move(message));
  if (!last) return;
  const std::string topic = group_.part.topic;
  hand_over();
  note_end(topic.c_str(), number);
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

void Consumer::fail(const std::string& text, const std::string& hint) {
  Event event;
  event.kind = Event::Kind::failed;
  event.text = text;
  event.hint = hint;
  push(std::move(event));
}

void Consumer::tell_health() {
  if (const auto why = failure()) return fail(why->what(), why->hint);
  if (auto what = news()) {
    Event event;
    event.kind = Event::Kind::said;
    event.text = std::move(*what);
    push(std::move(event));
  }
}

// Once, when every partition that we have has come to its end.
void Consumer::tell_end() {
  if (options_.until.kind == Point::Kind::none || said_end_) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!knows_assignment_) return;
    for (const auto& [key, each] : assigned_) {
      if (!each.ended) return;
    }
  }
  said_end_ = true;
  Event event;
  event.kind = Event::Kind::ended;
  push(std::move(event));
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
      Event event;
      event.kind = Event::Kind::said;
      event.text = begin + rd_kafka_message_errstr(&message);
      push(std::move(event));
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
  rd_kafka_error_t* const error = rd_kafka_consumer_close_queue(client_.get(), queue);
  if (error == nullptr) {
    while (rd_kafka_consumer_closed(client_.get()) == 0) {
      rd_kafka_event_t* const event = rd_kafka_queue_poll(queue, static_cast<int>(idle.count()));
      if (event == nullptr) continue;
      if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE) rd_kafka_assign(client_.get(), nullptr);
      rd_kafka_event_destroy(event);
    }
  } else {
    rd_kafka_error_destroy(error);
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

// ---- partitions that come and go

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

// By hand: those that are there and not ours yet.
void Consumer::assign_all() {
  looked_at_ = Clock::now();
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

void Consumer::assigned(rd_kafka_topic_partition_list_t* partitions) {
  const bool by_hand = options_.group.empty() || !options_.partitions.empty();
  const char* const protocol = rd_kafka_rebalance_protocol(client_.get());
  const bool more = (by_hand && knows_assignment_) || (!by_hand && std::strcmp(protocol, "COOPERATIVE") == 0);
  std::map<Key, Assigned> made;
  try {
    set_beginnings(partitions);
    for (int i = 0; i < partitions->cnt; ++i) {
      const rd_kafka_topic_partition_t& each = partitions->elems[i];
      Assigned one;
      one.part = {each.topic, each.partition, 0};
      if (options_.until.kind != Point::Kind::none) {
        one.until = offset_of(each, options_.until);
        one.ended = each.offset >= 0 && each.offset >= one.until;
      }
      made[{each.topic, each.partition}] = one;
    }
  } catch (const Error& error) {
    if (by_hand && !knows_assignment_) throw;
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
    rd_kafka_error_t* const failed = rd_kafka_incremental_assign(client_.get(), partitions);
    if (failed != nullptr) {
      error = rd_kafka_error_code(failed);
      rd_kafka_error_destroy(failed);
    }
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
  {
    std::unique_lock<std::mutex> lock(mutex_);
    for (int i = 0; i < partitions->cnt; ++i) {
      const auto found = assigned_.find({partitions->elems[i].topic, partitions->elems[i].partition});
      if (found != assigned_.end()) event.parts.push_back(found->second.part);
    }
    event.ticket = ++tickets_;
  }
  const std::vector<Part> parts = event.parts;
  const std::int64_t ticket = event.ticket;
  const auto take_away = [&] {
    forget(parts);
    for (const Part& part : parts) assigned_.erase({part.topic, part.number});
    knows_assignment_ = !assigned_.empty();  // until the next one comes: it has not come to the end of anything
  };
  std::unique_lock<std::mutex> lock(mutex_);
  if (lost) take_away();
  lock.unlock();
  if (!parts.empty()) push(std::move(event));
  if (!lost && !parts.empty()) {
    lock.lock();
    changed_.wait_for(lock, options_.drain, [&] { return answered_ >= ticket || stopping_; });
    lock.unlock();
    if (options_.commits) rd_kafka_commit(client_.get(), nullptr, 0);
    lock.lock();
    take_away();
    lock.unlock();
  }
  if (std::strcmp(rd_kafka_rebalance_protocol(client_.get()), "COOPERATIVE") == 0) {
    rd_kafka_error_t* const failed = rd_kafka_incremental_unassign(client_.get(), partitions);
    if (failed != nullptr) rd_kafka_error_destroy(failed);
  } else {
    rd_kafka_assign(client_.get(), nullptr);
  }
  held_back_ = false;
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
    const std::int64_t known = resumed != resume_.end() ? resumed->second : stored ? committed(*stored, each) : -1;
    each.offset = known >= 0 ? known : offset_of(each, options_.from);
  }
}

std::int64_t Consumer::committed(const rd_kafka_topic_partition_list_t& all,
                                 const rd_kafka_topic_partition_t& one) const {
  const rd_kafka_topic_partition_t* const found =
      rd_kafka_topic_partition_list_find(const_cast<rd_kafka_topic_partition_list_t*>(&all), one.topic, one.partition);
  if (found == nullptr) return -1;
  if (found->err != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw Error("cannot ask where group " + options_.group + " stands in " + one.topic + ": " + words_of(found->err));
  return found->offset;
}

// As a number, but for the beginning: what the broker has first can be gone by the time that it is asked for.
std::int64_t Consumer::offset_of(const rd_kafka_topic_partition_t& partition, const Point& point) const {
  const auto name = [&] { return name_of(partition.topic, partition.partition); };
  if (point.kind == Point::Kind::beginning) return RD_KAFKA_OFFSET_BEGINNING;
  if (point.kind == Point::Kind::offset && point.value >= 0) return point.value;
  if (point.kind == Point::Kind::time) {
    const Partitions one = list_of(1);
    rd_kafka_topic_partition_list_add(one.get(), partition.topic, partition.partition)->offset = point.value;
    const rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(client_.get(), one.get(), ask_ms);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw Error("cannot ask for a time in " + name() + ": " + words_of(error));
    if (one->elems[0].offset >= 0) return one->elems[0].offset;
  }
  std::int64_t low = 0, high = 0;
  const rd_kafka_resp_err_t error =
      rd_kafka_query_watermark_offsets(client_.get(), partition.topic, partition.partition, &low, &high, ask_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw Error("cannot ask for the end of " + name() + ": " + words_of(error));
  return point.kind == Point::Kind::offset ? std::max(high + point.value, low) : high;
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
  rd_kafka_error_t* const error = rd_kafka_seek_partitions(client_.get(), all.get(), ask_ms);
  rd_kafka_resume_partitions(client_.get(), all.get());  // those that had come to their end
  held_back_ = said_end_ = false;
  if (error == nullptr) return;
  fail("cannot go back to where group " + options_.group + " stands: " + rd_kafka_error_string(error));
  rd_kafka_error_destroy(error);
}
