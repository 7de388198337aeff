// SPDX-License-Identifier: Apache-2.0
// Parts: what several threads have folded of the input of a stage that Combines (stage.h). Each copy (parallel.h) ends
// in a folder, which folds what the copy gives, up to the end of a turn. Goes in: records. Goes out: a block with the
// part in it; or the records, where that cannot be.
// Tested by tests/e2e/parts.sh.
#pragma once

#include <vector>

#include "loader.h"
#include "packs.h"

namespace streamz {

// Whether the input of a stage can be folded in parts.
bool combines(const Node& node);
// Puts what a record carries together with what the stage has.
void combine(Node& node, const Record& part);

struct Folder : Stream {
  const Node* reader = nullptr;  // whose input is folded

  static void describe(Spec<Folder>& s) { s.summary("folds records for a stage behind"); }

  void start() override;
  void update(const Record& x) override;
  void flush() override { give(); }

 private:
  StageObject stage_;  // like the reader
  Combines* combines_ = nullptr;
  std::vector<Record> held_;  // which are in the part
  bool folds_ = true;         // the records of this turn
  unsigned rests_ = 0;        // turns for which it does not try

  void add(const Record& x);
  void give();
};

}  // namespace streamz
