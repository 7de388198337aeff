// SPDX-License-Identifier: Apache-2.0
#include "to_kafka.h"

#include <charconv>
#include <chrono>

#include <streamz/text.h>

using namespace streamz;

namespace {

constexpr unsigned serve_every = 64;  // records
constexpr int full_ms = 50, step_ms = 100;

[[noreturn]] void refuse(const std::string& what, const std::string& hint = {}) {
  throw Error(what, hint, kRecordError);
}

// The one result of a program; none is null.
template <class F>
void with_result(Expr& program, const Record& x, F f) {
  bool any = false;
  program.each(x, [&](JsonText result) {
    any = true;
    f(text::trimmed(result.text));
    return false;
  });
  if (!any) f(std::string_view("null"));
}

// The characters of a string, the JSON of anything else.
std::string characters(std::string_view json) {
  return json.starts_with('"') ? text::decoded(json) : std::string(json);
}

}  // namespace

void ToKafkaSink::describe(Spec<ToKafkaSink>& s) {
  s.summary("write the records into a Kafka topic, or many");
  s.details(
      "The topic is a template: {EXPR} is what a jq program gives for the record; {{ is a brace. A record is done with "
      "when the brokers have it, on as many of them as the topic asks for; until then what it comes from is not "
      "committed. When they do not keep up, the source waits; when they are away, it waits until they are back.\n\n"
      "Messages with the same key go to the same partition, the one that Java's clients choose too. A record `null` "
      "is written as a message without a value, which deletes its key where a topic is compacted.\n\n"
      "What is sent again because a broker failed is there once and in order (enable.idempotence), at the cost of "
      "about "
      "a quarter of the speed: conf=enable.idempotence=false does without.\n\n"
      "Behind `from_kafka exactly_once=true` it writes in that one's transactions.\n\n"
      "Examples: `to_kafka orders brokers=k1:9092 key=.id`; `to_kafka 'logs-{.tenant}' value=.message format=text "
      "'headers={host, level}' partition='.shard % 12' conf_file=kafka.conf conf=compression.type=zstd`; dead letters: "
      "`from_kafka in group=g name=s on_error=dead ! to_kafka out ; s.errors ! to_kafka dead value=.record "
      "'headers={error, source, offset: (.offset|tostring)}'`.");
  s.param("topic", &ToKafkaSink::topic, "the topic, or a template of its name: 'logs-{.tenant}'")
      .positional()
      .required();
  KafkaClient::describe(s);
  s.param("value", &ToKafkaSink::value, "what is written; not given: the record");
  s.param("key", &ToKafkaSink::key, "of the message: a string is its characters, anything else its JSON; null: none");
  s.param("headers", &ToKafkaSink::headers, "an object: a header for each of its members");
  s.param("partition", &ToKafkaSink::partition, "its number; not given, or null: the key's, or any");
  s.param("format", &ToKafkaSink::format, "text: a value that is a string is written as its characters")
      .one_of({"json", "text"});
  s.example("$NAME orders brokers=localhost conf=test.mock.num.brokers=1 key=.id", R"({"id":7} {"id":8})", "");
  s.transactional();
  s.effects();
}

Configuration ToKafkaSink::own_configuration() const {
  return producer_configuration({{"acks", "all"},
                                 {"enable.idempotence", "true"},
                                 {"message.timeout.ms", "0"},
                                 {"queue.buffering.max.messages", "1000000"}},
                                {});
}

void ToKafkaSink::check() {
  template_ = Template(topic);
  own_configuration();
}

void ToKafkaSink::start() {
  transactions_ = Transactions::current();
  if (transactions_ != nullptr) return;
  own_.start(own_configuration());
  watch_idly(own_.descriptor());
}

Producer& ToKafkaSink::producer() { return transactions_ != nullptr ? transactions_->producer() : own_; }

// ---- the records

void ToKafkaSink::update(const Record& x) {
  if (transactions_ != nullptr) {
    produce(x, nullptr);
    return;
  }
  Flights one(1);
  one.front().record = keep(x);
  send(one);
  if (++since_served_ >= serve_every) serve(0);
}

// The first of `from`, which it leaves. What is wrong with the record is thrown.
void ToKafkaSink::send(Flights& from) {
  Flight& flight = from.front();
  flight.self = from.begin();
  produce(flight.record, &flight);
  flying_.splice(flying_.end(), from, flight.self);
}

