// SPDX-License-Identifier: Apache-2.0
// Case files: `streamz test FILE.test`. Goes in: blocks of a chain, inputs and expected outputs, three
// lines a case. Goes out: what differs. Runs each chain with a virtual clock that moves only by "@".
//
//   sliding_window n=2          the chain (lines up to the first that begins with a mark)
//   < 1 2 3                     input values; "<left 1" feeds the input port `left`; "<< raw\n" bytes
//   > [1] [1,2] [2,3]           expected outputs so far; ">else 3" of port `else`
//   @ 5s                        time passes
//   ! sliding_window: n must be at least 1, is 0      the error it must give
//   + NAME CONTENT  = NAME CONTENT                    a file in $DIR before, and after, the run
//
// The last ">" of a case also sees what comes out at the end of input.
// Tested by every case file.
#pragma once

#include <string>
#include <string_view>

#include "index.h"

namespace streamz {

struct CaseReport {
  int passed = 0;
  int failed = 0;
  std::string text;  // one block for each failure: file:line, what was expected, what came
};

// Runs every case of a file's text. `file` is for messages only. `restoring`: after each record every stage
// with a state is replaced by a new one that restores what the old one saved, which must change nothing.
CaseReport run_cases(std::string_view file, std::string_view text, const Index& index, bool restoring = false);
// Runs the examples of every stage's spec (those of one entry, or of all built-ins and plugins).
CaseReport run_examples(const Index& index, const Entry* only = nullptr);

}  // namespace streamz
