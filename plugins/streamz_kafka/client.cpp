// SPDX-License-Identifier: Apache-2.0
#include "client.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <streamz/text.h>

using streamz::Error;

namespace {

// Libraries that are loaded and commands that are run.
constexpr std::string_view runs_code[] = {"plugin.library.paths", "sasl.kerberos.kinit.cmd", "ssl.engine.location",
                                          "ssl.providers"};
constexpr int glance_ms = 300;
constexpr std::chrono::milliseconds patience{8000};
constexpr std::chrono::minutes tell_every{1};

void set(rd_kafka_conf_t* configuration, const std::string& key, const std::string& value) {
  char why[512];
  if (rd_kafka_conf_set(configuration, key.c_str(), value.c_str(), why, sizeof why) == RD_KAFKA_CONF_OK) return;
  throw Error(why);  // of a value it says what is allowed, and does not repeat what is secret
}

std::pair<std::string, std::string> parted(const std::string& line, const std::string& where) {
  const std::size_t sign = line.find('=');
  if (sign == line.npos || sign == 0) throw Error(where + " is not KEY=VALUE");
  return {std::string(streamz::text::trimmed(line.substr(0, sign))),
          std::string(streamz::text::trimmed(line.substr(sign + 1)))};
}

// An element of a list ends at a comma, and a value can hold some: "debug=cgrp,topic".
std::vector<std::string> whole(const std::vector<std::string>& elements) {
  std::vector<std::string> found;
  for (const std::string& element : elements) {
    if (element.find('=') != element.npos || found.empty()) {
      found.push_back(element);
    } else {
      found.back() += "," + element;
    }
  }
  return found;
}

}  // namespace

std::string words_of(rd_kafka_resp_err_t error) { return rd_kafka_err2str(error); }

std::string name_of(const char* topic, std::int32_t partition) {
  return std::string(topic) + "[" + std::to_string(partition) + "]";
}

std::string property(const rd_kafka_conf_t* configuration, const char* key) {
  char value[1024] = "";
  std::size_t size = sizeof value;
  return rd_kafka_conf_get(configuration, key, value, &size) == RD_KAFKA_CONF_OK ? value : "";
}

Configuration KafkaClient::configuration(Settings defaults, Settings own) const { return configured({defaults}, own); }

Configuration KafkaClient::producer_configuration(Settings defaults, Settings own) const {
  static const Settings all = {{"queue.buffering.max.kbytes", "65536"},
                               {"linger.ms", "5"},
                               {"partitioner", "murmur2_random"},
                               {"socket.nagle.disable", "true"}};
  return configured({all, defaults}, own);
}

Configuration KafkaClient::configured(const std::vector<Settings>& defaults, Settings own) const {
  Configuration made(rd_kafka_conf_new());
  const char* const usual = std::getenv("KAFKA_BROKERS");
  const std::string at = !brokers.empty() || usual == nullptr ? brokers : usual;
  for (const Settings& some : defaults) {
    for (const auto& [key, value] : some) set(made.get(), key, value);
  }
  const auto set_checked = [&](const std::pair<std::string, std::string>& one) {
    for (const auto& [key, value] : own) {
      if (one.first == key && one.second != value) throw Error("`" + one.first + "` has to be " + value + " here");
    }
    if (!unsafe_conf && std::find(std::begin(runs_code), std::end(runs_code), one.first) != std::end(runs_code))
      throw Error("`" + one.first + "` can make it run code", "unsafe_conf=true allows that");
    set(made.get(), one.first, one.second);
  };
  if (conf_file) {
    std::ifstream file(conf_file->name);
    if (!file) throw Error("cannot read " + conf_file->name);
    long number = 0;
    for (std::string line; std::getline(file, line);) {
      ++number;
      const std::string_view text = streamz::text::trimmed(line);
      if (text.empty() || text.front() == '#') continue;
      const std::string where = conf_file->name + ":" + std::to_string(number);
      const auto one = parted(std::string(text), where);
      try {
        set_checked(one);
      } catch (const Error& error) {
        throw Error(where + ": " + error.what(), error.hint);
      }
    }
  }
  for (const std::string& line : whole(conf)) set_checked(parted(line, "a part of conf="));
  for (const auto& [key, value] : own) set(made.get(), key, value);
  if (!at.empty()) set(made.get(), "bootstrap.servers", at);
  if (property(made.get(), "bootstrap.servers").empty())
    throw Error("it has no brokers", "brokers=HOST:PORT, or $KAFKA_BROKERS");
  return made;
}

// ---- Health

void Health::listen(rd_kafka_conf_t* configuration) {
  rd_kafka_conf_set_opaque(configuration, this);
  rd_kafka_conf_set_error_cb(configuration, error);
  if (property(configuration, "debug").empty()) rd_kafka_conf_set_log_cb(configuration, log);
}

// Errors come by error(); what else it says is for those who ask with debug=.
void Health::log(const rd_kafka_t* /*client*/, int /*level*/, const char* /*facility*/, const char* /*text*/) {}

void Health::error(rd_kafka_t* client, int code, const char* reason, void* self) {
  static_cast<Health*>(self)->heard(client, static_cast<rd_kafka_resp_err_t>(code), reason);
}

void Health::heard(rd_kafka_t* client, rd_kafka_resp_err_t code, const char* reason) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (code == RD_KAFKA_RESP_ERR__FATAL) {
    char why[512];
    const rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(client, why, sizeof why);
    const bool fenced = fatal == RD_KAFKA_RESP_ERR__FENCED || fatal == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
    if (fenced) {
      failure_ = Error(
          "another one writes with the same transactional id by now, or the brokers did not hear of this "
          "one for too long: what was not committed is as if it had never been written",
          "instance= tells those apart that run at the same time");
    } else {
      failure_ = Error(std::string(why));
    }
    return;
  }
  if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL) {
    failure_ = Error(std::string("the broker refuses: ") + reason);
    return;
  }
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    const auto now = std::chrono::steady_clock::now();  // said with each attempt, of which there are many
    if (told_ != std::chrono::steady_clock::time_point{} && now < told_ + tell_every) return;
    told_ = now;
    news_ = "no broker answers (" + (last_.empty() ? std::string(reason) : last_) + "): trying again";
    return;
  }
  last_ = reason;
}

std::optional<Error> Health::failure() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(failure_, std::nullopt);
}

std::optional<std::string> Health::news() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(news_, std::nullopt);
}

std::string Health::last() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return last_;
}

void Health::require_answer(rd_kafka_t* client) {
  const auto until = std::chrono::steady_clock::now() + patience;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR__TIMED_OUT;
  while (error != RD_KAFKA_RESP_ERR_NO_ERROR && std::chrono::steady_clock::now() < until) {
    const rd_kafka_metadata_t* found = nullptr;
    error = rd_kafka_metadata(client, 0, nullptr, &found, glance_ms);
    if (found != nullptr) rd_kafka_metadata_destroy(found);
    rd_kafka_poll(client, 0);  // what error() has to say
    if (const auto why = failure()) throw Error(*why);
  }
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const std::string why = last();
  throw Error("no broker answers at " + property(rd_kafka_conf(client), "bootstrap.servers") + ": " +
                  (why.empty() ? words_of(error) : why),
              "brokers=HOST:PORT of one that runs");
}
