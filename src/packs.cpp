// SPDX-License-Identifier: Apache-2.0
#include "packs.h"

#include <algorithm>
#include <cstring>

#include "parallel.h"
#include "running.h"

namespace streamz {

namespace {

constexpr std::size_t kPack = 512 << 10;   // bytes: what is put together; one that is longer is a pack of its own
constexpr std::size_t kLook = 64 << 10;    // ... of which so many come slowly when it takes
constexpr std::size_t kLargest = 1 << 20;  // ... a block that comes back, at most
constexpr Duration kSlow = std::chrono::milliseconds(2);
constexpr std::size_t kMostKept = 16;  // blocks

}  // namespace

BlockPool::~BlockPool() {
  for (Block* const block : blocks_) detail::release(block);
}

Block* BlockPool::take(std::size_t capacity) {
  const auto found = std::find_if(blocks_.begin(), blocks_.end(),
                                  [&](const Block* block) { return block->alone() && block->capacity >= capacity; });
  if (found != blocks_.end()) {
    (*found)->renew();
    detail::retain(*found);
    return *found;
  }
  Block* const made = Block::make(capacity);
  if (blocks_.size() < kMostKept && capacity <= kLargest) {
    detail::retain(made);
    blocks_.push_back(made);
  }
  return made;
}

void Unpacker::start() { lines_.reset(lines_open(node(), "", "jsonl")); }

void Unpacker::update(const Record& x) {
  if (lines_in(x) == 0) {
    emit(x);
    --node()->records_out;  // the source has counted it
    return;
  }
  Node& self = *node();
  const bool lists = collects && !static_cast<const Block*>(x.chunk())->strings;
  const std::size_t listed = lines_unpack(lines_.get(), x, lists);
  if (listed > 0) {
    self.records_out += listed - 1;  // emit() counts one
    emit(x);
  }
  self.run->brought_in(self.records_out - std::exchange(told_, self.records_out));
}

void Packer::start() {
  lists_ = std::any_of(readers.begin(), readers.end(), [](const Node* reader) { return !reader->takes_packs; });
}

void Packer::update(const Record& x) {
  if (!is_turn_mark(x) && lines_in(x) == 0) return add(x);
  give();
  emit(x);  // a mark, or a part
}

void Packer::add(const Record& x) {
  const std::string_view text = x.raw();
  const Place place = lists_ ? place_of(x) : Place();
  const bool full = block_ != nullptr && size_ + text.size() + 1 > block_->capacity;
  if (full || (block_ != nullptr && block_->place.input != place.input)) give();
  if (block_ == nullptr) {
    begun_ = now();
    const std::size_t capacity = std::max(kPack, text.size() + 1);
    block_ = node()->run->acknowledging() ? Block::make(capacity) : pool_.take(capacity);
    block_->place.input = place.input;
  }
  if (lists_) {
    block_->packed.push_back(
        {static_cast<std::uint32_t>(size_), static_cast<std::uint32_t>(text.size()), place.line, place.byte});
  }
  std::memcpy(block_->text() + size_, text.data(), text.size());
  size_ += text.size() + 1;
  block_->text()[size_ - 1] = '\n';
  ++block_->lines;
  add_tokens(*block_, x);
  if (size_ / kLook != (size_ - text.size() - 1) / kLook && now() - begun_ > kSlow) give();
}

void Packer::give() {
  if (block_ == nullptr) return;
  const Record pack({block_->text(), size_}, block_);
  detail::release(std::exchange(block_, nullptr));  // the record holds it now
  size_ = 0;
  emit(pack);
}

}  // namespace streamz
