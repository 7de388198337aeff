// SPDX-License-Identifier: Apache-2.0
// librdkafka's mock cluster as a process of its own, with the faults that a real broker does not give on request.
// Prints its brokers, then does what it reads: a line each, answered by "ok".
//   topic NAME PARTITIONS
//   errors API CODE...     the next requests of this kind fail so (-195: the connection breaks)
//   down BROKER | up BROKER
//   rtt BROKER MS
//   leader TOPIC PARTITION BROKER
// Ends at the end of its input.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace {

bool obey(rd_kafka_mock_cluster_t* cluster, const std::string& line) {
  std::istringstream words(line);
  std::string what, topic;
  int first = 0, second = 0;
  words >> what;
  if (what == "topic" && words >> topic >> first)
    return rd_kafka_mock_topic_create(cluster, topic.c_str(), first, 1) == RD_KAFKA_RESP_ERR_NO_ERROR;
  if (what == "errors" && words >> first) {
    std::vector<rd_kafka_resp_err_t> codes;
    while (words >> second) codes.push_back(static_cast<rd_kafka_resp_err_t>(second));
    rd_kafka_mock_push_request_errors_array(cluster, static_cast<std::int16_t>(first), codes.size(), codes.data());
    return !codes.empty();
  }
  if (what == "down" && words >> first) return rd_kafka_mock_broker_set_down(cluster, first) == 0;
  if (what == "up" && words >> first) return rd_kafka_mock_broker_set_up(cluster, first) == 0;
  if (what == "rtt" && words >> first >> second) return rd_kafka_mock_broker_set_rtt(cluster, first, second) == 0;
  if (what == "leader" && words >> topic >> first >> second)
    return rd_kafka_mock_partition_set_leader(cluster, topic.c_str(), first, second) == 0;
  return false;
}

}  // namespace

int main(int count, char** words) {
  char why[256];
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  rd_kafka_t* const client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
  if (client == nullptr) return std::cerr << why << '\n', 1;
  const int brokers = count > 1 ? std::stoi(words[1]) : 1;
  rd_kafka_mock_cluster_t* const cluster = rd_kafka_mock_cluster_new(client, brokers);
  std::cout << rd_kafka_mock_cluster_bootstraps(cluster) << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << (obey(cluster, line) ? "ok" : "no") << std::endl;
  }
  rd_kafka_mock_cluster_destroy(cluster);
  rd_kafka_destroy(client);
}
