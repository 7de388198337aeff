// SPDX-License-Identifier: Apache-2.0
#include "parts.h"

#include "parallel.h"

namespace streamz {

namespace {

constexpr std::size_t kMostHeld = 64 << 10;  // records in a part
constexpr std::size_t kFew = 100;            // ... of which it does not matter how many things they make
constexpr unsigned kRest = 15;               // turns after one that could not be folded: the next are of the same kind

}  // namespace

bool combines(const Node& node) {
  const auto* const stage = dynamic_cast<const Combines*>(node.object.get());
  return stage != nullptr && node.in.size() == 1 && !node.spec->queued && !node.spec->blocks && stage->combines();
}

void combine(Node& node, const Record& part) {
  dynamic_cast<Combines&>(*node.object).combine(*static_cast<Block*>(part.chunk())->part, part);
}

void Folder::start() {
  stage_ = make_like(*reader);
  detail::Access::node(*stage_) = node();
  stage_->start();
  combines_ = dynamic_cast<Combines*>(stage_.get());
}

void Folder::update(const Record& x) {
  if (!is_turn_mark(x)) return folds_ ? add(x) : static_cast<void>(emit(x));
  give();
  emit(x);
  if (folds_) return;
  folds_ = rests_ == 0;
  if (!folds_) --rests_;
}

void Folder::add(const Record& x) {
  held_.push_back(x);
  try {
    const std::size_t things = combines_->fold(x);
    folds_ = things > 0 && (held_.size() < kFew || things < held_.size() / 2);
  } catch (...) {  // what the stage itself will run into
    folds_ = false;
  }
  if (folds_) {
    if (held_.size() == kMostHeld) give();
    return;
  }
  rests_ = kRest;
  combines_->part();
  for (const Record& each : held_) emit(each);
  held_.clear();
}

void Folder::give() {
  if (held_.empty()) return;
  Block* const block = Block::make(0);
  block->part = combines_->part();
  block->lines = static_cast<std::uint32_t>(held_.size());
  for (const Record& each : held_) add_tokens(*block, each);
  held_.clear();
  const Record part("", block);
  detail::release(block);  // the record holds it now
  emit(part);
}

}  // namespace streamz
