// SPDX-License-Identifier: Apache-2.0
// Brings in the messages of Kafka topics, and tells the group how far it has come. Tested by from_kafka.test and
// tests/e2e/kafka_*.sh.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <streamz/spec.h>

#include "client.h"
#include "consumer.h"
#include "message_text.h"
#include "transactions.h"

struct FromKafkaSource : streamz::Source, KafkaClient {
  enum class Rebalance { eager, cooperative };

  streamz::list<std::string> topics;
  std::string group;
  std::string from = "beginning";
  std::optional<std::string> until;
  streamz::list<long> partitions;
  MessageFormat format = MessageFormat::json;
  bool envelope = false;
  MessageFormat key_format = MessageFormat::text;
  std::optional<long> batch_size;
  Rebalance rebalance = Rebalance::eager;
  streamz::Duration drain = std::chrono::seconds(30);
  bool exactly_once = false;
  std::string instance = "0";
  bool low_memory = false;

  static void describe(streamz::Spec<FromKafkaSource>& s);
  // The parameters, for both names of it.
  template <class T>
  static void describe_parameters(streamz::Spec<T>& s);
  ~FromKafkaSource() override;
  void check() override;
  void start() override;
  void run() override;
  void acked(streamz::Slot slot, std::int64_t next) override;
  void finish() override;
  void checkpoint() override;
  std::int64_t committed_checkpoint() override;
  void commit_checkpoint(std::int64_t number) override;
  void save(streamz::State& state) const override;
  void restore(const streamz::State& state) override;

 private:
  // One partition, as the host knows it.
  struct Place {
    Consumer::Part part;
    std::int64_t announced = 0, acknowledged = 0;  // offsets up to which records are out, and done with
    std::int64_t position = 0;                     // of the record that is emitted, or that comes next
  };

  static constexpr std::chrono::seconds leave_within{10};

  Configuration consumer_configuration() const;
  void start_consumer();
  bool handle(Consumer::Event& event);
  bool bring_in(Consumer::Event& event);
  bool emit_one(const rd_kafka_message_t& message);
  bool emit_array(const Consumer::Event& event, std::size_t first, std::size_t last);
  std::optional<std::string> text_of(const rd_kafka_message_t& message) const;
  streamz::Slot place_of(const Consumer::Part& part);
  bool drained(const Consumer::Event& event);
  bool ends_transactions() const { return transactions_ != nullptr && !with_checkpoints_; }  // by itself
  bool settle();
  bool commit_transaction();
  bool commit_positions();
  void open_transactions(const char* timeout_ms);
  void require_own_partitions() const;
  Consumer::Positions positions() const;
  void begin_anew();

  std::unique_ptr<Consumer> consumer_ = std::make_unique<Consumer>();
  std::vector<Place> places_;  // by slot
  Consumer::Positions resume_;
  bool with_checkpoints_ = false;
  std::shared_ptr<Transactions> transactions_;
  std::int64_t uncommitted_ = 0;     // records, since it was last asked for a commit
  std::int64_t in_transaction_ = 0;  // records
  int aborted_ = 0;                  // transactions, in a row
  streamz::Time transaction_due_{};
};
