// SPDX-License-Identifier: Apache-2.0
// The chain language: what is read, what is printed back, and what every mistake says.
#include "chain.h"

#include <algorithm>

#include "catch.h"
#include "chain_text.h"
#include "help.h"
#include "plugin_folder.h"

using namespace streamz;

namespace {

const Index& index_of_builtins() {
  static const Index index{SearchPath{{}, true, false}};
  return index;
}

struct Parsed {
  Chain chain;
  Problems problems;

  std::string printed() const {
    std::string text;
    for (const Diagnostic& one : problems.all()) text += to_text(one, chain.text);
    return text;
  }
  std::string codes() const {
    std::string text;
    for (const Diagnostic& one : problems.all()) text += (text.empty() ? "" : " ") + one.code;
    return text;
  }
};

Parsed parse_text(std::string_view text) {
  Parsed result;
  result.chain = parse(text, index_of_builtins(), result.problems);
  CHECK(result.problems.text == result.chain.text);
  return result;
}

Parsed parse_words(const std::vector<std::string>& words) {
  Parsed result;
  result.chain = parse(words, index_of_builtins(), result.problems);
  CHECK(result.problems.text == result.chain.text);
  return result;
}

// The chain as data: "from u. | filter(expr=.ok)#f | to x.0".
std::string dump(const Chain& chain) {
  std::string text;
  for (const Segment& segment : chain.segments) {
    text += text.empty() ? "" : " ; ";
    if (segment.from) text += "from " + segment.from->id + "." + segment.from->port + " ";
    for (const Stage& stage : segment.stages) {
      text += stage.name + "(";
      std::vector<std::string> arguments;
      for (const Argument& argument : stage.arguments) arguments.push_back(argument.param + "=" + argument.value);
      std::stable_sort(arguments.begin(), arguments.end(), [](const auto& a, const auto& b) {
        return a.substr(0, a.find('=')) < b.substr(0, b.find('='));
      });
      for (std::size_t i = 0; i < arguments.size(); ++i) text += (i == 0 ? "" : ", ") + arguments[i];
      text +=
          ")" + (stage.id.empty() ? "" : "#" + stage.id) + (stage.on_error.empty() ? "" : "!" + stage.on_error) + " ";
    }
    if (segment.to) text += "to " + segment.to->id + "." + segment.to->port + " ";
    text.pop_back();
  }
  return text;
}

std::string usage(const char* stage) {
  return usage_line(*index_of_builtins().find(stage)) + "     streamz help " + stage;
}

// Good, and printed back it parses to the same.
void check_good(const Parsed& parsed, const std::string& canonical, const std::string& expected_dump) {
  CHECK(parsed.printed().empty());
  CHECK(parsed.chain.to_string() == canonical);
  CHECK(dump(parsed.chain) == expected_dump);
  const Parsed again = parse_text(parsed.chain.to_string());
  CHECK(again.printed().empty());
  CHECK(dump(again.chain) == dump(parsed.chain));
  CHECK(again.chain.to_string() == parsed.chain.to_string());
}

}  // namespace

TEST_CASE("a JSON string is whole") {
  using namespace std::string_view_literals;
  CHECK(json_string("\"a\\u00e9\"") == "a\u00e9");
  CHECK(json_string("\"\xff\"") == "\xff");
  for (const std::string_view none : {"\""sv, "\"a"sv, "\"\"x"sv, "\"\"\0\\\x0e\""sv, "\"\\x\""sv})
    CHECK(!json_string(none));
}

