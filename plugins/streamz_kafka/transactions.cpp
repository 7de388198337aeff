// SPDX-License-Identifier: Apache-2.0
#include "transactions.h"

#include <chrono>

using streamz::Error;

namespace {

constexpr int step_ms = 10000;
constexpr std::chrono::seconds patience{60};  // with brokers that are away, in the middle of a commit

std::weak_ptr<Transactions>& of_this_process() {
  static std::weak_ptr<Transactions> one;
  return one;
}

}  // namespace

std::shared_ptr<Transactions> Transactions::open(Configuration configuration) {
  if (of_this_process().lock() != nullptr) throw Error("only one source can write in transactions");
  auto made = std::make_shared<Transactions>();
  made->producer_.start(std::move(configuration));
  const auto deadline = std::chrono::steady_clock::now() + patience;
  // Whoever had this id before is fenced off, and what it left open is aborted.
  while (rd_kafka_error_t* const error = rd_kafka_init_transactions(made->producer_.handle(), step_ms)) {
    const bool again = rd_kafka_error_is_retriable(error) != 0 && std::chrono::steady_clock::now() < deadline;
    const std::string why = rd_kafka_error_string(error);
    rd_kafka_error_destroy(error);
    if (!again) throw Error("cannot begin with transactions: " + why);
  }
  of_this_process() = made;
  return made;
}

std::shared_ptr<Transactions> Transactions::current() { return of_this_process().lock(); }

Transactions::~Transactions() {
  try {
    if (begun_) abort();
  } catch (const Error&) {  // the broker aborts it in its time
  }
}

void Transactions::begin() {
  rd_kafka_error_t* const error = rd_kafka_begin_transaction(producer_.handle());
  if (error != nullptr) {
    const std::string why = rd_kafka_error_string(error);
    rd_kafka_error_destroy(error);
    producer_.serve(0);  // throws where it knows better
    throw Error("cannot begin a transaction: " + why);
  }
  begun_ = true;
}

// True: `error` is none. False: to be aborted. Frees it.
bool Transactions::go_on(rd_kafka_error_t* error, const char* doing) {
  if (error == nullptr) return true;
  const std::unique_ptr<rd_kafka_error_t, Destroy<rd_kafka_error_destroy>> freed(error);
  why_ = std::string("cannot ") + doing + ": " + rd_kafka_error_string(error);
  if (rd_kafka_error_txn_requires_abort(error) != 0) return false;
  producer_.serve(0);  // throws where it knows better
  throw Error(why_, "it is as if what was not committed had never been written: the same command goes on from there");
}

bool Transactions::commit(rd_kafka_t* consumer, const rd_kafka_topic_partition_list_t& positions) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const auto repeat = [&](auto call) {
    while (true) {
      rd_kafka_error_t* const error = call();
      if (error == nullptr || rd_kafka_error_is_retriable(error) == 0 || std::chrono::steady_clock::now() > deadline)
        return error;
      rd_kafka_error_destroy(error);
    }
  };
  if (positions.cnt > 0) {
    rd_kafka_consumer_group_metadata_t* const group = rd_kafka_consumer_group_metadata(consumer);
    rd_kafka_error_t* const error =
        repeat([&] { return rd_kafka_send_offsets_to_transaction(producer_.handle(), &positions, group, step_ms); });
    rd_kafka_consumer_group_metadata_destroy(group);
    if (!go_on(error, "add the offsets to the transaction")) return abort(), false;
  }
  rd_kafka_error_t* const error = repeat([&] { return rd_kafka_commit_transaction(producer_.handle(), step_ms); });
  if (!go_on(error, "commit the transaction")) {
    const rd_kafka_resp_err_t failed = producer_.take_failure();
    if (failed != RD_KAFKA_RESP_ERR_NO_ERROR) why_ = words_of(failed);
    return abort(), false;
  }
  begun_ = false;
  return true;
}

void Transactions::abort() {
  begun_ = false;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (rd_kafka_error_t* const error = rd_kafka_abort_transaction(producer_.handle(), step_ms)) {
    const bool again = rd_kafka_error_is_retriable(error) != 0 && std::chrono::steady_clock::now() < deadline;
    const std::string why = rd_kafka_error_string(error);
    rd_kafka_error_destroy(error);
    if (again) continue;
    producer_.serve(0);  // throws where it knows better
    throw Error("cannot abort a transaction: " + why);
  }
  producer_.take_failure();
}
