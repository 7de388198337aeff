// SPDX-License-Identifier: Apache-2.0
#include "from_kafka.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <streamz/text.h>

#include "from_kafka_batched.h"

using namespace streamz;
using std::chrono::milliseconds;

namespace {

constexpr std::int64_t most_uncommitted = 10000;     // records; and a second, by auto.commit.interval.ms
constexpr std::int64_t most_in_transaction = 20000;  // records
constexpr Duration longest_transaction = milliseconds(200);
constexpr Duration glance = milliseconds(1);  // between two looks whether all is done with
constexpr int most_aborted = 5;               // in a row
constexpr milliseconds leave_within{10000};

}  // namespace

template <class T>
void FromKafkaSource::describe_parameters(Spec<T>& s) {
  s.details(
      "Each message is a record: its value, or with envelope=true {topic, partition, offset, key, value, headers, ts}, "
      "ts in seconds since 1970. A message without a value, a tombstone, is null.\n\n"
      "With group= the members of the group share the partitions, and an offset is committed when all before it is "
      "done with at the end of the chain: no message is lost, and after a crash those of the last second come again. "
      "Without group= all partitions are read, and nothing is committed. What is committed and not there any more is "
      "an error, never a jump.\n\n"
      "exactly_once=true, for chains that end in `to_kafka`: what is written and how far was read become visible "
      "together, five times a second. Who reads it has to read what is committed alone, as this stage does. Chains "
      "that "
      "hold records need partitions= and --checkpoint, with every one of which a transaction ends then; one that is "
      "open "
      "for longer than a minute fails (conf=transaction.timeout.ms=60000).\n\n"
      "Examples: `from_kafka orders brokers=k1:9092,k2:9092 group=archive ! to_files 'orders-%F.jsonl.gz'` keeps a "
      "topic; `from_kafka orders from=1h until=end envelope=true key_format=base64 ! filter '.headers.tenant == "
      "\"a\"'` "
      "looks at the last hour; `from_kafka orders partitions=0,1 from=-100 until=end batch=10` reads the end of two "
      "partitions in arrays; `from_kafka '^logs-' group=g rebalance=cooperative drain=10s format=text low_memory=true "
      "conf_file=kafka.conf conf=client.id=logs` follows all topics of that name; `from_kafka in group=g "
      "exactly_once=true instance=1 ! map '.n += 1' ! to_kafka out key=.id` is the second process of its group.");
  s.param("topics", &T::topics, "the topics; ^ begins a regular expression").positional().required().repeat();
  KafkaClient::describe(s);
  s.param("group", &T::group, "the consumer group that shares the work, and whose offsets are committed");
  s.param("from", &T::from,
          "where a partition begins for which nothing is committed: beginning, end, an offset (-N: the last N), a time "
          "as 2026-01-31T12:00:00Z, or 1h for an hour ago");
  s.param("until", &T::until, "where it ends, as from=; end: with what is there at the start. Not given: never");
  s.param("partitions", &T::partitions, "read these, and not those that the group gives");
  s.param("format", &T::format, "of the values").one_of({"json", "text", "base64"});
  s.param("envelope", &T::envelope, "the message with all that belongs to it");
  s.param("key_format", &T::key_format, "of keys and headers in an envelope").one_of({"json", "text", "base64"});
  s.param("batch", &T::batch_size, "arrays of at most so many, each of one partition; not given: no arrays").min(1);
  s.param("rebalance", &T::rebalance,
          "how the group hands partitions over: eager stops all members for a moment; all members have to do the same")
      .one_of({"eager", "cooperative"});
  s.param("drain", &T::drain,
          "how long a partition that is taken away is held until its records are done with; at most half of "
          "max.poll.interval.ms");
  s.param("exactly_once", &T::exactly_once, "write and commit in transactions");
  s.param("instance", &T::instance, "exactly_once: tells the processes of a group apart, the same after a restart");
  s.param("low_memory", &T::low_memory, "fetch ahead 16 MiB and not 128, at the cost of more requests");
  s.example("$NAME orders brokers=localhost conf=test.mock.num.brokers=1 until=end ! count", "", "0");
  s.endless("until=");
  s.acknowledges();
  s.replayable();
  s.exactly_once("exactly_once=true");
}

void FromKafkaSource::describe(Spec<FromKafkaSource>& s) {
  s.summary("bring in the messages of Kafka topics");
  describe_parameters(s);
}

template void FromKafkaSource::describe_parameters(Spec<FromKafkaBatchedSource>& s);