TEST_CASE("text form: chains that work") {
  struct Row {
    const char* text;
    const char* canonical;  // "": the text itself
    const char* dump;
  };
  const Row rows[] = {
      {"filter .a != 3 ! map .b", "", "filter(expr=.a != 3) map(expr=.b)"},
      {"map {id: .id, n: (.a | length)}", "", "map(expr={id: .id, n: (.a | length)})"},
      {"map reduce .[] as $x (0; . + $x)", "", "map(expr=reduce .[] as $x (0; . + $x))"},
      {"map foreach .[] as $x (0; .+$x; [.]) ! count", "", "map(expr=foreach .[] as $x (0; .+$x; [.])) count()"},
      {R"j(map "\(.a) ! \(.b)")j", "", R"j(map(expr="\(.a) ! \(.b)"))j"},
      {R"j(map "\(.a | "x")")j", "", R"j(map(expr="\(.a | "x")"))j"},
      {R"j(map "\(.a | "\(.b)")" ! count)j", "", R"j(map(expr="\(.a | "\(.b)")") count())j"},
      {R"(map {a: "b}"})", "", R"(map(expr={a: "b}"}))"},
      {"map (.a # it's )\n)", "", "map(expr=(.a # it's )\n))"},
      {"map \"hello\"", "", "map(expr=\"hello\")"},
      {"filter .a | flatten ! to_stdout", "", "filter(expr=.a | flatten) to_stdout()"},
      {"slice end=5 1", "slice 1 end=5", "slice(end=5, start=1)"},
      {"slice 5 start=1", "", "slice(end=5, start=1)"},
      {"head 5", "", "head(end=5, start=0)"},
      {"agg n=count total=sum:.bytes by=.user", "", "agg(by=.user, n=count, total=sum:.bytes)"},
      {R"(agg "p99.9"=p99.9:.ms)", "", "agg(p99.9=p99.9:.ms)"},
      {R"(agg "by"=last:.by "name"=first:.name by=.k)", "", "agg(by=last:.by, by=.k, name=first:.name)"},
      {"agg s=sum:(.a + .b) by=.a,kind:(.b | type)", "", "agg(by=.a, by=kind:(.b | type), s=sum:(.a + .b))"},
      {R"(map ""= .a)", "", R"(map(expr=""= .a))"},
      {"agg n=count by=ow='{a'", "", "agg(by=ow='{a', n=count)"},
      {"agg s='sum:.a + .b'", "", "agg(s=sum:.a + .b)"},
      {"agg p99-ms=p99:.ms", "", "agg(p99-ms=p99:.ms)"},
      {"head start=2 5", "head 5 start=2", "head(end=5, start=2)"},
      {"filter .a ;; map .b", "filter .a ; map .b", "filter(expr=.a) ; map(expr=.b)"},
      {"map @csv", "", "map(expr=@csv)"},
      {"map @./p.jq", "", "map(expr=@./p.jq)"},
      {"from_stdin name=s ! to_file raw.jsonl s. ! count", "from_stdin name=s ! to_file raw.jsonl ; s. ! count",
       "from_stdin()#s to_file(path=raw.jsonl) ; from s. count()"},
      {"from_stdin name=s ! filter .ok s. ! count", "from_stdin name=s ! filter .ok ; s. ! count",
       "from_stdin()#s filter(expr=.ok) ; from s. count()"},
      {"map .x name=first ! map first.ok ! count", "map .x name=first ! map 'first.ok' ! count",
       "map(expr=.x)#first map(expr=first.ok) count()"},
      {"filter .ok name=f ! to_file ok.jsonl ; f.else ! to_file bad.jsonl", "",
       "filter(expr=.ok)#f to_file(path=ok.jsonl) ; from f.else to_file(path=bad.jsonl)"},
      // A path may hold any bytes.
      {"from_file \xc4\"\t\"", "from_file \"\xc4\\t\"", "from_file(path=\xc4\t)"},
      {R"(from_file "\u00e4\ud83d\uDE00\n")", "from_file \"\u00e4\U0001F600\\n\"",
       "from_file(path=\u00e4\U0001F600\n)"},
      {"from_file a ! u. ; from_file b ! u. ; union name=u ! to_file c", "",
       "from_file(path=a) to u. ; from_file(path=b) to u. ; union()#u to_file(path=c)"},
      {"from_stdin name=a-b ! z.0 ; a-b. ! z.1 ; zip name=z", "from_stdin name=a_b ! z.0 ; a_b. ! z.1 ; zip name=z",
       "from_stdin()#a_b to z.0 ; from a_b. to z.1 ; zip()#z"},
      {"from_stdin name=s ! u. ; s. ! u. ; s. ; union name=u", "",
       "from_stdin()#s to u. ; from s. to u. ; from s. ; union()#u"},
      {"from-file 'a' on_error=skip", "from-file a on_error=skip", "from-file(path=a)!skip"},
      {"from_file \"a b\" c 'd e' ! pluck \"x,y\",z", "from_file \"a b\",c,\"d e\" ! pluck \"x,y\",z",
       "from_file(path=a b, path=c, path=d e) pluck(pick=x,y, pick=z)"},
      {"from_file 'it\"s',\"it's\"", R"(from_file "it\"s","it's")", "from_file(path=it\"s, path=it's)"},
      {"to_file \"it's\"", "", "to_file(path=it's)"},
      {"to_file 'x=1'", "", "to_file(path=x=1)"},
      {"to_file '!'", "", "to_file(path=!)"},
      {"to_file '# a'", "", "to_file(path=# a)"},
      {"to_file ''\"a\"'b c'\"\\u0020d\"", "to_file 'ab c d'", "to_file(path=ab c d)"},
      {"unique key='.a + .b'", "", "unique(key=.a + .b)"},
      {"unique key=(.a + .b) maxsize=1e6 within=10m", "", "unique(key=(.a + .b), maxsize=1e6, within=10m)"},
      {"accumulate '$state + .v' start=0", "accumulate $state + .v start=0", "accumulate(expr=$state + .v, start=0)"},
      {"accumulate start=\"x y\" $state + .v", "accumulate $state + .v start=\"x y\"",
       "accumulate(expr=$state + .v, start=\"x y\")"},
      {"accumulate $state + .v start={\"a\": [1, 2]}", "", "accumulate(expr=$state + .v, start={\"a\": [1, 2]})"},
      {"from_iterable [1, 2]", "", "from_iterable(values=[1, 2])"},
      {"filter '.a == 1'", "filter .a == 1", "filter(expr=.a == 1)"},
      {"filter '.a ! 1'", "", "filter(expr=.a ! 1)"},
      {"filter .name == 'bob'", "", "filter(expr=.name == 'bob')"},
      {"filter '. # all'", "", "filter(expr=. # all)"},
      {"map (a=b)", "", "map(expr=(a=b))"},
      {"map .a=1", "", "map(expr=.a=1)"},
      {"filter .a!=1", "", "filter(expr=.a!=1)"},
      {"filter n==1", "", "filter(expr=n==1)"},
      {"map ((((((((((.a))))))))))", "", "map(expr=((((((((((.a)))))))))))"},
      {"map .a \\\n  + .b", "map .a     + .b", "map(expr=.a     + .b)"},
      {"map .a\r\n! count\r\n", "map .a ! count", "map(expr=.a) count()"},
      {"\xEF\xBB\xBFmap .a", "map .a", "map(expr=.a)"},
      {"#!/usr/bin/streamz -f\n# every line\nfrom_stdin name=s # the input\n\n! map .a !\n\n# more\ncount\ns. ! "
       "to_null\n",
       "from_stdin name=s ! map .a ! count ; s. ! to_null", "from_stdin()#s map(expr=.a) count() ; from s. to_null()"},
      {"streamz:map .a", "", "streamz:map(expr=.a)"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    check_good(parse_text(row.text), *row.canonical == '\0' ? row.text : row.canonical, row.dump);
  }
}

