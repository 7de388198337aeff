// SPDX-License-Identifier: Apache-2.0
// A producer, and what became of each message that it was given.
// Tested by tests/e2e/kafka_*.sh.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client.h"

class Producer : private Health {
 public:
  struct Outgoing {
    std::string_view topic;
    std::optional<std::string_view> key, value;  // none: null
    std::vector<std::pair<std::string, std::string>> headers;
    std::int32_t partition = RD_KAFKA_PARTITION_UA;  // the key's
    bool copied = true;                              // else the value has to stand until the report
    void* report_to = nullptr;                       // null: a failure is the whole producer's
  };
  struct Report {
    void* to = nullptr;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::string topic;  // of an error
  };

  Producer() = default;
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // Throws Error when no broker answers.
  void start(Configuration configuration);
  bool started() const { return client_ != nullptr; }
  // __QUEUE_FULL: serve(), and try again.
  rd_kafka_resp_err_t produce(const Outgoing& message);
  // Waits for at most so many ms; then gives what was reported since. Throws Error: it cannot go on at all.
  std::vector<Report> serve(int ms);
  // As serve(), without waiting for more messages to go along.
  std::vector<Report> hasten(int ms);
  int descriptor() const { return wake_[0]; }  // readable when there is something to serve
  void heard() const;                          // ... until this
  // What brokers that are away have to say, once.
  std::optional<std::string> news() { return Health::news(); }
  std::string last() const { return Health::last(); }
  // What failed of the messages that report to nobody, once.
  rd_kafka_resp_err_t take_failure() { return std::exchange(failed_, RD_KAFKA_RESP_ERR_NO_ERROR); }
  // What is still on its way never arrives.
  void give_up();

  rd_kafka_t* handle() const { return client_.get(); }

 private:
  static void on_report(rd_kafka_t* client, const rd_kafka_message_t* message, void* self);
  rd_kafka_topic_t* topic(std::string_view name);
  std::vector<Report> reported();

  std::unique_ptr<rd_kafka_t, Destroy<rd_kafka_destroy>> client_;
  std::map<std::string, rd_kafka_topic_t*, std::less<>> topics_;
  std::vector<Report> reports_;
  rd_kafka_resp_err_t failed_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  int wake_[2] = {-1, -1};
};
