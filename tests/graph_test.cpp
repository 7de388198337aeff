// SPDX-License-Identifier: Apache-2.0
// Wiring: implicit ends, ports, the rules of sources and sinks, the cuts between threads.
#include "graph.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "catch.h"
#include "host.h"
#include "parallel.h"

using namespace streamz;

namespace {

// "from_stdin > filter > to_stdout", each link with its ports where they are not 0; a cut is ">>".
std::string drawn(const std::string& text, const Ends& ends = {}) {
  install_host();
  const Index index(SearchPath{{}, true, false});
  Problems problems;
  const Chain chain = parse(text, index, problems);
  const Graph graph = connect(chain, index, ends, problems);
  std::string out;
  for (const Diagnostic& problem : problems.all()) out += problem.code + " " + problem.message + "\n";
  if (problems.has_errors()) return out;
  for (const Edge& edge : graph.edges) {
    const std::string from = edge.from_port == 0 ? "" : fmt::format(".{}", edge.from_port);
    const std::string to = edge.to_port == 0 ? "" : fmt::format(".{}", edge.to_port);
    out += fmt::format("{}{} {} {}{}\n", edge.from->label, from, edge.cut ? ">>" : ">", edge.to->label, to);
  }
  return out;
}

}  // namespace

TEST_CASE("a chain is wired, and its open ends are standard input and output") {
  CHECK(drawn("filter .a ! map .b") == "filter > map\nfrom_stdin > filter\nmap > to_stdout\n");
  CHECK(drawn("seq 1 2 1 ! to_null") == "seq > to_null\n");
  CHECK(drawn("from_stdin name=s ! to_null ; s. ! count") ==
        "from_stdin s > to_null\nfrom_stdin s > count\ncount > to_stdout\n");
  CHECK(drawn("filter .a name=f ! to_null ; f.else ! count") ==
        "filter f > to_null\nfilter f.1 > count\nfrom_stdin > filter f\ncount > to_stdout\n");
}

TEST_CASE("inputs are numbered in the order in which they are fed") {
  CHECK(drawn("seq 1 2 1 ! z. ; seq 3 4 1 ! z. ; zip name=z ! to_null") ==
        "seq >> zip z\nseq >> zip z.1\nzip z > to_null\n");
  CHECK(drawn("seq 1 2 1 ! z.1 ; seq 3 4 1 ! z.0 ; zip name=z ! to_null") ==
        "seq >> zip z.1\nseq >> zip z\nzip z > to_null\n");
}

TEST_CASE("a stage that holds its input back has a thread of its own") {
  CHECK(drawn("buffer 5 ! count") == "buffer > count\nfrom_stdin >> buffer\ncount > to_stdout\n");
}

TEST_CASE("options stand at the ends") {
  Ends ends;
  ends.inputs = {"a.jsonl"};
  ends.output = "b.jsonl";
  CHECK(drawn("count", ends) == "from_file > count\ncount > to_file\n");
  Ends dry;
  dry.dry_run = true;
  CHECK(drawn("to_file x.jsonl", dry) == "from_stdin > to_file\n");
}

TEST_CASE("sources, nodes and sinks have their places") {
  CHECK(
      drawn("to_null ! count").starts_with("E0130 `to_null` is a sink and has no output, but `! count` reads from it"));
  CHECK(drawn("count ! from_stdin").starts_with("E0131 `from_stdin` is a source and takes no input"));
  CHECK(drawn("seq 1 2 1 ! m. ; seq 1 2 1 ! m. ; map . name=m").starts_with("E0132 `map m` is fed twice"));
  CHECK(drawn("filter .a ; map .b").starts_with("E0133 two branches have no source"));
  CHECK(drawn("from_stdin name=a ! filter .x ; a. ! filter .y").starts_with("E0133 two branches have no sink"));
  CHECK(drawn("map . name=a ! b. ; map . name=b ! a.").starts_with("E0136"));
  CHECK(drawn("seq 1 2 1 ! zip ! to_null").starts_with("E0132 `zip` has one input"));
  CHECK(drawn("seq 1 2 1 ! j.left ; join on=. within=1s name=j ! to_null")
            .starts_with("E0132 `right` of `join j` is fed by nothing"));
}

TEST_CASE("one source that feeds zip unevenly is refused") {
  CHECK(drawn("from_stdin name=s ! z.0 ; s. ! filter .a ! z.1 ; zip name=z") ==
        "E0134 `from_stdin s` feeds two inputs of `zip z` unevenly\n");
  CHECK(drawn("from_stdin name=s ! z.0 ; s. ! map .a ! z.1 ; zip name=z").starts_with("from_stdin"));
}

TEST_CASE("files have several jobs where there is something to share") {
  char name[] = "/tmp/streamz-jobs-XXXXXX";
  const int file = mkstemp(name);
  REQUIRE(file >= 0);
  REQUIRE(ftruncate(file, 2 << 20) == 0);
  const auto jobs = [&](const std::string& rest) {
    const Index index(SearchPath{{}, true, false});
    Problems problems;
    const Chain chain = parse("from_file " + std::string(name) + rest, index, problems);
    const Graph graph = connect(chain, index, {}, problems);
    REQUIRE_FALSE(problems.has_errors());
    RunOptions nobody_says;
    nobody_says.jobs = 0;
    return jobs_of(graph, nobody_says).many;
  };
  const std::size_t processors = std::thread::hardware_concurrency();
  CHECK(jobs("") == processors);
  CHECK(jobs(" ! map . ! to_null") == processors);
  CHECK(jobs(" ! count") == processors);
  CHECK(jobs(" ! to_null") == 1);
  CHECK(jobs(" ! map . on_error=dead") == 1);
  CHECK(ftruncate(file, 1000) == 0);
  CHECK(jobs(" ! map . ! to_null") == 1);
  close(file);
  unlink(name);
}