TEST_CASE("word form: chains that work") {
  struct Row {
    std::vector<std::string> words;
    const char* shown;
    const char* canonical;
    const char* dump;
  };
  const Row rows[] = {
      {{"filter", ".a", "!=", "3", "!", "map", ".b"},
       "filter .a != 3 ! map .b",
       "filter .a != 3 ! map .b",
       "filter(expr=.a != 3) map(expr=.b)"},
      {{"map", "\"hello\""}, "map '\"hello\"'", "map \"hello\"", "map(expr=\"hello\")"},
      {{"filter", "test(\"a ! b\")"},
       "filter 'test(\"a ! b\")'",
       "filter test(\"a ! b\")",
       "filter(expr=test(\"a ! b\"))"},
      {{"filter", ".a ! b"}, "filter '.a ! b'", "filter '.a ! b'", "filter(expr=.a ! b)"},
      {{"from_file", "a b", "it's"},
       "from_file 'a b' 'it'\\''s'",
       "from_file \"a b\",\"it's\"",
       "from_file(path=a b, path=it's)"},
      {{"pluck", "\"a,b\",c"}, "pluck '\"a,b\",c'", "pluck \"a,b\",c", "pluck(pick=a,b, pick=c)"},
      {{"to_file", "\"x\""}, "to_file '\"x\"'", "to_file '\"x\"'", "to_file(path=\"x\")"},
      {{"to_file", "'it\"s'"}, "to_file ''\\''it\"s'\\'''", R"(to_file "'it\"s'")", "to_file(path='it\"s')"},
      {{"map", ".a # it's"}, "map '.a # it'\\''s'", "map (.a # it's\n)", "map(expr=.a # it's)"},
      {{"unique", "key=.a + .b"}, "unique key='.a + .b'", "unique key='.a + .b'", "unique(key=.a + .b)"},
      {{"accumulate", "$state", "+", ".v", "start=0"},
       "accumulate '$state' + .v start=0",
       "accumulate $state + .v start=0",
       "accumulate(expr=$state + .v, start=0)"},
      {{"map", "f(", "x=1", ")"}, "map 'f(' x=1 ')'", "map f( x=1 )", "map(expr=f( x=1 ))"},
      {{"filter", ".a", ";", "map", "=="},
       "filter .a ';' map '=='",
       "filter .a ; map '=='",
       "filter(expr=.a) ; map(expr===)"},
      {{"from_stdin", "name=s", "!", "to_file", "raw.jsonl", "s.", "!", "count"},
       "from_stdin name=s ! to_file raw.jsonl s. ! count",
       "from_stdin name=s ! to_file raw.jsonl ; s. ! count",
       "from_stdin()#s to_file(path=raw.jsonl) ; from s. count()"},
      {{"to_file", "x!=y"}, "to_file x!=y", "to_file x!=y", "to_file(path=x!=y)"},
      {{"to_file", "x!y"}, "to_file 'x!y'", "to_file x!y", "to_file(path=x!y)"},
      {{"to_file", "~/x"}, "to_file '~/x'", "to_file ~/x", "to_file(path=~/x)"},
  };
  for (const Row& row : rows) {
    INFO(row.shown);
    const Parsed parsed = parse_words(row.words);
    CHECK(parsed.chain.text == row.shown);
    // A comment at the end of a program needs a newline and a bracket to be written down.
    if (std::string_view(row.dump) == "map(expr=.a # it's)") {
      CHECK(parsed.chain.to_string() == row.canonical);
      CHECK(dump(parse_text(row.canonical).chain) == "map(expr=(.a # it's\n))");
    } else {
      check_good(parsed, row.canonical, row.dump);
    }
  }
}

