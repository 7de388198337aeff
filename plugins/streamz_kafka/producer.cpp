// SPDX-License-Identifier: Apache-2.0
#include "producer.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

using streamz::Error;

namespace {

// The library takes what it does not change as if it did.
void* writable(std::string_view text) { return const_cast<char*>(text.data()); }

}  // namespace

void Producer::start(Configuration configuration) {
  if (pipe2(wake_, O_CLOEXEC | O_NONBLOCK) != 0)
    throw Error("cannot make a pipe: " + std::string(std::strerror(errno)));
  listen(configuration.get());
  rd_kafka_conf_set_dr_msg_cb(configuration.get(), on_report);
  char why[512];
  client_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, configuration.get(), why, sizeof why));
  if (client_ == nullptr) throw Error(why);
  static_cast<void>(configuration.release());  // the client's now
  rd_kafka_queue_t* const queue = rd_kafka_queue_get_main(client_.get());
  rd_kafka_queue_io_event_enable(queue, wake_[1], "1", 1);
  rd_kafka_queue_destroy(queue);
  require_answer(client_.get());
}

Producer::~Producer() {
  if (client_ != nullptr) give_up();
  for (const auto& [name, topic] : topics_) rd_kafka_topic_destroy(topic);
  client_.reset();
  for (const int fd : wake_) {
    if (fd >= 0) close(fd);
  }
}

void Producer::give_up() {
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(client_.get(), 0);
  rd_kafka_poll(client_.get(), 0);
}

void Producer::on_report(rd_kafka_t* /*client*/, const rd_kafka_message_t* message, void* opaque) {
  auto* const self = static_cast<Producer*>(static_cast<Health*>(opaque));
  if (message->_private != nullptr) {
    const bool failed = message->err != RD_KAFKA_RESP_ERR_NO_ERROR;
    self->reports_.push_back({message->_private, message->err, failed ? rd_kafka_topic_name(message->rkt) : ""});
  } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR && self->failed_ == RD_KAFKA_RESP_ERR_NO_ERROR) {
    self->failed_ = message->err;
  }
}

rd_kafka_topic_t* Producer::topic(std::string_view name) {
  const auto known = topics_.find(name);
  if (known != topics_.end()) return known->second;
  const std::string text(name);
  rd_kafka_topic_t* const made = rd_kafka_topic_new(client_.get(), text.c_str(), nullptr);
  if (made == nullptr) throw Error("topic " + text + ": " + words_of(rd_kafka_last_error()));
  return topics_[text] = made;
}

rd_kafka_resp_err_t Producer::produce(const Outgoing& message) {
  rd_kafka_topic_t* const to = topic(message.topic);
  const int flags = message.copied ? RD_KAFKA_MSG_F_COPY : 0;
  const std::string_view key = message.key.value_or(""), value = message.value.value_or("");
  const void* const key_data = message.key ? (key.empty() ? "" : key.data()) : nullptr;
  void* const value_data = message.value ? (value.empty() ? writable("") : writable(value)) : nullptr;
  if (message.headers.empty()) {
    const int result = rd_kafka_produce(to, message.partition, flags, value_data, value.size(), key_data, key.size(),
                                        message.report_to);
    return result == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error();
  }
  rd_kafka_headers_t* const headers = rd_kafka_headers_new(message.headers.size());
  for (const auto& [name, text] : message.headers) {
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), text.data(),
                        static_cast<ssize_t>(text.size()));
  }
  std::array<rd_kafka_vu_t, 7> parts{};
  parts[0].vtype = RD_KAFKA_VTYPE_RKT;
  parts[0].u.rkt = to;
  parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  parts[1].u.i32 = message.partition;
  parts[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  parts[2].u.i = flags;
  parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
  parts[3].u.mem = {value_data, value.size()};
  parts[4].vtype = RD_KAFKA_VTYPE_KEY;
  parts[4].u.mem = {const_cast<void*>(key_data), key.size()};
  parts[5].vtype = RD_KAFKA_VTYPE_HEADERS;
  parts[5].u.headers = headers;
  parts[6].vtype = RD_KAFKA_VTYPE_OPAQUE;
  parts[6].u.ptr = message.report_to;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  if (rd_kafka_error_t* const failed = rd_kafka_produceva(client_.get(), parts.data(), parts.size())) {
    error = rd_kafka_error_code(failed);
    rd_kafka_error_destroy(failed);
  }
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_headers_destroy(headers);
  return error;
}

void Producer::heard() const {
  char taken[256];
  while (read(wake_[0], taken, sizeof taken) > 0) {
  }
}

// A fatal error is no fault of the records that it fails, whose reports come before it does.
std::vector<Producer::Report> Producer::reported() {
  char why[2];
  if (rd_kafka_fatal_error(client_.get(), why, sizeof why) != RD_KAFKA_RESP_ERR_NO_ERROR)
    Health::heard(client_.get(), RD_KAFKA_RESP_ERR__FATAL, why);
  if (const auto why = failure()) throw Error(*why);
  return std::exchange(reports_, {});
}

std::vector<Producer::Report> Producer::serve(int ms) {
  rd_kafka_poll(client_.get(), ms);
  return reported();
}

std::vector<Producer::Report> Producer::hasten(int ms) {
  rd_kafka_flush(client_.get(), ms);
  return reported();
}
