// SPDX-License-Identifier: Apache-2.0
#include "message_text.h"

#include <streamz/bytes.h>
#include <streamz/text.h>

using namespace streamz;

namespace {

// JSON text, which may still be none.
std::string in_format(MessageFormat format, const void* data, std::size_t size) {
  if (data == nullptr) return "null";
  const std::string_view bytes(static_cast<const char*>(data), size);
  if (format == MessageFormat::base64) return '"' + base64(bytes) + '"';
  return format == MessageFormat::text ? text::quoted(bytes) : std::string(bytes);
}

std::string headers_of(const rd_kafka_message_t& message, MessageFormat format) {
  std::string made = "{";
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return "{}";
  const char* name = nullptr;
  const void* data = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &data, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
    made += (i == 0 ? "" : ",") + text::quoted(name) + ":" + in_format(format, data, size);
  return made + "}";
}

// Seconds since 1970.
std::string time_of(const rd_kafka_message_t& message) {
  rd_kafka_timestamp_type_t type{};
  const std::int64_t ms = rd_kafka_message_timestamp(&message, &type);
  if (type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || ms < 0) return "null";
  const std::string seconds = std::to_string(ms / 1000);
  return ms % 1000 == 0 ? seconds : seconds + "." + std::to_string(1000 + ms % 1000).substr(1);
}

}  // namespace

std::string_view bytes_of(const rd_kafka_message_t& message) {
  return {static_cast<const char*>(message.payload), message.len};
}

std::optional<std::string> value_text(const rd_kafka_message_t& message, MessageFormat format) {
  std::string made = in_format(format, message.payload, message.len);
  if (format == MessageFormat::base64) return made;
  try {
    check_json(made);
  } catch (const Error&) {
    return std::nullopt;
  }
  return made;
}

std::string envelope_text(const rd_kafka_message_t& message, std::string_view value, MessageFormat of_keys) {
  return "{\"topic\":" + text::quoted(rd_kafka_topic_name(message.rkt)) +
         ",\"partition\":" + std::to_string(message.partition) + ",\"offset\":" + std::to_string(message.offset) +
         ",\"key\":" + in_format(of_keys, message.key, message.key_len) + ",\"value\":" + std::string(value) +
         ",\"headers\":" + headers_of(message, of_keys) + ",\"ts\":" + time_of(message) + "}";
}