TEST_CASE("wrong chains, as they are printed") {
  struct Row {
    std::vector<std::string> chain;  // one: text form
    std::string printed;
  };
  const Row rows[] = {
      {{"from_file", "a.jsonl", "!", "fliter", ".ok"},
       "error[E0101]: no stage named `fliter`\n"
       "  | from_file a.jsonl ! fliter .ok\n"
       "  |                     ^^^^^^ did you mean `filter`?\n"
       "  = help: streamz plugins list --kind node\n"
       "  = fix:  from_file a.jsonl ! filter .ok\n"},
      {{"filter .ok !map .id"},
       "error[E0002]: `!` must stand alone\n"
       "  | filter .ok !map .id\n"
       "  |            ^^^^ write `! map` (in bash, zsh and tcsh `!map` would recall history)\n"
       "  = fix:  filter .ok ! map .id\n"},
      {{"filter .ok ! ! count"},
       "error[E0003]: nothing between two `!`\n"
       "  | filter .ok ! ! count\n"
       "  |            ^^^ a stage is missing here, or one `!` is too many\n"
       "  = fix:  filter .ok ! count\n"},
      {{"unique", "key=.id", "maxsiz=1000"},
       "error[E0110]: `unique` has no argument `maxsiz`\n"
       "  | unique key=.id maxsiz=1000\n"
       "  |                ^^^^^^ did you mean `maxsize` (count, default unlimited)?\n"
       "  = help: " +
           usage("unique") +
           "\n"
           "  = fix:  unique key=.id maxsize=1000\n"},
      {{"timed_window 10secs ! map length"},
       "error[E0113]: `10secs` is not a duration\n"
       "  | timed_window 10secs ! map length\n"
       "  |              ^^^^^^ unit `secs` unknown: use ns us ms s m h d w\n"
       "  = fix:  timed_window 10s ! map length\n"},
      {{"map {id: .id, n: (.a + } ! to_stdout"},
       "error[E0004]: `}` does not close the `(` opened at column 18\n"
       "  | map {id: .id, n: (.a + } ! to_stdout\n"
       "  |                        ^ expected `)` first\n"
       "  = note: brackets and quotes inside a jq argument must balance; `!` inside them is not a separator\n"},
      {{"from_file a.log name=src ! filter .ok ; scr. ! to_file b.log"},
       "error[E0120]: nothing is named `scr`\n"
       "  | from_file a.log name=src ! filter .ok ; scr. ! to_file b.log\n"
       "  |                                         ^^^^ did you mean `src.`? named stages: src\n"
       "  = help: names are set with name=X and read with X. or X.PORT\n"
       "  = fix:  from_file a.log name=src ! filter .ok ; src. ! to_file b.log\n"},
      {{"filter .ok! map .id"},
       "error[E0002]: `!` must stand alone\n"
       "  | filter .ok! map .id\n"
       "  |        ^^^^ write `.ok !`\n"
       "  = fix:  filter .ok ! map .id\n"},
      {{"filter !.ok"},
       "error[E0002]: `!` must stand alone\n"
       "  | filter !.ok\n"
       "  |        ^^^^ `!` joins stages\n"
       "  = note: jq negates with `| not`: (.ok | not)\n"},
      {{"filter", ".ok", "!map", ".id"},
       "error[E0002]: `!` must stand alone\n"
       "  | filter .ok '!map' .id\n"
       "  |            ^^^^^^ write `! map` (in bash, zsh and tcsh `!map` would recall history)\n"
       "  = fix:  filter .ok ! map .id\n"},
      {{"map .a !! count"},
       "error[E0003]: nothing between two `!`\n"
       "  | map .a !! count\n"
       "  |        ^^ a stage is missing here, or one `!` is too many\n"
       "  = fix:  map .a ! count\n"},
      {{"! map .a"},
       "error[E0003]: nothing before `!`\n"
       "  | ! map .a\n"
       "  | ^ a stage is missing here, or this `!` is too many\n"
       "  = fix:  map .a\n"},
      {{"map .a ! ; map .b"},
       "error[E0003]: nothing after `!`\n"
       "  | map .a ! ; map .b\n"
       "  |        ^ a stage is missing here, or this `!` is too many\n"
       "  = fix:  map .a ; map .b\n"},
      {{"filter .a", "!", "count"},
       "error[E0005]: one argument holds a whole chain; quote all of it or none of it\n"
       "  | 'filter .a' ! count\n"
       "  | ^^^^^^^^^^^ this is one word\n"
       "  = fix:  filter .a ! count\n"},
      {{"filter test(\"x\")", "!", "count"},
       "error[E0005]: one argument holds a whole chain; quote all of it or none of it\n"
       "  | 'filter test(\"x\")' ! count\n"
       "  | ^^^^^^^^^^^^^^^^^^ this is one word\n"},
      {{"accumulate $state start=0 + .v"},
       "error[E0006]: `start=0` stands inside the expression\n"
       "  | accumulate $state start=0 + .v\n"
       "  |                   ^^^^^^^ move `start=0` to the end\n"
       "  = fix:  accumulate $state + .v start=0\n"},
      {{"from_stdin name=u ! filter .a ! u. ! count"},
       "error[E0007]: `u.` is fed here and read here\n"
       "  | from_stdin name=u ! filter .a ! u. ! count\n"
       "  |                                 ^^ write `! u. ; u. !`\n"
       "  = fix:  from_stdin name=u ! filter .a ! u. ; u. ! count\n"},
      {{"from_stdin", "name=u", "!", "filter", ".a", "!", "u.", "!", "count"},
       "error[E0007]: `u.` is fed here and read here\n"
       "  | from_stdin name=u ! filter .a ! u. ! count\n"
       "  |                                 ^^ write `! u. ; u. !`\n"
       "  = fix:  from_stdin name=u ! filter .a ! u. ';' u. ! count\n"},
      {{""}, "error[E0100]: the chain holds no stage\n"},
      {{".a"},
       "error[E0101]: no stage named `.a`\n"
       "  | .a\n"
       "  | ^^ to run jq on each record: map .a\n"
       "  = fix:  map .a\n"},
      {{"./a.jsonl ! count"},
       "error[E0101]: no stage named `./a.jsonl`\n"
       "  | ./a.jsonl ! count\n"
       "  | ^^^^^^^^^ to read a file: from_file ./a.jsonl\n"},
      {{"a.jsonl ! count"},
       "error[E0120]: nothing is named `a`\n"
       "  | a.jsonl ! count\n"
       "  | ^^^^^^^ to read a file: from_file a.jsonl\n"
       "  = help: names are set with name=X and read with X. or X.PORT\n"},
      {{"key=.a ! count"},
       "error[E0101]: no stage named `key=.a`\n"
       "  | key=.a ! count\n"
       "  | ^^^^^^ the name of a stage comes first, then its arguments\n"},
      {{"xyzzy"},
       "error[E0101]: no stage named `xyzzy`\n"
       "  | xyzzy\n"
       "  | ^^^^^\n"
       "  = help: streamz plugins list\n"},
      {{"from_kafka t ! count"},
       "error[E0102]: `from_kafka` is in the extra `kafka`, which is not installed\n"
       "  | from_kafka t ! count\n"
       "  | ^^^^^^^^^^\n"
       "  = help: apt install streamz-kafka, or cmake --build . --target streamz_kafka\n"},
      {{"filter .ok nmae=f"},
       "error[E0110]: `filter` has no argument `nmae`\n"
       "  | filter .ok nmae=f\n"
       "  |            ^^^^ did you mean `name`?\n"
       "  = help: " +
           usage("filter") +
           "\n"
           "  = fix:  filter .ok name=f\n"},
      {{"from_file x=1.jsonl"},
       "error[E0110]: `from_file` has no argument `x`\n"
       "  | from_file x=1.jsonl\n"
       "  |           ^ a path: ./x=1.jsonl\n"
       "  = help: " +
           usage("from_file") +
           "\n"
           "  = fix:  from_file ./x=1.jsonl\n"},
      {{"map a=b"},
       "error[E0110]: `map` has no argument `a`\n"
       "  | map a=b\n"
       "  |     ^ part of the jq program? (a=b)\n"
       "  = help: " +
           usage("map") + "\n"},
      {{"unique key=.a + .b"},
       "error[E0111]: an expression with blanks needs brackets here\n"
       "  | unique key=.a + .b\n"
       "  |            ^^^^^^^ brackets: key=(.a + .b)\n"
       "  = fix:  unique key=(.a + .b)\n"},
      {{"unique", "key=.a", "+", ".b", "!", "count"},
       "error[E0111]: an expression with blanks needs brackets here\n"
       "  | unique key=.a + .b ! count\n"
       "  |            ^^^^^^^ brackets: key=(.a + .b)\n"
       "  = fix:  unique key='(.a + .b)' ! count\n"},
      {{"map def f: .+1; f ! count"},
       "error[E0111]: a program with `;` needs brackets or quotes\n"
       "  | map def f: .+1; f ! count\n"
       "  |     ^^^^^^^^^^^^^ brackets: map (def f: .+1; f)\n"
       "  = fix:  map (def f: .+1; f) ! count\n"},
      {{"map", "def", "f:", "1;", ";", "f"},
       "error[E0111]: a program with `;` needs brackets or quotes\n"
       "  | map def f: '1;' ';' f\n"
       "  |     ^^^^^^^^^^^^^^^^^ brackets: map (def f: 1; ; f)\n"
       "  = fix:  map '(def f: 1; ; f)'\n"},
      {{"map", "", "!", "count"},
       "error[E0112]: empty expression\n"
       "  | map '' ! count\n"
       "  |     ^^ write `.` for the record itself\n"},
      {{"head", "-1"},
       "error[E0112]: head: end must be at least 0, is -1\n"
       "  | head -1\n"
       "  |      ^^\n"},
      {{"count", "a.jsonl"},
       "error[E0112]: too many arguments for `count`\n"
       "  | count a.jsonl\n"
       "  |       ^^^^^^^ input files go before the chain: -i a.jsonl\n"
       "  = help: " +
           usage("count") + "\n"},
      {{"slice 1 2 3 4 5"},
       "error[E0112]: too many arguments for `slice`\n"
       "  | slice 1 2 3 4 5\n"
       "  |             ^^^ it takes at most 3 without a key\n"
       "  = help: " +
           usage("slice") + "\n"},
      {{"to_null x"},
       "error[E0112]: too many arguments for `to_null`\n"
       "  | to_null x\n"
       "  |         ^ it takes none without a key\n"
       "  = help: " +
           usage("to_null") + "\n"},
      {{"map"},
       "error[E0112]: `map` needs expr\n"
       "  | map\n"
       "  | ^^^ write " +
           usage_line(*index_of_builtins().find("map")) + "\n"},
      {{"unique key= .a"},
       "error[E0112]: `key` has no value\n"
       "  | unique key= .a\n"
       "  |        ^^^^ write key=EXPR, without blanks round `=`\n"
       "error[E0112]: too many arguments for `unique`\n"
       "  | unique key= .a\n"
       "  |             ^^ it takes none without a key\n"
       "  = help: " +
           usage("unique") + "\n"},
      {{"pluck a,,b"},
       "error[E0112]: `pick` has an empty part\n"
       "  | pluck a,,b\n"
       "  |       ^^^^\n"},
      {{"map .a on_error=skp"},
       "error[E0112]: `skp` is no value of `on_error`\n"
       "  | map .a on_error=skp\n"
       "  |                 ^^^ use fail, skip, dead or retry:N\n"
       "  = fix:  map .a on_error=skip\n"},
      {{"map .a on_error=retry:0"},
       "error[E0112]: `0` is no number of retries\n"
       "  | map .a on_error=retry:0\n"
       "  |                 ^^^^^^^ retry:N with N between 1 and 1000\n"},
      {{"map .a name=1st"},
       "error[E0112]: `1st` is not a name\n"
       "  | map .a name=1st\n"
       "  |             ^^^ letters, digits, _ and -, and no digit first\n"},
      {{"to_file f mode=repalce"},
       "error[E0112]: `repalce` is no value of `mode`\n"
       "  | to_file f mode=repalce\n"
       "  |                ^^^^^^^ did you mean `replace`? values: append, replace, excl\n"
       "  = fix:  to_file f mode=replace\n"},
      {{"rate_limit 10"},
       "error[E0113]: `10` is not a rate or a duration\n"
       "  | rate_limit 10\n"
       "  |            ^^ 10 what? 10/s or 10s\n"},
      {{"slice start=1 start=2"},
       "error[E0115]: `start` is given twice\n"
       "  | slice start=1 start=2\n"
       "  |               ^^^^^ the first is `start=1`\n"},
      {{"map .a name=x name=y"},
       "error[E0115]: `name` is given twice\n"
       "  | map .a name=x name=y\n"
       "  |               ^^^^ the first is `x`\n"},
      {{"from_stdin name=s ! to_file raw.jsonl sx. ! count"},
       "error[E0120]: nothing is named `sx`\n"
       "  | from_stdin name=s ! to_file raw.jsonl sx. ! count\n"
       "  |                                       ^^^ did you mean `s.`? named stages: s\n"
       "  = help: names are set with name=X and read with X. or X.PORT\n"
       "  = fix:  from_stdin name=s ! to_file raw.jsonl s. ! count\n"},
      {{"map .a ! out.jsonl"},
       "error[E0120]: nothing is named `out`\n"
       "  | map .a ! out.jsonl\n"
       "  |          ^^^^^^^^^ to write a file: to_file out.jsonl\n"
       "  = help: names are set with name=X and read with X. or X.PORT\n"},
      {{"map .a ! u."},
       "error[E0120]: nothing is named `u`\n"
       "  | map .a ! u.\n"
       "  |          ^^ no stage has a name\n"
       "  = help: names are set with name=X and read with X. or X.PORT\n"},
      {{"map .a name=x ! filter .b name=x"},
       "error[E0121]: two stages are named `x`\n"
       "  | map .a name=x ! filter .b name=x\n"
       "  |                 ^^^^^^ this one and `map` at column 1\n"},
      {{"filter .a name=f ! count ; f.els ! to_null"},
       "error[E0122]: `filter` has no output `els`\n"
       "  | filter .a name=f ! count ; f.els ! to_null\n"
       "  |                            ^^^^^ did you mean `f.else`? outputs: f., f.else\n"
       "  = fix:  filter .a name=f ! count ; f.else ! to_null\n"},
      {{"map .a ! m.x ; map .b name=m"},
       "error[E0122]: `map` has no input `x`\n"
       "  | map .a ! m.x ; map .b name=m\n"
       "  |          ^^^ inputs: m.\n"},
      {{"map 'x"},
       "error[E0001]: `'` is never closed\n"
       "  | map 'x\n"
       "  |     ^ opened here\n"},
      {{"map \"x ! count"},
       "error[E0001]: `\"` is never closed\n"
       "  | map \"x ! count\n"
       "  |     ^ opened here\n"},
      {{"map .a) ! count"},
       "error[E0004]: `)` closes nothing\n"
       "  | map .a) ! count\n"
       "  |       ^ no bracket is open here\n"
       "  = note: brackets and quotes inside a jq argument must balance; `!` inside them is not a separator\n"},
      {{"map {\n  a: (.b\n}\n"},
       "error[E0004]: `}` does not close the `(` opened at line 2, column 6\n"
       "  | }\n"
       "  | ^ expected `)` first\n"
       "  = note: brackets and quotes inside a jq argument must balance; `!` inside them is not a separator\n"},
      {{"filter \".a == 1\""},
       "warning[W0203]: the condition is always true: it is a string\n"
       "  | filter \".a == 1\"\n"
       "  |        ^^^^^^^^^ single quotes were meant\n"
       "  = fix:  filter '.a == 1'\n"},
  };
  for (const Row& row : rows) {
    CHECK((row.chain.size() == 1 ? parse_text(row.chain[0]) : parse_words(row.chain)).printed() == row.printed);
  }
}

