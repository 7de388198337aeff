// SPDX-License-Identifier: Apache-2.0
// Stages that work side by side. Goes in: a bound graph. Goes out: the same with several copies of each
// stage that has workers=N, or with -j N of all stages that handle each record alone. In front of the copies
// records are dealt out, some at a turn to the copy that has least to do; behind them they are gathered in the same
// turns. A mark ends each turn: it goes through the copies and tells the gatherer whose turn is next. So the order is
// that of one stage alone, also that of a failure: what a copy fails with ends the run when its turn comes.
// Where a source stands before the copies, they validate what it has read; where a sink stands behind them, they put
// together what it writes: that is most of the work of most chains, and goes in packs (packs.h).
// Tested by tests/e2e/jobs.sh, tests/e2e/parts.sh, tests/e2e/workers.sh and tests/cases/map.test.
#pragma once

#include "run.h"

namespace streamz {

// -j, as a run has it.
struct Jobs {
  std::size_t many = 1;
  bool packs = false;  // what a source reads may be given to copies before it is counted
};
// When nobody says how many: as many as processors for files that are worth it, where no more depends on the order of
// what happens than the output.
Jobs jobs_of(const Graph& graph, const RunOptions& options);

// How many copies of a stage there are to be; 1 when it can be had but once.
std::size_t workers_of(const Node& node, std::size_t jobs);

// Whether copies fold the input of a stage that combines: those of the stages before it, or those that look at what a
// source has read, where that goes in packs.
bool is_folded_by_copies(const Node& node, Jobs jobs);

// Copies are made of stages that can be had more than once, and of several one after the other together.
void work_side_by_side(Graph& graph, Jobs jobs);

// Its line says whose turn is next.
inline Record turn_mark(std::size_t next) {
  Record mark({}, nullptr);
  mark.assign({}, static_cast<std::uint32_t>(next));
  return mark;
}
inline bool is_turn_mark(const Record& x) { return x.raw().data() == nullptr; }

}  // namespace streamz
