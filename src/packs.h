// SPDX-License-Identifier: Apache-2.0
// Packs: many records as one text of many lines, for the ways between threads where all work lies on one side. A
// source reads whole lines and gives them away as they are; what takes them apart, and looks at them, is a copy that
// works beside others. What the copies give is put together again, as the lines that a sink has to write.
// Goes in: blocks of whole lines. Goes out: records; and the other way round.
// Tested by tests/e2e/jobs.sh.
#pragma once

#include <memory>
#include <vector>

#include "lines.h"

namespace streamz {

// How many lines a record is that is a pack; 0: it is none.
inline std::uint32_t lines_in(const Record& x) {
  return x.chunk() == nullptr ? 0 : static_cast<const Block*>(x.chunk())->lines;
}

// What the record is acknowledged by is that of the block, too.
inline void add_tokens(Block& block, const Record& x) {
  if (x.chunk() != nullptr && x.chunk()->tokens != nullptr) detail::Tokens::merge(block.tokens, x.chunk()->tokens);
}

// Blocks that come back when nobody holds them any more, for one thread. Those of records that are acknowledged do not
// belong in here: it would hold their tokens too.
class BlockPool {
 public:
  BlockPool() = default;
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  // With room for so many bytes. The reference is the caller's.
  Block* take(std::size_t capacity);

 private:
  std::vector<Block*> blocks_;
};

// How much of them waits before each copy, and behind it.
inline constexpr Queueing packs_on_the_way{0, 2048 << 10};

// Takes packs apart, and validates what is in them; for the source that has read them. `collects`: gives each pack away
// again, with the list of its records.
struct Unpacker : Stream {
  bool collects = false;

  static void describe(Spec<Unpacker>& s) { s.summary("takes packs apart"); }

  Queueing queueing() const override { return packs_on_the_way; }
  void start() override;
  void update(const Record& x) override;

 private:
  struct Close {
    void operator()(detail::Lines* lines) const { lines_close(lines); }
  };
  std::unique_ptr<detail::Lines, Close> lines_;
  std::uint64_t told_ = 0;
};

// Puts records together, up to the end of a turn (parallel.h); as many as a sink would where they come slowly.
struct Packer : Stream {
  std::vector<const Node*> readers;  // who all write packs as they are, or else get one record after the other

  static void describe(Spec<Packer>& s) { s.summary("makes packs"); }

  ~Packer() override { detail::release(block_); }
  void start() override;
  void update(const Record& x) override;
  void flush() override { give(); }

 private:
  void add(const Record& x);
  void give();

  Time begun_{};
  bool lists_ = false;
  BlockPool pool_;
  Block* block_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace streamz
