// SPDX-License-Identifier: Apache-2.0
#include "from_kafka.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include <streamz/text.h>

#include "from_kafka_batched.h"

using namespace streamz;
using std::chrono::milliseconds;

namespace {

constexpr std::int64_t most_in_transaction = 20000;  // records
constexpr Duration longest_transaction = milliseconds(200);

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
      "together, five times a second. Who reads it has to read what is committed alone, as this stage does. "
      "Chains that hold records need partitions= and --checkpoint: a transaction ends with every checkpoint then, and "
      "fails when it is open for longer than a minute (conf=transaction.timeout.ms=60000).\n\n"
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
    const bool open = ends_transactions() && transactions_->begun();
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
      if (!ends_transactions() || !transactions_->begun()) return false;
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
  if (ends_transactions() && !transactions_->begun()) {
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
  if (!ends_transactions()) return true;
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
