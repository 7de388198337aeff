// SPDX-License-Identifier: Apache-2.0
// Blocks of text and acknowledgement. Goes in: batches that a source announces, blocks that records
// share. Goes out: for each slot a contiguous frontier: a position is acknowledged when everything
// before it is done, and never past something that is not.
//
// A batch has one Token. It is held by the source while it emits, by every block whose text comes from
// the batch, and by Acks. When the last holder lets go the batch is done. So a record that is dropped,
// written or forgotten acknowledges itself, and one that somebody keeps does not.
//
// Tested by tests/acks_test.cpp.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "streamz/stage.h"

namespace streamz {

// Where a text stands in the input it came from. Lines count from 1, bytes from 0. Line 0: it has none, and `byte` is
// an offset as the source counts.
struct Place {
  const std::string* input = nullptr;  // "app.jsonl"; null: made here, from nothing that was read
  std::uint64_t line = 0;
  std::uint64_t byte = 0;
};

// One of the records that a block was packed with (packs.h), and where it is from.
struct Packed {
  std::uint32_t begin = 0, size = 0;  // in the block's text
  std::uint64_t line = 0, byte = 0;   // of its place
};

// A chunk with its text and the place of its first byte. `room()` bytes, and 64 readable ones behind.
struct Block : detail::Chunk {
  Place place;
  std::size_t capacity = 0;
  // Of the contents, for what is remembered about them: addresses recur. Never 0, never the same again.
  std::uint64_t serial = 0;
  std::uint32_t lines = 0;     // not 0: a record of it is so many records, each on a line of its own (packs.h)
  bool strings = false;        // ... which was read and stands for a string
  std::vector<Packed> packed;  // those that were looked at, in order; where somebody wants them one by one
  std::unique_ptr<Combines::Part> part;  // what was made of them, instead of a text (parts.h)

  char* text() { return reinterpret_cast<char*>(this + 1); }
  const char* text() const { return reinterpret_cast<const char*>(this + 1); }
  bool alone() const { return references.load(std::memory_order_acquire) == 1; }

  static Block* make(std::size_t capacity);
  void renew();  // other text is about to stand here
};

Place place_of(const Record& x);
// "app.jsonl:1207:1 (byte 88121)", or "" when unknown.
std::string to_string(const Place& place, std::uint64_t column = 1);
// The same text for the life of the process: what Place::input points to.
const std::string* intern(std::string_view name);

class SlotState;

// One batch of one slot.
class Token {
 public:
  Token(SlotState* slot, std::int64_t next) : slot_(slot), next_(next) {}
  void hold() { holders_.fetch_add(1, std::memory_order_relaxed); }
  void release();
  // The source forgets this batch (revoked, or the run is over): nothing comes of it any more.
  void abandon();
  bool done() const { return (state_.load(std::memory_order_acquire) & kDone) != 0; }
  std::int64_t next() const { return next_; }
  SlotState* slot() const { return slot_; }

 private:
  static constexpr unsigned kDone = 1, kAbandoned = 2;
  SlotState* slot_;
  std::int64_t next_;
  std::atomic<std::int64_t> holders_{1};
  std::atomic<unsigned> state_{0};
};

// Called when a batch of the source got done; from any thread.
using Notify = std::function<void()>;

// The batches of one slot in the order they were announced. The source's thread only, but for Token.
class SlotState {
 public:
  SlotState(std::string name, const Notify& notify) : name_(std::move(name)), notify_(notify) {}
  ~SlotState();
  SlotState(const SlotState&) = delete;

  Token* announce(std::int64_t next);
  // Moves the frontier over what is done; true when it moved, then `frontier()` is the new one.
  bool advance();
  std::int64_t frontier() const { return frontier_; }
  void revoke();
  const std::string& name() const { return name_; }
  void notify() const { notify_(); }

 private:
  std::string name_;
  const Notify& notify_;
  std::deque<Token*> batches_;
  std::int64_t frontier_ = 0;
};

namespace detail {

// A set of tokens, shared by reference. A set that is shared is never changed.
class Tokens {
 public:
  static Tokens* of(Token* token);  // one reference, holds the token
  Tokens* retain() {
    references_.fetch_add(1, std::memory_order_relaxed);
    return this;
  }
  void release();
  const std::vector<Token*>& all() const { return tokens_; }

  // `into` becomes the union of itself and `more` (null: the empty set).
  static void merge(Tokens*& into, Tokens* more);

 private:
  Tokens() = default;
  ~Tokens() = default;
  void append(Token* token);
  std::atomic<std::uint32_t> references_{1};
  std::vector<Token*> tokens_;
  std::size_t compact_at_ = 64;  // duplicates are taken out when this many are held
};

}  // namespace detail

}  // namespace streamz
