// SPDX-License-Identifier: Apache-2.0
// The run: order, cuts between threads, backpressure, time, the end of input, failures.
#include "run.h"

#include "harness.h"

using namespace streamz;
using namespace streamz::testing;
using namespace std::chrono_literals;

namespace {

std::vector<Action> numbers(int count, int port = 0) {
  std::vector<Action> actions;
  for (int i = 1; i <= count; ++i) actions.push_back(emit(std::to_string(i), port));
  return actions;
}

std::vector<std::string> texts(int from, int to) {
  std::vector<std::string> all;
  for (int i = from; i <= to; ++i) all.push_back(std::to_string(i));
  return all;
}

}  // namespace

TEST_CASE("records cross a cut in order, none lost") {
  const Seen seen = run_chain({"buffer 3 ! buffer 1 ! map .", numbers(500)});
  CHECK(seen.messages.empty());
  CHECK(seen.outputs[0] == texts(1, 500));
}

TEST_CASE("zip holds back the side that is ahead when each side has a source of its own") {
  const Seen seen = run_chain({"seq 1 1000 1 ! z.0 ; seq 1 7 1 ! z.1 ; zip name=z ! count", {}});
  CHECK(seen.messages.empty());
  CHECK(seen.outputs[0] == std::vector<std::string>{"7"});
}

TEST_CASE("one source that feeds zip unevenly is an error, never a hang") {
  const Seen refused = run_chain({"seq 1 1000 1 name=s ! z.0 ; s. ! filter false ! z.1 ; zip name=z ! count", {}});
  CHECK(refused.status == 3);
  CHECK(refused.messages.find("error[E0134]: `seq s` feeds two inputs of `zip z` unevenly") != std::string::npos);

  const Seen direct = run_chain({"seq 1 1000 1 name=s ! z.0 ; s. ! map empty ! z.1 ; zip name=z ! count", {}});
  CHECK(direct.status == 1);
  CHECK(direct.messages.find("error[E0134]: zip z: input 0 is full while another gets nothing") != std::string::npos);

  const Seen queued =
      run_chain({"seq 1 100000 1 name=s ! buffer 2 ! z.0 ; s. ! map empty ! z.1 ; zip name=z ! count", {}});
  CHECK(queued.status == 1);
  CHECK(queued.messages.find("error[E0134]: zip z: one of its inputs is full while another gets nothing") !=
        std::string::npos);
}

TEST_CASE("the end of input flows down in order: each stage emits what it holds, then ends") {
  const Seen seen = run_chain({"partition 2 ! sliding_window 2 ! count", numbers(5)});
  CHECK(seen.outputs[0] == std::vector<std::string>{"3"});
}

TEST_CASE("reaching the end of a slice stops a source that nobody else reads") {
  const Seen seen = run_chain({"seq 1 1000000000 1 ! head 3", {}});
  CHECK(seen.messages.empty());
  CHECK(seen.outputs[0] == texts(1, 3));
  const Seen across = run_chain({"seq 1 1000000000 1 ! buffer 5 ! head 3", {}});
  CHECK(across.outputs[0] == texts(1, 3));
}

TEST_CASE("a branch that is done does not stop the other one, and ends at once") {
  const Seen seen = run_chain({"seq 1 100 1 name=s ! head 2 ; s. ! count", {}});
  CHECK(seen.outputs[0] == texts(1, 2));
  CHECK(seen.outputs[1] == std::vector<std::string>{"100"});
}

TEST_CASE("virtual time moves only when every strand waits") {
  const Seen seen = run_chain({"from_periodic 1s ! head 3", {}});
  CHECK(seen.outputs[0] == std::vector<std::string>{"0", "1", "2"});
  const Seen delayed = run_chain({"delay 5s", {emit("1"), pass(4s), emit("2"), pass(1s), pass(4s)}});
  CHECK(delayed.outputs[0] == texts(1, 2));
}

TEST_CASE("a delayed record comes at its time, also after the end of input") {
  const Seen seen = run_chain({"delay 1h ! map now", {emit("1")}});
  CHECK(seen.outputs[0].size() == 1);
}

TEST_CASE("a failing record ends the run with its cause, or is left out") {
  const Seen failed = run_chain({"map .a.b", {emit(R"({"a":{"b":1}})"), emit(R"({"a":5})"), emit("{}")}});
  CHECK(failed.status == 5);
  CHECK(failed.outputs[0] == std::vector<std::string>{"1"});
  CHECK(failed.messages.find("error[R0301]: map: cannot index number with \"b\"") != std::string::npos);
  CHECK(failed.messages.find("  = record: {\"a\":5}") != std::string::npos);

  const Seen skipped = run_chain({"map .a.b on_error=skip", {emit(R"({"a":5})"), emit(R"({"a":{"b":1}})")}});
  CHECK(skipped.status == 0);
  CHECK(skipped.outputs[0] == std::vector<std::string>{"1"});
}

TEST_CASE("what a stage holds is not emitted when the run failed") {
  const Seen seen = run_chain({"map '1 / .' ! count", {emit("1"), emit("0")}});
  CHECK(seen.status == 5);
  CHECK(seen.outputs[0].empty());
}