TEST_CASE("a fix mends the chain") {
  for (const char* text : {"filter .ok !map .id", "filter .ok ! ! count", "map .a !! count", "! map .a", "map .a !",
                           "timed_window 10secs ! map length", "accumulate $state start=0 + .v", "unique key=.a + .b",
                           "map def f: .+1; f ! count", "to_file f mode=repalce", "map .a on_error=skp", ".a",
                           "from_file x=1.jsonl", "filter \".a == 1\"", "map .b name=u ! filter .a ! u. ! count"}) {
    const Parsed wrong = parse_text(text);
    REQUIRE(wrong.problems.all().size() == 1);
    REQUIRE_FALSE(wrong.problems.all()[0].fix.empty());
    INFO(wrong.problems.all()[0].fix);
    CHECK(parse_text(wrong.problems.all()[0].fix).printed().empty());
  }
}

TEST_CASE("all mistakes of a chain are reported, each once") {
  const std::pair<const char*, const char*> rows[] = {
      {"fliter .ok !map .id ! rate_limit 10 ! x.", "E0002 E0101 E0113 E0120"},
      {"map (.a ! fliter .b ! count 1", "E0001 E0101 E0112"},
      {"map {a: (.b} ! fliter .b", "E0004 E0101"},
      {"fliter .a ; conut", "E0101 E0101"},
      {"slice -1 0 step=0 x=1", "E0112 E0110 E0112"},
      {"xyzzy name=x ! count ; x. ! to_null", "E0101"},          // the name counts
      {"map (.a name=x ! count ; x. ! to_null", "E0001 E0120"},  // swallowed by the bracket
      {"from_file x=1 y=2", "E0110 E0110"},                      // and not that the path is missing
      {"! ! !", "E0003"},
      {"map def f: 1; def g: 2; f+g", "E0111"},
  };
  for (const auto& [text, codes] : rows) {
    INFO(text);
    CHECK(parse_text(text).codes() == codes);
  }
}

