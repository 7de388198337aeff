// SPDX-License-Identifier: Apache-2.0
// What is done with a record that fails. Goes in: the text of on_error= or --on-error. Goes out: a policy.
// Tested by tests/chain_test.cpp and tests/e2e/on_error.sh.
#pragma once

#include <string>
#include <string_view>

namespace streamz {

struct OnError {
  enum Then {
    fail,  // ends the run, status 5
    skip,  // the record is left out
    dead   // it goes to port `errors` of the stage where that is read, and to the file of --dead-letter
  };
  Then then;
  unsigned retries;  // the stage is given it so often again before

  OnError(Then then_ = fail, unsigned retries_ = 0) : then(then_), retries(retries_) {}
};

// "fail", "skip", "dead", "retry:N", "retry:N,skip". Throws Error; its hint says what there is.
OnError parse_on_error(std::string_view text);
constexpr const char* kOnErrorHelp =
    "What is done with a record that fails in this stage; not given: as --on-error says. fail ends the run. skip "
    "leaves the record out. dead gives it, with the reason, to port `errors` of the stage, or to the file of "
    "--dead-letter where nobody reads that port. retry:3 lets the stage try three times more, and retry:3,skip says "
    "what follows when that did not help; programs of plugins do not try again.";

}  // namespace streamz
