// SPDX-License-Identifier: Apache-2.0
#include "explain.h"

#include "catch.h"
#include "index.h"

using namespace streamz;

namespace {

struct Drawn {
  Index index;
  Chain chain;
  Graph graph;

  explicit Drawn(const char* text) : index(built_in()) {
    Problems problems;
    chain = parse(std::string_view(text), index, problems);
    graph = connect(chain, index, {}, problems);
    REQUIRE_FALSE(problems.has_errors());
  }
  static SearchPath built_in() {
    SearchPath path;
    path.no_plugins = true;
    return path;
  }
};

constexpr const char* split = "filter .ok name=f ! to_file \"a\" ; f.else ! to_null";

}  // namespace

TEST_CASE("a chain is drawn as a tree") {
  CHECK(draw(Drawn(split).graph, Drawing::text) ==
        "from_stdin\n"
        "└─ filter .ok name=f\n"
        "   ├─ to_file a\n"
        "   └─ .else to_null\n");
}

TEST_CASE("what several stages feed is drawn once") {
  const std::string text = draw(Drawn("seq 3 ! u. ; seq 5 ! u. ; union name=u ! count").graph, Drawing::text);
  CHECK(text ==
        "seq 3\n"
        "└─ [0] union name=u\n"
        "   └─ count\n"
        "      └─ to_stdout\n"
        "seq 5\n"
        "└─ [1] union name=u  (see above)\n");
}

TEST_CASE("a chain is drawn for dot and mermaid") {
  const Drawn drawn("map '\"x\"' name=m ! to_null ; m. ! count");
  const std::string dot = draw(drawn.graph, Drawing::dot);
  CHECK_THAT(dot, Catch::StartsWith("digraph streamz {\n"));
  CHECK_THAT(dot, Catch::Contains("[label=\"map \\\"x\\\" name=m\"]"));
  CHECK_THAT(dot, Catch::Contains(" -> "));
  const std::string mermaid = draw(drawn.graph, Drawing::mermaid);
  CHECK_THAT(mermaid, Catch::StartsWith("flowchart LR\n"));
  CHECK_THAT(mermaid, Catch::Contains("[\"map #quot;x#quot; name=m\"]"));
  CHECK_THAT(draw(Drawn(split).graph, Drawing::mermaid), Catch::Contains(" -->|\".else\"| "));
}

TEST_CASE("a plan names ends, state and what comes at the end") {
  const Drawn drawn("unique key=.id ! count");
  const std::string text = explain(drawn.chain, drawn.graph, false);
  CHECK_THAT(text, Catch::StartsWith("chain    unique key=.id ! count\n"));
  CHECK_THAT(text, Catch::Contains("standard input"));
  CHECK_THAT(text, Catch::Contains("its result comes at the end of input"));
  CHECK_THAT(text, Catch::Contains("holds "));
  const std::string plan = explain(drawn.chain, drawn.graph, true);
  CHECK_THAT(plan, Catch::Contains("\"only_at_end\": true"));
  CHECK_THAT(plan, Catch::Contains("\"chain\": \"unique key=.id ! count\""));
}

TEST_CASE("a plan warns of a result that waits for an end that never comes") {
  const auto warns = [](const char* chain) {
    const Drawn drawn(chain);
    const std::string warning = "warning: ";
    const bool text = explain(drawn.chain, drawn.graph, false).find(warning) != std::string::npos;
    const bool json = explain(drawn.chain, drawn.graph, true).find("waits_forever_for") != std::string::npos;
    CHECK(text == json);
    return text;
  };
  CHECK(warns("from_periodic 1s ! agg n=count"));
  CHECK(warns("from_periodic 1s ! map . ! filter . ! top 3"));
  CHECK(warns("from_textfile a.log follow=true ! count"));
  CHECK(warns("from_periodic 1s ! u. ; seq 3 ! u. ; union name=u ! frequencies emit=final"));
  CHECK_FALSE(warns("from_textfile a.log ! count"));
  CHECK_FALSE(warns("seq 3 ! agg n=count"));
  CHECK_FALSE(warns("from_periodic 1s ! agg n=count emit=update"));
  CHECK_FALSE(warns("from_periodic 1s ! agg n=count emit=10s"));
  CHECK_FALSE(warns("from_periodic 1s ! agg n=count window=10s"));
  CHECK_FALSE(warns("from_periodic 1s ! head 10 ! count"));
}
