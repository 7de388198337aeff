// SPDX-License-Identifier: Apache-2.0
#include "acks.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <set>

#include <fmt/format.h>

namespace streamz {

namespace {

constexpr std::size_t kPadding = 64;  // simdjson reads beyond the end

void free_block(detail::Chunk* chunk) {
  auto* const block = static_cast<Block*>(chunk);
  if (block->tokens != nullptr) block->tokens->release();
  block->~Block();
  std::free(block);
}

}  // namespace

Block* Block::make(std::size_t capacity) {
  void* const memory = std::malloc(sizeof(Block) + capacity + kPadding);
  if (memory == nullptr) throw std::bad_alloc();
  Block* const block = new (memory) Block;
  block->release = free_block;
  block->capacity = capacity;
  block->renew();
  // Sanitizers and simdjson both want the readable bytes behind the text to be defined.
  std::memset(block->text() + capacity, 0, kPadding);
  return block;
}

// Each thread counts from a start of its own, so that none waits for another.
void Block::renew() {
  static std::atomic<std::uint64_t> threads{0};
  static thread_local std::uint64_t last = threads.fetch_add(1, std::memory_order_relaxed) << 40;
  serial = ++last;
  lines = 0;
  packed.clear();
  part.reset();
}

Place place_of(const Record& x) {
  if (x.chunk() == nullptr) return {};
  const auto* const block = static_cast<const Block*>(x.chunk());
  Place place = block->place;
  if (!block->packed.empty()) {
    const auto begin = static_cast<std::uint32_t>(x.raw().data() - block->text());
    const auto found = std::lower_bound(block->packed.begin(), block->packed.end(), begin,
                                        [](const Packed& one, std::uint32_t at) { return one.begin < at; });
    if (found != block->packed.end()) return {place.input, found->line, found->byte};
  }
  if (place.input == nullptr) return place;
  if (place.line != 0) place.line += x.line();
  place.byte += static_cast<std::uint64_t>(x.raw().data() - block->text());
  return place;
}

std::string to_string(const Place& place, std::uint64_t column) {
  if (place.input == nullptr) return {};
  if (place.line == 0) return fmt::format("{} (offset {})", *place.input, place.byte);
  return fmt::format("{}:{}:{} (byte {})", *place.input, place.line, column, place.byte);
}

const std::string* intern(std::string_view name) {
  static std::mutex mutex;
  static std::set<std::string, std::less<>> names;
  const std::lock_guard<std::mutex> lock(mutex);
  const auto found = names.find(name);
  return found != names.end() ? &*found : &*names.emplace(name).first;
}

void Token::release() {
  if (holders_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  SlotState* const slot = slot_;
  if ((state_.fetch_or(kDone, std::memory_order_acq_rel) & kAbandoned) != 0) {
    delete this;
  } else {
    slot->notify();
  }
}

void Token::abandon() {
  if ((state_.fetch_or(kAbandoned, std::memory_order_acq_rel) & kDone) != 0) delete this;
}

SlotState::~SlotState() { revoke(); }

Token* SlotState::announce(std::int64_t next) {
  batches_.push_back(new Token(this, next));
  return batches_.back();
}

bool SlotState::advance() {
  bool moved = false;
  while (!batches_.empty() && batches_.front()->done()) {
    frontier_ = batches_.front()->next();
    delete batches_.front();
    batches_.pop_front();
    moved = true;
  }
  return moved;
}

void SlotState::revoke() {
  for (Token* const token : batches_) token->abandon();
  batches_.clear();
}

namespace detail {

Tokens* Tokens::of(Token* token) {
  auto* const tokens = new Tokens;
  tokens->append(token);
  return tokens;
}

void Tokens::append(Token* token) {
  if (!tokens_.empty() && tokens_.back() == token) return;
  if (tokens_.size() >= compact_at_) {
    std::sort(tokens_.begin(), tokens_.end());
    std::vector<Token*> distinct;
    for (Token* const held : tokens_) {
      if (distinct.empty() || distinct.back() != held) {
        distinct.push_back(held);
      } else {
        held->release();  // never the last hold: the one in `distinct` remains
      }
    }
    tokens_.swap(distinct);
    compact_at_ = std::max<std::size_t>(64, 2 * tokens_.size());
  }
  token->hold();
  tokens_.push_back(token);
}

void Tokens::release() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  for (Token* const token : tokens_) token->release();
  delete this;
}

void Tokens::merge(Tokens*& into, Tokens* more) {
  if (more == nullptr || into == more) return;
  if (into == nullptr) {
    into = more->retain();
    return;
  }
  if (into->references_.load(std::memory_order_acquire) != 1) {
    auto* const own = new Tokens;
    for (Token* const token : into->tokens_) own->append(token);
    into->release();
    into = own;
  }
  for (Token* const token : more->tokens_) into->append(token);
}

}  // namespace detail

}  // namespace streamz
