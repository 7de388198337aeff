// SPDX-License-Identifier: Apache-2.0
// A message of Kafka as the JSON text of a record. Tested by tests/e2e/kafka.sh.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "client.h"

enum class MessageFormat { json, text, base64 };

// The bytes of its value.
std::string_view bytes_of(const rd_kafka_message_t& message);
// Its value; none: it is not JSON. Of a tombstone null.
std::optional<std::string> value_text(const rd_kafka_message_t& message, MessageFormat format);
// {topic, partition, offset, key, value, headers, ts} around that. What is said of keys and headers can be no JSON.
std::string envelope_text(const rd_kafka_message_t& message, std::string_view value, MessageFormat of_keys);
