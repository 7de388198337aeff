// SPDX-License-Identifier: Apache-2.0
// How far a from_kafka (from_kafka.h) has come, and who is told: the group, a transaction or a checkpoint.
// Tested by tests/e2e/kafka_kill.sh, tests/e2e/kafka_kill_exact.sh and tests/e2e/kafka_group.sh.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <streamz/text.h>

#include "from_kafka.h"

using namespace streamz;
using std::chrono::milliseconds;

namespace {

constexpr std::int64_t most_uncommitted = 10000;  // records; and a second, by auto.commit.interval.ms
constexpr Duration glance = milliseconds(1);      // between two looks whether all is done with
constexpr int most_aborted = 5;                   // in a row

}  // namespace

// ---- checkpoints

void FromKafkaSource::require_own_partitions() const {
  if (group.empty() || !partitions.empty()) return;
  throw Error("with --checkpoint the group cannot give partitions away: what is held of them is here",
              "partitions=0,1,… gives each process its own");
}

// The first one comes before run(): what the next one commits has to stand somewhere.
void FromKafkaSource::checkpoint() {
  require_own_partitions();
  if (!exactly_once || consumer_->started()) return;
  start_consumer();
  resume_.merge(consumer_->beginnings());
}

Consumer::Positions FromKafkaSource::positions() const {
  Consumer::Positions all = resume_;
  for (const Place& place : places_) all[{place.part.topic, place.part.number}] = place.position;
  return all;
}

void FromKafkaSource::save(State& state) const {
  for (const auto& [partition, offset] : positions()) {
    state.add("position", "[" + text::quoted(partition.first) + "," + std::to_string(partition.second) + "," +
                              std::to_string(offset) + "]");
  }
}

void FromKafkaSource::restore(const State& state) {
  state.each("position", [this](std::string_view row) {
    const std::string topic = text::decoded(text::element(row, 0).value_or("\"\""));
    resume_[{topic, State::number_at<std::int32_t>(row, 1)}] = State::number_at<std::int64_t>(row, 2);
  });
}

// With checkpoints a transaction is what comes between two of them. The number of the last one that is committed stands
// beside the offsets: when the process dies behind the disk and before the commit, the checkpoint before it counts.
std::int64_t FromKafkaSource::committed_checkpoint() {
  require_own_partitions();
  open_transactions("60000");  // which ends what an earlier run has left open
  with_checkpoints_ = true;
  Consumer::Committed committed = Consumer::committed(consumer_configuration(), topics, partitions);
  resume_ = std::move(committed.positions);
  transactions_->begin();
  return std::atoll(committed.metadata.c_str());  // 0: somebody else's, or none
}

void FromKafkaSource::commit_checkpoint(std::int64_t number) {
  const std::string text = std::to_string(number);
  const Consumer::Positions all = positions();
  const Partitions list = list_of(static_cast<int>(all.size()));
  for (const auto& [partition, offset] : all) {
    rd_kafka_topic_partition_t* const one =
        rd_kafka_topic_partition_list_add(list.get(), partition.first.c_str(), partition.second);
    one->offset = offset;
    one->metadata = ::strdup(text.c_str());  // the list's
    one->metadata_size = text.size();
  }
  const GroupMetadata nobody(rd_kafka_consumer_group_metadata_new(group.c_str()));  // it has given us no partitions
  if (!transactions_->commit(*nobody, *list))
    throw Error("the transaction of a checkpoint failed: " + transactions_->why(),
                "the same command goes on from the checkpoint before");
  transactions_->begin();
}

// ---- acknowledgements and commits

void FromKafkaSource::acked(Slot slot, std::int64_t next) {
  Place& place = places_[slot];
  const std::int64_t before = std::exchange(place.acknowledged, std::min(next, place.announced));
  if (transactions_ != nullptr) return;
  consumer_->store(place.part, place.acknowledged);
  if (before >= 0) uncommitted_ += place.acknowledged - before;
  // The library's own timer knows when cooperative members must not: see Consumer::await_rest().
  if (uncommitted_ < most_uncommitted || rebalance == Rebalance::cooperative) return;
  uncommitted_ = 0;
  consumer_->try_commit();
}

// Partitions go to somebody else: what is on its way is waited for while they are still ours.
bool FromKafkaSource::drained(const Consumer::Event& event) {
  const auto is_ours = [&] {
    return std::all_of(event.parts.begin(), event.parts.end(),
                       [&](const auto& part) { return consumer_->holds(part); });
  };
  const auto is_here = [&](const Place& place) {
    return std::any_of(event.parts.begin(), event.parts.end(),
                       [&](const auto& part) { return part.name() == place.part.name(); });
  };
  const auto waits = [&] {
    return std::any_of(places_.begin(), places_.end(), [&](const Place& place) {
      return (transactions_ != nullptr || is_here(place)) && place.announced != place.acknowledged;
    });
  };
  while (waits() && is_ours()) {
    // It ends meanwhile: they stay ours, with what is still to be acknowledged, until finish() has committed.
    if (!wait_until(now() + glance)) return false;
  }
  if (transactions_ != nullptr && transactions_->begun()) {
    if (waits() || !is_ours()) {
      transactions_->abort();  // it holds records that are somebody else's to write by now
      begin_anew();
    } else if (!commit_transaction()) {
      return false;
    }
  }
  for (Slot slot = 0; slot < places_.size(); ++slot) {
    if (!is_here(places_[slot])) continue;
    revoke(slot);
    places_[slot].acknowledged = places_[slot].announced;
  }
  consumer_->answer(event);
  return true;
}

// No record is on its way any more. False: the run stops first.
bool FromKafkaSource::settle() {
  while (std::any_of(places_.begin(), places_.end(),
                     [](const Place& place) { return place.announced != place.acknowledged; })) {
    if (!wait_until(now() + glance)) return false;
  }
  return true;
}

// False: the run stops; what is in the transaction is committed at its end.
bool FromKafkaSource::commit_transaction() {
  if (!settle()) return false;
  if (commit_positions()) {
    aborted_ = 0;
    return true;
  }
  if (++aborted_ > most_aborted)
    throw Error("a transaction failed " + std::to_string(aborted_) + " times: " + transactions_->why());
  log("a transaction is done once more: " + transactions_->why());
  begin_anew();
  return true;
}

bool FromKafkaSource::commit_positions() {
  in_transaction_ = 0;
  const Partitions positions = list_of(static_cast<int>(places_.size()));
  for (const Place& place : places_) {
    if (place.announced < 0 || !consumer_->holds(place.part)) continue;
    rd_kafka_topic_partition_list_add(positions.get(), place.part.topic.c_str(), place.part.number)->offset =
        place.announced;
  }
  const GroupMetadata member(rd_kafka_consumer_group_metadata(consumer_->handle()));
  return transactions_->commit(*member, *positions);
}

void FromKafkaSource::begin_anew() {
  in_transaction_ = 0;
  consumer_->rewind();
  for (Slot slot = 0; slot < places_.size(); ++slot) revoke(slot);
  for (Place& place : places_) place.announced = place.acknowledged = -1;
}

void FromKafkaSource::finish() {
  consumer_->await_rest();
  if (transactions_ == nullptr) {
    consumer_->commit();
  } else if (ends_transactions() && transactions_->begun() && !commit_positions()) {
    throw Error("the last transaction failed: " + transactions_->why(), "the same command goes on where it began");
  }
  consumer_->close(leave_within);  // so that others take over at once
}
