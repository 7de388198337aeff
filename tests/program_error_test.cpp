// SPDX-License-Identifier: Apache-2.0
// What a program that does not compile is said to suffer from. The errors are made by hand, so that
// every engine's manner is covered: one with a place, one without.
#include "catch.h"
#include "chain.h"

using namespace streamz;

namespace {

struct Fault {
  const char* code;
  const char* what;
  const char* hint;
  std::size_t begin, end;  // in the program; 0, 0: the engine does not know
};

// The explanation of a fault in the last argument of the first stage.
Problems explained(const std::vector<std::string>& words, const Fault& fault) {
  static const Index index{SearchPath{{}, true, false}};
  Problems problems;
  const Chain chain = words.size() == 1 ? parse(words[0], index, problems) : parse(words, index, problems);
  REQUIRE(problems.all().empty());
  detail::ProgramError error(fault.what, fault.hint, fault.code);
  error.begin = fault.begin;
  error.end = fault.end;
  const Stage& stage = chain.segments[0].stages[0];
  explain_program_error(chain, index, stage, stage.arguments.back(), error, problems);
  return problems;
}

}  // namespace

TEST_CASE("explanations, as they are printed") {
  const Fault syntax{"E0201", "unexpected `x`", "", 0, 0};
  struct Row {
    std::vector<std::string> chain;  // one: text form
    Fault fault;
    const char* printed;
  };
  const Row rows[] = {
      {{"filter .ok | map .id ! to_stdout"},
       {"E0201", "unexpected `.id`", "", 10, 13},
       "error[E0105]: `|` joins jq filters; stages are joined with `!`\n"
       "  | filter .ok | map .id ! to_stdout\n"
       "  |            ^ `map` is a stage name, so this is probably a new stage\n"
       "  = fix:  filter .ok ! map .id ! to_stdout\n"
       "  = or, if jq was meant:  filter (.ok | map(.id))\n"},
      {{"filter", ".ok | pluck a | map .id", "!", "to_stdout"},
       syntax,
       "error[E0105]: `|` joins jq filters; stages are joined with `!`\n"
       "  | filter '.ok | pluck a | map .id' ! to_stdout\n"
       "  |             ^ `pluck` is a stage name, so this is probably a new stage\n"
       "  = fix:  filter .ok ! pluck a ! map .id ! to_stdout\n"},
      {{"filter '.a > 1 | count'"},
       {"E0202", "`count/0` is not defined", "", 9, 14},
       "error[E0105]: `|` joins jq filters; stages are joined with `!`\n"
       "  | filter '.a > 1 | count'\n"
       "  |                ^ `count` is a stage name, so this is probably a new stage\n"
       "  = fix:  filter '.a > 1' ! count\n"},
      {{"map .a | flatten | lenght"},  // flatten is jq's, and not to blame
       {"E0202", "`lenght/0` is not defined", "did you mean `length`?", 15, 21},
       "error[E0202]: jq: `lenght/0` is not defined\n"
       "  | map .a | flatten | lenght\n"
       "  |                    ^^^^^^ did you mean `length`?\n"
       "  = note: for a field write `.lenght`\n"},
      {{"map .a | map .b | unique .c"},
       {"E0202", "`map/0` is not defined", "`map` takes 1 argument", 5, 8},
       "error[E0105]: `|` joins jq filters; stages are joined with `!`\n"
       "  | map .a | map .b | unique .c\n"
       "  |        ^ `map` is a stage name, so this is probably a new stage\n"
       "  = fix:  map .a ! map .b ! unique .c\n"},
      {{"filter .a | count"},  // the whole program is to blame: no place
       {"E0201", "it is wrong", "", 0, 10},
       "error[E0105]: `|` joins jq filters; stages are joined with `!`\n"
       "  | filter .a | count\n"
       "  |           ^ `count` is a stage name, so this is probably a new stage\n"
       "  = fix:  filter .a ! count\n"},
      {{"map .a | map(.b | map .c)"},
       {"E0201", "unexpected `.c`", "", 18, 20},
       "error[E0201]: jq: unexpected `.c`\n"
       "  | map .a | map(.b | map .c)\n"
       "  |                       ^^\n"},
      {{"map lenght"},
       {"E0202", "`lenght/0` is not defined", "did you mean `length`?", 0, 6},
       "error[E0202]: jq: `lenght/0` is not defined\n"
       "  | map lenght\n"
       "  |     ^^^^^^ did you mean `length`?\n"
       "  = note: for a field write `.lenght`\n"},
      {{"map", "path", "status"},
       syntax,
       "error[E0201]: `path status` is not a jq program\n"
       "  | map path status\n"
       "  |     ^^^^^^^^^^^ did the shell expand braces? quote it: map '{path,status}'\n"
       "  = fix:  map '{path,status}'\n"},
      {{"map", "a:.x", "b:.y", "!", "count"},
       syntax,
       "error[E0201]: `a:.x b:.y` is not a jq program\n"
       "  | map a:.x b:.y ! count\n"
       "  |     ^^^^^^^^^ did the shell expand braces? quote it: map '{a:.x,b:.y}'\n"
       "  = fix:  map '{a:.x,b:.y}' ! count\n"},
      {{"map path status"},  // no shell had its hands on this
       {"E0201", "unexpected `status`", "", 5, 11},
       "error[E0201]: jq: unexpected `status`\n"
       "  | map path status\n"
       "  |          ^^^^^^\n"},
      {{"filter .name == 'bob' ! count"},
       syntax,
       "error[E0201]: jq strings use double quotes\n"
       "  | filter .name == 'bob' ! count\n"
       "  |                 ^^^^^ write \"bob\"\n"
       "  = fix:  filter .name == \"bob\" ! count\n"},
      {{"filter", ".name == 'bob'", "!", "count"},
       syntax,
       "error[E0201]: jq strings use double quotes\n"
       "  | filter '.name == '\\''bob'\\''' ! count\n"
       "  |                    ^^^^^^^^ write \"bob\"\n"
       "  = fix:  filter '.name == \"bob\"' ! count\n"},
      {{"filter name == \"x\""},
       {"E0202", "`name/0` is not defined", "did you mean `nan`?", 0, 4},
       "error[E0202]: jq: `name/0` is not defined\n"
       "  | filter name == \"x\"\n"
       "  |        ^^^^ did you mean `.name`?\n"
       "  = fix:  filter .name == \"x\"\n"},
      {{"filter", "name==\"x\""},
       {"E0202", "`name/0` is not defined", "", 0, 4},
       "error[E0202]: jq: `name/0` is not defined\n"
       "  | filter 'name==\"x\"'\n"
       "  |         ^^^^ did you mean `.name`?\n"
       "  = fix:  filter '.name==\"x\"'\n"},
      {{"unique key=id"},
       {"E0202", "`id/0` is not defined", "did you mean `in`?", 0, 2},
       "error[E0202]: jq: `id/0` is not defined\n"
       "  | unique key=id\n"
       "  |            ^^ did you mean `.id`?\n"
       "  = fix:  unique key=.id\n"},
      {{"filter .ok!map"},
       syntax,
       "error[E0002]: `!` must stand alone\n"
       "  | filter .ok!map\n"
       "  |           ^ jq has no `!`: between stages it needs a blank on both sides\n"
       "  = note: jq negates with `| not`\n"},
      {{"filter", ".ok", "a.jsonl"},
       {"E0201", "unexpected `a`", "", 4, 5},
       "error[E0201]: jq: unexpected `a`\n"
       "  | filter .ok a.jsonl\n"
       "  |            ^\n"
       "  = note: input files go before the chain: -i a.jsonl\n"},
      {{"map f(1)"},
       {"E0202", "jq: `f/1` is not defined", "", 0, 1},
       "error[E0202]: jq: `f/1` is not defined\n"
       "  | map f(1)\n"
       "  |     ^\n"},
      {{"map .a +"},
       {"E0201", "unexpected end", "a value is missing", 4, 4},
       "error[E0201]: jq: unexpected end\n"
       "  | map .a +\n"
       "  |        ^ a value is missing\n"},
      {{"map ltrimstr(.a) as"},
       {"E0203", "`getpath/2` is newer than libjq 1.6", "", 0, 0},
       "error[E0203]: jq: `getpath/2` is newer than libjq 1.6\n"
       "  | map ltrimstr(.a) as\n"
       "  |     ^^^^^^^^^^^^^^^\n"},
  };
  for (const Row& row : rows) {
    const Problems problems = explained(row.chain, row.fault);
    REQUIRE(problems.all().size() == 1);
    CHECK(to_text(problems.all()[0], problems.text) == row.printed);
  }
}

