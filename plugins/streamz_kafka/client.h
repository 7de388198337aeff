// SPDX-License-Identifier: Apache-2.0
// How a stage reaches a Kafka cluster: its parameters, and the configuration that librdkafka gets.
// Tested by from_kafka.test, to_kafka.test and tests/e2e/kafka_errors.sh.
#pragma once

#include <streamz/spec.h>

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

template <auto F>
struct Destroy {
  template <class T>
  void operator()(T* object) const {
    F(object);
  }
};
using Configuration = std::unique_ptr<rd_kafka_conf_t, Destroy<rd_kafka_conf_destroy>>;
using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t, Destroy<rd_kafka_topic_partition_list_destroy>>;
using Failure = std::unique_ptr<rd_kafka_error_t, Destroy<rd_kafka_error_destroy>>;
using GroupMetadata =
    std::unique_ptr<rd_kafka_consumer_group_metadata_t, Destroy<rd_kafka_consumer_group_metadata_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, Destroy<rd_kafka_message_destroy>>;

struct KafkaClient {
  std::string brokers;
  streamz::list<std::string> conf;
  std::optional<streamz::Path> conf_file;
  bool unsafe_conf = false;

  // Declares the parameters of a stage that is derived from this.
  template <class T>
  static void describe(streamz::Spec<T>& s) {
    s.param("brokers", &T::brokers, "HOST:PORT of one or more, with commas; not given: $KAFKA_BROKERS");
    s.param("conf", &T::conf, "KEY=VALUE: any property of librdkafka, as security.protocol=SASL_SSL").repeat();
    s.param("conf_file", &T::conf_file, "a file of lines KEY=VALUE, which is the place for passwords");
    s.param("unsafe_conf", &T::unsafe_conf, "allow properties that load libraries or run commands");
  }

 protected:
  using Settings = std::initializer_list<std::pair<const char*, const char*>>;
  // What the user says, over `defaults`, under `own`, which the user cannot change. Throws Error: no brokers, a
  // property that does not exist, a value that does not fit.
  Configuration configuration(Settings defaults, Settings own) const;
  // The same for a producer: with what all of them have.
  Configuration producer_configuration(Settings defaults, Settings own) const;

 private:
  Configuration configured(const std::vector<Settings>& defaults, Settings own) const;
};

// What a client hears of its cluster beside its records; from any thread.
class Health {
 public:
  // Its callbacks; `this` has to outlive the client.
  void listen(rd_kafka_conf_t* configuration);

  // What makes it useless to go on, once.
  std::optional<streamz::Error> failure();
  // Something new to say about brokers that are away.
  std::optional<std::string> news();
  // The last of what was said about the connection: why nothing comes.
  std::string last() const;

  // Throws Error when no broker answers within ten seconds.
  void require_answer(rd_kafka_t* client);

 protected:
  void heard(rd_kafka_t* client, rd_kafka_resp_err_t code, const char* reason);

 private:
  static void error(rd_kafka_t* client, int code, const char* reason, void* self);
  static void log(const rd_kafka_t* client, int level, const char* facility, const char* text);

  mutable std::mutex mutex_;
  std::string last_;
  std::optional<streamz::Error> failure_;
  std::optional<std::string> news_;
  std::chrono::steady_clock::time_point told_{};
};

// A property of a configuration as it stands by now; empty: it has none.
std::string property(const rd_kafka_conf_t* configuration, const char* key);

inline Partitions list_of(int size) { return Partitions(rd_kafka_topic_partition_list_new(size)); }
std::string name_of(const char* topic, std::int32_t partition);  // "orders[3]"

// Of librdkafka, in words: "Broker: Unknown topic or partition".
std::string words_of(rd_kafka_resp_err_t error);
