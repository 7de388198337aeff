// SPDX-License-Identifier: Apache-2.0
// When the acknowledgement fires. Every input is a batch of its own, so a frontier counts the inputs that
// are done with; a stage that names only the record at hand gives other numbers in each of these tables.
#include "acks.h"

#include "harness.h"

using namespace streamz;
using namespace streamz::testing;
using namespace std::chrono_literals;

namespace {

std::vector<Action> numbers(int count) {
  std::vector<Action> actions;
  for (int i = 1; i <= count; ++i) actions.push_back(emit(std::to_string(i)));
  return actions;
}

using Frontier = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("partition acknowledges its records together, when the sink has the list") {
  const Seen seen = run_chain({"partition 3", numbers(7)});
  CHECK(seen.messages.empty());
  CHECK(seen.frontier(0) == Frontier{0, 0, 3, 3, 3, 6, 6});
  CHECK(seen.last(0) == 7);
  CHECK(seen.outputs[0] == std::vector<std::string>{"[1,2,3]", "[4,5,6]", "[7]"});
}

TEST_CASE("a sink that keeps the tokens keeps the whole list unacknowledged until it lets go") {
  auto actions = numbers(6);
  actions.push_back(release());
  const Seen seen = run_chain({"partition 3", actions, {0}});
  CHECK(seen.frontier(0) == Frontier{0, 0, 0, 0, 0, 0, 6});
}

TEST_CASE("timed_window acknowledges when the window was delivered") {
  auto actions = numbers(3);
  actions.push_back(pass(10s));
  actions.push_back(emit("4"));
  const Seen seen = run_chain({"timed_window 10s", actions});
  CHECK(seen.frontier(0) == Frontier{0, 0, 0, 3, 3});
  CHECK(seen.last(0) == 4);
}

TEST_CASE("accumulate: each update is its record's; the final state is everybody's") {
  CHECK(run_chain({"accumulate '$state + .' start=0", numbers(3)}).frontier(0) == Frontier{1, 2, 3});
  const Seen final = run_chain({"accumulate '$state + .' start=0 emit=final", numbers(3)});
  CHECK(final.frontier(0) == Frontier{0, 0, 0});
  CHECK(final.last(0) == 3);
  CHECK(final.outputs[0] == std::vector<std::string>{"6"});
}

TEST_CASE("a record that a filter drops is acknowledged at once, but never past one that is still held") {
  CHECK(run_chain({"filter '. > 1'", numbers(3)}).frontier(0) == Frontier{1, 2, 3});
  const Seen held = run_chain({"filter '. != 2'", numbers(3), {0}});
  CHECK(held.frontier(0) == Frontier{0, 0, 0});
  CHECK(held.last(0) == 0);
}

TEST_CASE("zip acknowledges both sides when the pair was delivered") {
  const Seen seen = run_chain({"zip", {emit("1", 0), emit("2", 0), emit("\"a\"", 1), emit("\"b\"", 1)}});
  CHECK(seen.messages.empty());
  CHECK(seen.frontier(0) == Frontier{0, 0, 1, 2});
  CHECK(seen.frontier(1) == Frontier{0, 0, 1, 2});
  CHECK(seen.outputs[0] == std::vector<std::string>{"[1,\"a\"]", "[2,\"b\"]"});
}

TEST_CASE("behind a fan-out a record is done when every branch is done with it") {
  const char* const chain = "map . name=m ! map '[.]' ; m. ! map '{a: .}'";
  CHECK(run_chain({chain, numbers(3)}).frontier(0) == Frontier{1, 2, 3});
  auto actions = numbers(3);
  actions.push_back(release());
  const Seen one_side = run_chain({chain, actions, {1}});
  CHECK(one_side.frontier(0) == Frontier{0, 0, 0, 3});
  CHECK(one_side.outputs[0] == std::vector<std::string>{"[1]", "[2]", "[3]"});
  CHECK(one_side.outputs[1] == std::vector<std::string>{"{\"a\":1}", "{\"a\":2}", "{\"a\":3}"});
}

TEST_CASE("acknowledgement crosses a cut between threads") {
  const Seen seen = run_chain({"map . ! buffer 4 ! partition 2", numbers(5)});
  CHECK(seen.frontier(0) == Frontier{0, 2, 2, 4, 4});
  CHECK(seen.last(0) == 5);
}

TEST_CASE("a run that failed acknowledges nothing behind the failure") {
  const Seen seen = run_chain({"map '1 / (. - 2)'", numbers(3)});
  CHECK(seen.status == 5);
  CHECK(seen.last(0) <= 1);
}

// The contract of every stage: what was acknowledged behind a sink that holds everything is not needed
// for the outputs.
TEST_CASE("without what was acknowledged the outputs are the same") {
  struct Row {
    const char* chain;
    std::vector<std::string> inputs;
  };
  const std::vector<std::string> plain{"1", "2", "2", "3", "1", "4"};
  const std::vector<Row> rows{
      {"filter '. > 2'", plain},
      {"map '. + 1'", plain},
      {"flatten", {"[1,2]", "[]", "[3]"}},
      {"pluck a missing=skip", {R"({"a":1})", R"({"b":2})", R"({"a":3})"}},
      {"accumulate '$state + .'", plain},
      {"accumulate '$state + .' emit=final", plain},
      {"last 2", plain},
      {"count", plain},
      {"unique", plain},
      {"partition 2", plain},
      {"partition 4 partial=drop", plain},
      {"sliding_window 3", plain},
      {"sliding_window 3 return_partial=false", plain},
      {"timed_window 1s", plain},
      {"rate_limit 1000/s", plain},
      {"delay 1s", plain},
      {"buffer 2", plain},
      {"collect", plain},
      {"union", plain},
      {"partition_unique 2", plain},
      {"partition_unique 3 keep=last", plain},
      {"timed_window_unique 1s", plain},
      {"timed_window 2s time=.", plain},
      {"agg n=count s=sum", plain},
      {"agg n=count by=. emit=update", plain},
      {"agg n=count by=. emit=change", plain},
      {"agg n=count by=. emit=1s", plain},
      {"agg a=list window=2s time=. late=1s", plain},
      {"agg a=list window=2", plain},
      {"agg a=list by=. window=session gap=2s time=. late=3s", plain},
      {"agg a=list window=2 emit=update", plain},
      {"agg a=list window=2s emit=update time=. late=3s", plain},
      {"agg a=list window=2s emit=1s time=. late=3s", plain},
      {"rolling 2 a=list", plain},
      {"rolling 2s a=list time=. late=3s", plain},
      {"ewm alpha=0.5", plain},
      {"cumsum", plain},
      {"frequencies", plain},
      {"frequencies emit=final", plain},
      {"top 2", plain},
      {"top 2 emit=update", plain},
      {"sort", plain},
      {"sort window=2", plain},
      {"sort window=2s time=. late=3s", plain},
      {"partition 2 ! flatten ! sliding_window 2", plain},
  };
  for (const Row& row : rows) {
    INFO(row.chain);
    Setup setup{row.chain, {}, {0}, true};
    for (const std::string& input : row.inputs) setup.actions.push_back(emit(input));
    const Seen all = run_chain(setup);
    REQUIRE(all.messages.empty());
    setup.actions.clear();
    for (std::size_t i = 0; i < row.inputs.size(); ++i) {
      if (all.last(static_cast<int>(i)) == 0) setup.actions.push_back(emit(row.inputs[i]));
    }
    // A stage that counts its inputs has to hold them all; the table says nothing else about it.
    CHECK(run_chain(setup).outputs == all.outputs);
  }
}

TEST_CASE("the frontier of a slot is contiguous") {
  int notified = 0;
  const Notify notify = [&] { ++notified; };
  SlotState slot("a", notify);
  Token* const first = slot.announce(10);
  Token* const second = slot.announce(20);
  second->release();
  CHECK_FALSE(slot.advance());
  first->release();
  CHECK(slot.advance());
  CHECK(slot.frontier() == 20);
  CHECK(notified == 2);
}

TEST_CASE("an acknowledgement after a revoke moves nothing") {
  const Notify notify = [] {};
  SlotState slot("a", notify);
  Token* const token = slot.announce(10);
  slot.revoke();
  token->release();
  CHECK_FALSE(slot.advance());
  CHECK(slot.frontier() == 0);
}

TEST_CASE("a set of tokens takes out what it holds twice") {
  const Notify notify = [] {};
  SlotState slot("a", notify);
  Token* const one = slot.announce(1);
  Token* const two = slot.announce(2);
  streamz::detail::Tokens* const of_one = streamz::detail::Tokens::of(one);
  streamz::detail::Tokens* const of_two = streamz::detail::Tokens::of(two);
  streamz::detail::Tokens* all = nullptr;
  for (int i = 0; i < 1000; ++i) {
    streamz::detail::Tokens::merge(all, of_one);
    streamz::detail::Tokens::merge(all, of_two);
  }
  CHECK(all->all().size() <= 128);
  of_one->release();
  of_two->release();
  one->release();
  two->release();
  CHECK_FALSE(slot.advance());
  all->release();
  CHECK(slot.advance());
  CHECK(slot.frontier() == 2);
}