Configuration FromKafkaSource::consumer_configuration() const {
  const bool committing = !group.empty() && !exactly_once;
  return configuration({{"socket.nagle.disable", "true"},
                        {"queued.min.messages", "1000000"},
                        {"queued.max.messages.kbytes", low_memory ? "16384" : "131072"},
                        {"partition.assignment.strategy",
                         rebalance == Rebalance::cooperative ? "cooperative-sticky" : "range,roundrobin"},
                        {"auto.commit.interval.ms", "1000"}},
                       {{"group.id", group.empty() ? "streamz" : group.c_str()},
                        {"enable.auto.commit", committing ? "true" : "false"},
                        {"enable.auto.offset.store", "false"},
                        {"enable.partition.eof", "true"},
                        {"statistics.interval.ms", rebalance == Rebalance::cooperative ? "200" : "0"},
                        {"auto.offset.reset", "error"}});
}

void FromKafkaSource::check() {
  Point::parse(from);
  if (until) Point::parse(*until);
  if (exactly_once && group.empty())
    throw Error("exactly_once= needs group=", "its offsets are part of the transactions");
  const bool any_pattern =
      std::any_of(topics.begin(), topics.end(), [](const auto& each) { return each.starts_with('^'); });
  if (exactly_once && !partitions.empty() && any_pattern)
    throw Error("exactly_once= and partitions= need names of topics, not patterns");
  if (exactly_once && batch_size) throw Error("exactly_once= does not go with batch=");
  for (const long partition : partitions) {
    if (partition < 0) throw Error("partitions: " + std::to_string(partition) + " is less than 0");
  }
  consumer_configuration();
}

void FromKafkaSource::open_transactions(const char* timeout_ms) {
  const std::string id = group + "-" + instance;
  transactions_ = Transactions::open(producer_configuration(
      {{"transaction.timeout.ms", timeout_ms}}, {{"transactional.id", id.c_str()}, {"enable.idempotence", "true"}}));
}

void FromKafkaSource::start() {
  if (exactly_once && transactions_ == nullptr) open_transactions("10000");
}

FromKafkaSource::~FromKafkaSource() {
  // Stuck in the library its thread goes on until the process ends, and so does what it uses.
  if (!consumer_->close(leave_within)) static_cast<void>(consumer_.release());
}

// ---- state

void FromKafkaSource::require_own_partitions() const {
  if (group.empty() || !partitions.empty()) return;
  throw Error("with --checkpoint the group cannot give partitions away: what is held of them is here",
              "partitions=0,1,… gives each process its own");
}

// The first one comes before run(): what the next one commits has to stand somewhere.
void FromKafkaSource::checkpoint() {
  require_own_partitions();
  if (!exactly_once || consumer_->started()) return;
  start_consumer();
  resume_.merge(consumer_->beginnings());
}

Consumer::Positions FromKafkaSource::positions() const {
  Consumer::Positions all = resume_;
  for (const Place& place : places_) all[{place.part.topic, place.part.number}] = place.position;
  return all;
}

void FromKafkaSource::save(State& state) const {
  for (const auto& [partition, offset] : positions()) {
    state.add("position", "[" + text::quoted(partition.first) + "," + std::to_string(partition.second) + "," +
                              std::to_string(offset) + "]");
  }
}

void FromKafkaSource::restore(const State& state) {
  state.each("position", [this](std::string_view row) {
    const std::string topic = text::decoded(text::element(row, 0).value_or("\"\""));
    resume_[{topic, State::number_at<std::int32_t>(row, 1)}] = State::number_at<std::int64_t>(row, 2);
  });
}

// With checkpoints a transaction is what comes between two of them. The number of the last one that is committed stands
// beside the offsets: when the process dies behind the disk and before the commit, the checkpoint before it counts.
std::int64_t FromKafkaSource::committed_checkpoint() {
  require_own_partitions();
  open_transactions("60000");  // which ends what an earlier run has left open
  with_checkpoints_ = true;
  Consumer::Committed committed = Consumer::committed(consumer_configuration(), topics, partitions);
  resume_ = std::move(committed.positions);
  transactions_->begin();
  return std::atoll(committed.metadata.c_str());  // 0: somebody else's, or none
}