// Waits while there is no room.
void ToKafkaSink::produce(const Record& x, Flight* flight) {
  Producer::Outgoing message;
  rendered_.clear();
  template_.render(
      x, [&](std::string_view literal) { rendered_ += literal; },
      [&](const std::string& part, const std::string& hole) {
        if (part.empty()) refuse("`" + hole + "` is empty");
        rendered_ += part;
      });
  message.topic = rendered_;
  message.report_to = flight;
  message.copied = flight == nullptr || value || format == Format::text;
  std::string_view written = x.raw();
  if (value) {
    with_result(value, x, [&](std::string_view json) { value_text_ = json; });
    written = value_text_;
  }
  const bool is_null = written == "null";
  if (format == Format::text) written = plain_text_ = characters(written);
  if (!is_null) message.value = written;
  if (key) {
    with_result(key, x, [&](std::string_view json) {
      key_text_ = characters(json);
      if (json != "null") message.key = key_text_;
    });
  }
  if (headers) {
    with_result(headers, x, [&](std::string_view json) {
      if (json != "null" && !text::is_object(json))
        refuse(std::string("headers= gives ") + text::kind_of(json) + ", not an object");
      if (json == "null") return;
      text::each_field(json, [&](std::string_view name, std::string_view member) {
        message.headers.emplace_back(text::decoded(name), characters(text::trimmed(member)));
      });
    });
  }
  if (partition) {
    with_result(partition, x, [&](std::string_view json) {
      if (json == "null") return;
      const auto [end, error] = std::from_chars(json.data(), json.data() + json.size(), message.partition);
      if (error != std::errc() || end != json.data() + json.size() || message.partition < 0)
        refuse("partition= gives " + std::string(json.substr(0, 60)) + ", which is no number of a partition");
    });
  }
  while (true) {
    const rd_kafka_resp_err_t error =
        transactions_ != nullptr ? transactions_->produce(message) : own_.produce(message);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    const bool fatal = error == RD_KAFKA_RESP_ERR__FATAL;  // serve() throws why
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL && !fatal) refuse(rendered_ + ": " + words_of(error));
    serve(full_ms);
  }
}

void ToKafkaSink::serve(int ms) {
  since_served_ = 0;
  settle(producer().serve(ms));
  if (const auto news = producer().news()) log(*news);
}

// ---- what became of them

void ToKafkaSink::settle(const std::vector<Producer::Report>& reports) {
  for (const Producer::Report& report : reports) settle_one(*static_cast<Flight*>(report.to), report);
  if (!alone_.empty() && !sending_alone_) send_alone();
}

void ToKafkaSink::settle_one(Flight& flight, const Producer::Report& report) {
  if (report.error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    flying_.erase(flight.self);
  } else if (report.error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE && !flight.alone) {
    alone_.splice(alone_.end(), flying_, flight.self);
  } else {
    failed(flying_, flight, report.topic + ": " + words_of(report.error));
  }
}

void ToKafkaSink::failed(Flights& in, Flight& flight, const std::string& why) {
  Flights taken;
  taken.splice(taken.end(), in, flight.self);
  if (retry(++flight.tries)) {
    again_.splice(again_.end(), taken);
  } else {
    fail(flight.record, why);
  }
}

// One message that is too large makes the broker refuse all that went with it: each of them goes once more, alone.
void ToKafkaSink::send_alone() {
  sending_alone_ = true;
  while (!alone_.empty()) {
    wait_for_all();
    alone_.front().alone = true;
    send_again(alone_);
    wait_for_all();
  }
  sending_alone_ = false;
}

void ToKafkaSink::send_again(Flights& from) {
  try {
    send(from);
  } catch (const Error& error) {
    failed(from, from.front(), error.what());
  }
}

void ToKafkaSink::wait_for_all() {
  auto until = std::chrono::steady_clock::time_point::max();
  while (!flying_.empty()) {
    settle(own_.hasten(step_ms));
    if (const auto news = own_.news()) log(*news);
    if (!stopping() && !over_) continue;
    const auto now = std::chrono::steady_clock::now();
    if (until == until.max()) until = now + drain_timeout();
    if (now < until) continue;
    const std::string why = own_.last();
    throw Error(std::to_string(flying_.size() + alone_.size() + again_.size()) + " records were not delivered in " +
                    std::to_string(std::chrono::duration_cast<std::chrono::seconds>(drain_timeout()).count()) + " s" +
                    (why.empty() ? "" : ": " + why),
                "--drain-timeout= waits longer");
  }
}

void ToKafkaSink::on_timer(Time /*due*/) {
  if (again_.empty()) return;
  send_again(again_);
  if (over_) wait_for_all();
}

void ToKafkaSink::on_ready(int /*fd*/) {
  own_.heard();
  serve(0);
}
void ToKafkaSink::idle() {
  if (!own_.started()) return;
  serve(0);
  if (stopping()) wait_for_all();  // when the run fails no flush() follows
}
void ToKafkaSink::checkpoint() {
  if (own_.started()) wait_for_all();
}

void ToKafkaSink::flush() {
  over_ = true;
  if (!own_.started()) return;
  wait_for_all();
  watch(own_.descriptor(), -1);
}