TEST_CASE("a program that begins with def ends at a stage or a reference") {
  CHECK(dump(parse_text("map reduce .[] as $x (0;.) name=r ; r. ! count").chain) ==
        "map(expr=reduce .[] as $x (0;.))#r ; from r. count()");
  CHECK(parse_text("map reduce .[] as $x (0;.) ; filter .a ! to_null").codes().empty());
}

namespace {

Param param_of(const char* name, Type type, bool positional, bool list = false) {
  Param param;
  param.name = name;
  param.types = {type};
  param.positional = positional;
  param.list = list;
  return param;
}

// A package with a stage for what no built-in has, and one that its manifest says nothing about.
std::string manifest() {
  StageSpec spec;
  spec.summary = "runs a command";
  spec.params = {param_of("cmd", Type::string, true), param_of("by", Type::expr, false, true)};
  return R"({"streamz":1,"name":"p","version":"1","entry_points":{"streamz.nodes":["run_it = p:Run","mute = p:Mute"]},)"
         R"("stages":{"run_it":)" +
         spec_to_json(spec) + "}}";
}

}  // namespace

TEST_CASE("stages of plugins are checked by their manifest, without one nothing is") {
  const PluginFolder folder;
  folder.write("p.json", manifest());
  const Index index{SearchPath{{folder.path.string()}, false, true}};
  const auto parsed = [&](std::string_view text) {
    Parsed result;
    result.chain = parse(text, index, result.problems);
    return result;
  };
  CHECK(parsed("run_it ls -l").printed() ==
        "error[E0112]: too many arguments for `run_it`\n"
        "  | run_it ls -l\n"
        "  |           ^^ quote the command: run_it 'ls -l'\n"
        "  = help: " +
            usage_line(*index.find("run_it")) + "     streamz help run_it\n");
  CHECK(parsed("run_it ls emit=1").codes() == "E0110");

  const std::pair<const char*, const char*> rows[] = {
      {"run_it 'ls -l' by=.a,n:(.b,.c),\"x,y\"", "run_it(by=.a, by=n:(.b,.c), by=\"x,y\", cmd=ls -l)"},
      {"run_it x by='.a, .b + 1'", "run_it(by=.a, by=.b + 1, cmd=x)"},
      {"mute 'a b' \"c\" x=1 \"p99.9\"=p99.9:.ms \"name\"=y name=m",
       "mute(=a b, =\"c\", name=y, p99.9=p99.9:.ms, x=1)#m"},
  };
  for (const auto& [text, expected] : rows) {
    const Parsed first = parsed(text);
    CHECK(first.printed().empty());
    CHECK(dump(first.chain) == expected);
    CHECK(dump(parsed(first.chain.to_string()).chain) == expected);
  }
  const Parsed list = parsed("run_it x by=.a,.bc");
  const Span span = list.chain.segments[0].stages[0].arguments[1].span;
  CHECK(list.chain.text.substr(span.begin, span.end - span.begin) == ".bc");
}

