// SPDX-License-Identifier: Apache-2.0
// What a strand (strand.h) does with a record that failed: another try, a dead letter, nothing, or the end.
// Tested by tests/e2e/on_error.sh.
#include <algorithm>
#include <cstring>

#include "running.h"
#include "thrown.h"

namespace streamz {

namespace {

// 100 ms after the first try, twice as long after each one more, at most 10 s.
Duration wait_after(unsigned tries) {
  constexpr Duration kFirst = std::chrono::milliseconds(100), kLongest = std::chrono::seconds(10);
  return std::min(Duration(kFirst.count() << std::min(tries - 1, 10U)), kLongest);
}

}  // namespace

// Called in a handler: what a stage threw becomes a record error, or for a sink the end of the run.
void Strand::update_failed(Edge& edge, const Record& x) {
  Node& node = *edge.to;
  Error error = thrown_error();
  if (try_again(edge, x, error)) return;
  const bool fatal = node.kind() == Kind::sink ? error.code != kRecordError : error.code == kMemoryError;
  if (fatal) {
    run_.fail(node, error);
  } else {
    record_failed(node, x, error.what(), error.hint);
  }
}

// What a writer threw was tried again there.
bool Strand::try_again(Edge& edge, const Record& x, Error& error) {
  const bool in_vain = error.code == kWriteError || error.code == kMemoryError;
  const unsigned retries = in_vain ? 0 : policy_of(*edge.to).retries;
  for (unsigned attempt = 0; attempt < retries && rest(attempt); ++attempt) {
    detail::Access::port(*edge.to->object) = edge.to_port;
    try {
      edge.to->object->update(x);
      return true;
    } catch (...) {
      error = thrown_error();
    }
  }
  return false;
}

bool Strand::retry(Node& node, unsigned tries) {
  node.retries_late = true;
  if (tries > policy_of(node).retries || run_.failed()) return false;
  schedule(node, run_.clock().now() + wait_after(tries), true);
  return true;
}

bool Strand::rest(unsigned attempt) {
  if (run_.at_rest()) return false;  // this is not the strand's own thread
  hand_over();
  const Time until = run_.clock().now() + wait_after(attempt + 1);
  while (!run_.failed() && run_.clock().now() < until) {
    std::vector<pollfd> fds(1);
    room_.wait(seat_, WaitingRoom::For::retry, until, fds, false, [&] { return !run_.failed(); });
  }
  return !run_.failed();
}

OnError Strand::policy_of(const Node& node) const {
  if (node.on_error) return *node.on_error;
  return node.has_readers(node.errors_port()) ? OnError::dead : run_.options().on_error;
}

void Strand::record_failed(Node& node, const Record& x, const std::string& reason, const std::string& hint) {
  detail::Tokens* const tokens = x.chunk() == nullptr ? nullptr : x.chunk()->tokens;
  failed_record(node, kRecordError, hint, {x.raw(), true, node.label, reason, place_of(x), tokens}, 1);
}

void Strand::input_failed(Node& node, std::string_view text, const std::string& what, const Place& place,
                          std::uint64_t column) {
  failed_record(node, "R0302", {}, {text, false, node.label, what, place, batch_tokens_}, column);
}

// To the readers of port `errors`, or into the file of --dead-letter.
void Strand::bury(Node& node, const FailedRecord& failed) {
  if (!node.has_readers(node.errors_port())) return run_.write_dead_letter(node, failed);
  const std::string text = to_json(failed);
  Block* const block = Block::make(text.size());
  std::memcpy(block->text(), text.data(), text.size());
  block->place = failed.place;
  if (failed.tokens != nullptr) block->tokens = failed.tokens->retain();
  const Record letter({block->text(), text.size()}, block);
  detail::release(block);  // the record holds it now
  emit(node, letter, node.errors_port());
}

// Applies the policy of the stage, or the run's.
void Strand::failed_record(Node& node, const char* code, const std::string& hint, const FailedRecord& failed,
                           std::uint64_t column) {
  ++node.failed;
  const OnError policy = policy_of(node);
  if (policy.then != OnError::fail && run_.count_left_out(policy.then)) {
    if (policy.then == OnError::skip) return;
    return bury(node, failed);
  }
  Diagnostic what;
  what.code = code;
  what.message = node.label + ": " + failed.reason;
  what.span = run_.span_of(node);
  const std::string place = to_string(failed.place, column);
  what.note("record", (place.empty() ? "" : place + ": ") + printable(failed.text, 60));
  if (policy.then != OnError::fail) {
    what.note("note", "more records failed than --max-errors allows");
  } else {
    what.note("help", hint.empty() ? "--on-error=skip leaves such records out" : hint);
  }
  constexpr int kStatus = 5;
  if (node.lane == nullptr) return run_.fail(what, kStatus);
  if (!node.lane->failed) *node.lane = {true, std::move(what), kStatus};
  done(node);
}

}  // namespace streamz