TEST_CASE("a place in a program is a place in the chain") {
  static const Index index{SearchPath{{}, true, false}};
  const auto slice = [](const std::vector<std::string>& words, std::size_t begin, std::size_t end) {
    Problems problems;
    const Chain chain = words.size() == 1 ? parse(words[0], index, problems) : parse(words, index, problems);
    const Span span = place_in_chain(chain, chain.segments[0].stages[0].arguments[0], begin, end);
    return chain.text.substr(span.begin, span.end - span.begin);
  };
  CHECK(slice({"map .a + .b"}, 5, 7) == ".b");
  CHECK(slice({"map '.a + .b'"}, 5, 7) == ".b");
  CHECK(slice({"map .a \\\n + .b"}, 8, 10) == ".b");
  CHECK(slice({"map", ".a", ">", "\"it's\""}, 5, 11) == "\"it'\\''s\"");
  CHECK(slice({"map", ".a > 1"}, 5, 6) == "1");
  CHECK(slice({"map .a"}, 0, 0) == ".a");      // not known
  CHECK(slice({"map .a"}, 2, 2) == "a");       // the end
  CHECK(slice({"map .a"}, 7, 9) == ".a");      // outside
  CHECK(slice({"map .abc"}, 1, 99) == "abc");  // beyond
}
