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

// Again while it is only a matter of time.
template <class Call>
Failure patiently(Call call) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  Failure failure(call());
  while (failure != nullptr && rd_kafka_error_is_retriable(failure.get()) != 0 &&
         std::chrono::steady_clock::now() < deadline) {
    failure.reset(call());
  }
  return failure;
}

}  // namespace

std::shared_ptr<Transactions> Transactions::open(Configuration configuration) {
  if (of_this_process().lock() != nullptr) throw Error("only one source can write in transactions");
  auto made = std::make_shared<Transactions>();
  made->producer_.start(std::move(configuration));
  // Whoever had this id before is fenced off, and what it left open is aborted.
  const Failure failure = patiently([&] { return rd_kafka_init_transactions(made->producer_.handle(), step_ms); });
  if (failure != nullptr)
    throw Error("cannot begin with transactions: " + std::string(rd_kafka_error_string(failure.get())));
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

// Throws what `failure` says, if anything, or what is behind it.
void Transactions::require(const Failure& failure, const char* doing, const char* hint) {
  if (failure == nullptr) return;
  producer_.serve(0);  // throws where it knows better
  throw Error("cannot " + std::string(doing) + ": " + rd_kafka_error_string(failure.get()), hint);
}

void Transactions::begin() {
  require(Failure(rd_kafka_begin_transaction(producer_.handle())), "begin a transaction");
  begun_ = true;
  incomplete_ = false;
}

rd_kafka_resp_err_t Transactions::produce(const Producer::Outgoing& message) {
  const rd_kafka_resp_err_t error = producer_.produce(message);
  // A broker can refuse something while records still come: the transaction has failed, and takes none of them.
  if (error != RD_KAFKA_RESP_ERR__STATE) return error;
  incomplete_ = true;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

// True: there is none. False: the transaction was aborted.
bool Transactions::passes(const Failure& failure, const char* doing) {
  if (failure == nullptr) return true;
  if (rd_kafka_error_txn_requires_abort(failure.get()) == 0) {
    require(failure, doing,
            "it is as if what was not committed had never been written: the same command goes on from there");
  }
  const rd_kafka_resp_err_t failed = producer_.take_failure();  // of a message, which says more
  why_ = "cannot " + std::string(doing) + ": " +
         (failed == RD_KAFKA_RESP_ERR_NO_ERROR ? rd_kafka_error_string(failure.get()) : words_of(failed));
  abort();
  return false;
}

bool Transactions::commit(const rd_kafka_consumer_group_metadata_t& group,
                          const rd_kafka_topic_partition_list_t& positions) {
  if (positions.cnt > 0) {
    const Failure failure = patiently(
        [&] { return rd_kafka_send_offsets_to_transaction(producer_.handle(), &positions, &group, step_ms); });
    if (!passes(failure, "add the offsets to the transaction")) return false;
  }
  if (incomplete_) {
    why_ = "it failed before all was written";
    abort();
    return false;
  }
  if (!passes(patiently([&] { return rd_kafka_commit_transaction(producer_.handle(), step_ms); }),
              "commit the transaction")) {
    return false;
  }
  begun_ = false;
  return true;
}

void Transactions::abort() {
  begun_ = false;
  require(patiently([&] { return rd_kafka_abort_transaction(producer_.handle(), step_ms); }), "abort a transaction");
  producer_.take_failure();
}
