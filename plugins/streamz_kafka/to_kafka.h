// SPDX-License-Identifier: Apache-2.0
// Writes records into Kafka topics; one is acknowledged when the brokers have it. Tested by to_kafka.test and
// tests/e2e/kafka_*.sh.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_set>

#include <streamz/template.h>

#include "client.h"
#include "producer.h"
#include "transactions.h"

struct ToKafkaSink : streamz::Sink, KafkaClient {
  enum class Format { json, text };

  std::string topic;
  streamz::Expr value;
  streamz::Expr key;
  streamz::Expr headers;
  streamz::Expr partition;
  Format format = Format::json;

  static void describe(streamz::Spec<ToKafkaSink>& s);
  ~ToKafkaSink() override;
  void check() override;
  void start() override;
  void update(const streamz::Record& x) override;
  void on_ready(int fd) override;
  void on_timer(streamz::Time due) override;
  void idle() override;
  void flush() override;
  void checkpoint() override;

 private:
  // One record on its way. It holds its acknowledgement back as long as it lives.
  struct Flight {
    streamz::Record record;
    unsigned tries = 0;
    bool alone = false;  // in a batch of its own
  };

  Configuration producer_configuration() const;
  Producer& producer();
  void send(std::unique_ptr<Flight> flight);
  bool produce(const streamz::Record& x, Flight* flight);
  void serve(int ms);
  void settle(const std::vector<Producer::Report>& reports);
  void settle_one(std::unique_ptr<Flight> flight, rd_kafka_resp_err_t error);
  void send_alone();
  void wait_for_all();
  void failed(std::unique_ptr<Flight> flight, const std::string& why);

  streamz::Template template_;
  std::string rendered_, key_text_, value_text_;
  Producer own_;
  std::shared_ptr<Transactions> transactions_;
  std::unordered_set<Flight*> flying_;
  std::deque<std::unique_ptr<Flight>> alone_, again_;
  bool sending_alone_ = false, over_ = false;
  unsigned since_served_ = 0;
};
