// SPDX-License-Identifier: Apache-2.0
// Writes records into Kafka topics; one is acknowledged when the brokers have it. Tested by to_kafka.test and
// tests/e2e/kafka_*.sh.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

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
    std::list<Flight>::iterator self;
  };
  using Flights = std::list<Flight>;

  Configuration own_configuration() const;
  Producer& producer();
  void send(Flights& from);
  void produce(const streamz::Record& x, Flight* flight);
  void serve(int ms);
  void settle(const std::vector<Producer::Report>& reports);
  void settle_one(Flight& flight, const Producer::Report& report);
  void send_alone();
  void send_again(Flights& from);
  void wait_for_all();
  void failed(Flights& in, Flight& flight, const std::string& why);

  streamz::Template template_;
  std::string rendered_, key_text_, value_text_, plain_text_;
  Flights flying_, alone_, again_;  // on their way; to be sent by themselves, or at a later time
  Producer own_;                    // behind them: it reads what they hold until it ends
  std::shared_ptr<Transactions> transactions_;
  bool sending_alone_ = false, over_ = false;
  unsigned since_served_ = 0;
};
