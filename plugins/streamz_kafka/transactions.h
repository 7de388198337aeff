// SPDX-License-Identifier: Apache-2.0
// Exactly once from Kafka to Kafka: what the sinks write and how far the source has come become visible together, or
// not at all. The source begins and commits, while no record is on its way; sinks write in between.
// Tested by tests/e2e/kafka_kill_exact.sh and tests/e2e/kafka_mock.sh.
#pragma once

#include <memory>
#include <string>

#include "producer.h"

class Transactions {
 public:
  // For the sinks of this process. Throws Error.
  static std::shared_ptr<Transactions> open(Configuration configuration);
  static std::shared_ptr<Transactions> current();

  ~Transactions();

  Producer& producer() { return producer_; }
  // As Producer's. What comes when it has failed is no error of the record: nothing of it is committed then.
  rd_kafka_resp_err_t produce(const Producer::Outgoing& message);
  bool begun() const { return begun_; }
  // Throws Error.
  void begin();
  // False: it was aborted, and nothing of it was written; `why()` says why. Throws Error when it is not known what
  // became of it, or another one has taken over.
  bool commit(const rd_kafka_consumer_group_metadata_t& group, const rd_kafka_topic_partition_list_t& positions);
  void abort();
  const std::string& why() const { return why_; }

 private:
  void require(const Failure& failure, const char* doing, const char* hint = "");
  bool passes(const Failure& failure, const char* doing);

  Producer producer_;
  bool begun_ = false;
  bool incomplete_ = false;
  std::string why_;
};