void FromKafkaSource::commit_checkpoint(std::int64_t number) {
  const std::string text = std::to_string(number);
  const Consumer::Positions all = positions();
  const Partitions list = list_of(static_cast<int>(all.size()));
  for (const auto& [partition, offset] : all) {
    rd_kafka_topic_partition_t* const one =
        rd_kafka_topic_partition_list_add(list.get(), partition.first.c_str(), partition.second);
    one->offset = offset;
    one->metadata = ::strdup(text.c_str());  // the list's
    one->metadata_size = text.size();
  }
  const GroupMetadata nobody(rd_kafka_consumer_group_metadata_new(group.c_str()));  // it has given us no partitions
  if (!transactions_->commit(*nobody, *list))
    throw Error("the transaction of a checkpoint failed: " + transactions_->why(),
                "the same command goes on from the checkpoint before");
  transactions_->begin();
}

// ---- the run

void FromKafkaSource::start_consumer() {
  ConsumerOptions options;
  options.topics = topics;
  options.group = group;
  for (const long partition : partitions) options.partitions.push_back(static_cast<int>(partition));
  options.from = Point::parse(from);
  if (until) options.until = Point::parse(*until);
  Configuration configuration = consumer_configuration();
  const milliseconds longest(std::atol(property(configuration.get(), "max.poll.interval.ms").c_str()));
  options.drain = std::min(std::chrono::duration_cast<milliseconds>(drain), longest / 2);
  options.commits = !exactly_once;
  consumer_->start(std::move(configuration), options, resume_);
}

void FromKafkaSource::run() {
  if (!consumer_->started()) start_consumer();
  Consumer::Event event;
  while (true) {
    while (consumer_->next(event)) {
      if (!handle(event) || stopping()) return;
    }
    const bool open = transactions_ != nullptr && transactions_->begun() && !with_checkpoints_;
    if (!wait(consumer_->descriptor(), POLLIN, open ? transaction_due_ : Time::max())) return;
    if (open && now() >= transaction_due_ && !commit_transaction()) return;
  }
}

// False: it is over.
bool FromKafkaSource::handle(Consumer::Event& event) {
  using Kind = Consumer::Event::Kind;
  switch (event.kind) {
    case Kind::messages:
      return bring_in(event);
    case Kind::revoked:
    case Kind::lost:
      return drained(event);
    case Kind::said:
      log(event.text);
      return true;
    case Kind::failed:
      throw Error(event.text, event.hint);
    case Kind::ended:
      if (transactions_ == nullptr || !transactions_->begun() || with_checkpoints_) return false;
      return commit_transaction() && aborted_ > 0;  // then all of it comes once more
  }
  return true;
}

Slot FromKafkaSource::place_of(const Consumer::Part& part) {
  const Slot found = slot(part.name());
  if (places_.size() <= found) places_.resize(found + 1);
  Place& place = places_[found];
  if (place.part.epoch == part.epoch) return found;
  revoke(found);
  place = {part, -1, -1, place.position};
  return found;
}

bool FromKafkaSource::bring_in(Consumer::Event& event) {
  if (!consumer_->holds(event.part)) return true;
  const Slot here = place_of(event.part);
  if (event.messages.empty() && event.next == places_[here].announced) return true;
  if (transactions_ != nullptr && !transactions_->begun()) {
    transactions_->begin();
    transaction_due_ = now() + longest_transaction;
  }
  places_[here].announced = event.next;
  batch(here, event.next);
  const std::size_t step = batch_size ? static_cast<std::size_t>(*batch_size) : 1;
  for (std::size_t i = 0; i < event.messages.size(); i += step) {
    const rd_kafka_message_t& message = *event.messages[i];
    places_[here].position = message.offset;
    at(here, message.offset);
    const std::size_t last = std::min(i + step, event.messages.size());
    if (batch_size ? emit_array(event, i, last) : emit_one(message)) continue;
    places_[here].announced = event.messages[last - 1]->offset + 1;  // and no more of the batch, whose end says more
    return false;
  }
  places_[here].position = event.next;
  const auto messages = static_cast<std::int64_t>(event.messages.size());
  event.messages.clear();
  if (transactions_ == nullptr || with_checkpoints_) return true;
  in_transaction_ += messages;
  const bool due = in_transaction_ >= most_in_transaction || now() >= transaction_due_;
  return !due || commit_transaction();
}

std::optional<std::string> FromKafkaSource::text_of(const rd_kafka_message_t& message) const {
  const std::optional<std::string> value = value_text(message, format);
  return value && envelope ? envelope_text(message, *value, key_format) : value;
}

bool FromKafkaSource::emit_one(const rd_kafka_message_t& message) {
  // Then the door looks whether it is JSON, and says where it is none.
  if (!envelope && format == MessageFormat::json && message.payload != nullptr) return emit_input(bytes_of(message));
  const std::optional<std::string> text = text_of(message);
  return text ? emit_input(*text) : bad_input(bytes_of(message), "its value is no JSON value");
}