TEST_CASE("spans point at what was typed") {
  const Parsed text = parse_text("map '.a' ! pluck x,y missing=null");
  const Stage& pluck = text.chain.segments[0].stages[1];
  const auto slice = [](const Chain& chain, Span span) { return chain.text.substr(span.begin, span.end - span.begin); };
  CHECK(slice(text.chain, text.chain.segments[0].stages[0].arguments[0].span) == "'.a'");
  CHECK(slice(text.chain, pluck.span) == "pluck");
  REQUIRE(pluck.arguments.size() == 3);
  CHECK(slice(text.chain, pluck.arguments[0].key_span) == "missing");
  CHECK(slice(text.chain, pluck.arguments[0].span) == "null");
  CHECK(slice(text.chain, pluck.arguments[1].span) == "x");
  CHECK(slice(text.chain, pluck.arguments[2].span) == "y");
  CHECK(pluck.arguments[2].index == 0);

  const Parsed words = parse_words({"unique", "key=.a | .b", "!", "filter", ".x", ">", "1"});
  CHECK(slice(words.chain, words.chain.segments[0].stages[0].arguments[0].span) == "'.a | .b'");
  CHECK(slice(words.chain, words.chain.segments[0].stages[1].arguments[0].span) == ".x '>' 1");
}

TEST_CASE("hostile text neither crashes nor takes long") {
  const std::string open(100000, '(');
  CHECK(parse_text("map " + open).codes() == "E0001");
  CHECK(parse_text("map " + open + std::string(100000, ']')).codes() == "E0004");
  CHECK(parse_text("map " + open + "." + std::string(100000, ')')).codes().empty());
  CHECK(parse_text(std::string(100000, '!')).codes() == "E0003");
  CHECK(parse_text(std::string(100000, ';')).codes() == "E0100");
  CHECK(parse_text(std::string("map .a\0b", 8)).codes().empty());
  CHECK(parse_text("\xff\xfe").codes() == "E0101");
  for (const char* text :
       {"'", "\"", "!=", "=", "=x", "a=", "\"a\"=", "x.", ".", "\\", "#", "map \"\\", "map \"\\(", "'x'y", "a:b:c"}) {
    CHECK_NOTHROW(parse_text(text));
    CHECK_NOTHROW(parse_words({text, text, "!", text}));
  }
}