bool FromKafkaSource::emit_array(const Consumer::Event& event, std::size_t first, std::size_t last) {
  std::string array;
  for (std::size_t i = first; i < last; ++i) {
    const rd_kafka_message_t& message = *event.messages[i];
    const std::optional<std::string> text = text_of(message);
    if (text) {
      array += (array.empty() ? '[' : ',') + *text;
    } else if (!bad_input(bytes_of(message), "its value is no JSON value")) {
      return false;
    }
  }
  return array.empty() || emit_input(array + "]");
}

// ---- how far it has come

void FromKafkaSource::acked(Slot slot, std::int64_t next) {
  Place& place = places_[slot];
  const std::int64_t before = std::exchange(place.acknowledged, std::min(next, place.announced));
  if (transactions_ != nullptr) return;
  consumer_->store(place.part, place.acknowledged);
  if (before >= 0) uncommitted_ += place.acknowledged - before;
  // The library's own timer knows when cooperative members must not: see Consumer::await_rest().
  if (uncommitted_ < most_uncommitted || rebalance == Rebalance::cooperative) return;
  uncommitted_ = 0;
  consumer_->try_commit();
}

// Partitions go to somebody else: what is on its way is waited for while they are still ours.
bool FromKafkaSource::drained(const Consumer::Event& event) {
  const auto is_ours = [&] {
    return std::all_of(event.parts.begin(), event.parts.end(),
                       [&](const auto& part) { return consumer_->holds(part); });
  };
  const auto is_here = [&](const Place& place) {
    return std::any_of(event.parts.begin(), event.parts.end(),
                       [&](const auto& part) { return part.name() == place.part.name(); });
  };
  const auto waits = [&] {
    return std::any_of(places_.begin(), places_.end(), [&](const Place& place) {
      return (transactions_ != nullptr || is_here(place)) && place.announced != place.acknowledged;
    });
  };
  while (waits() && is_ours()) {
    // It ends meanwhile: they stay ours, with what is still to be acknowledged, until finish() has committed.
    if (!wait_until(now() + glance)) return false;
  }
  if (transactions_ != nullptr && transactions_->begun()) {
    if (waits() || !is_ours()) {
      transactions_->abort();  // it holds records that are somebody else's to write by now
      begin_anew();
    } else if (!commit_transaction()) {
      return false;
    }
  }
  for (Slot slot = 0; slot < places_.size(); ++slot) {
    if (!is_here(places_[slot])) continue;
    revoke(slot);
    places_[slot].acknowledged = places_[slot].announced;
  }
  consumer_->answer(event);
  return true;
}

// No record is on its way any more. False: the run stops first.
bool FromKafkaSource::settle() {
  while (std::any_of(places_.begin(), places_.end(),
                     [](const Place& place) { return place.announced != place.acknowledged; })) {
    if (!wait_until(now() + glance)) return false;
  }
  return true;
}

// False: the run stops; what is in the transaction is committed at its end.
bool FromKafkaSource::commit_transaction() {
  if (!settle()) return false;
  if (commit_positions()) {
    aborted_ = 0;
    return true;
  }
  if (++aborted_ > most_aborted)
    throw Error("a transaction failed " + std::to_string(aborted_) + " times: " + transactions_->why());
  log("a transaction is done once more: " + transactions_->why());
  begin_anew();
  return true;
}

bool FromKafkaSource::commit_positions() {
  in_transaction_ = 0;
  const Partitions positions = list_of(static_cast<int>(places_.size()));
  for (const Place& place : places_) {
    if (place.announced < 0 || !consumer_->holds(place.part)) continue;
    rd_kafka_topic_partition_list_add(positions.get(), place.part.topic.c_str(), place.part.number)->offset =
        place.announced;
  }
  const GroupMetadata member(rd_kafka_consumer_group_metadata(consumer_->handle()));
  return transactions_->commit(*member, *positions);
}

void FromKafkaSource::begin_anew() {
  in_transaction_ = 0;
  consumer_->rewind();
  for (Slot slot = 0; slot < places_.size(); ++slot) revoke(slot);
  for (Place& place : places_) place.announced = place.acknowledged = -1;
}

void FromKafkaSource::finish() {
  consumer_->await_rest();
  if (transactions_ == nullptr) {
    consumer_->commit();
  } else if (transactions_->begun() && !with_checkpoints_ && !commit_positions()) {
    throw Error("the last transaction failed: " + transactions_->why(), "the same command goes on where it began");
  }
  consumer_->close(leave_within);  // so that others take over at once
}
