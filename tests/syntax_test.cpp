// SPDX-License-Identifier: Apache-2.0
// What somebody is told who writes a wrong jq program: each with stages before and behind it, for the
// place has to be right in the chain.
#include "catch.h"
#include "graph.h"

using namespace streamz;

namespace {

struct Row {
  const char *stage, *marked;
  std::size_t at;  // of what is marked, in the stage
  const char *message, *label;
};

// Everything that is found wrong up to the first record.
Problems problems_of(const std::string& text) {
  static const Index index{SearchPath{{}, true, false}};
  static Loader loader(false);
  Problems problems;
  const Chain chain = parse(std::string_view(text), index, problems);
  problems.text = chain.text;
  if (problems.has_errors()) return problems;
  Graph graph = connect(chain, index, {}, problems);
  if (!problems.has_errors()) bind(graph, chain, index, loader, problems);
  return problems;
}

const std::string before = "from_stdin ! filter .ok ! ", behind = " ! count";

void check(const Row& row) {
  INFO(row.stage);
  const Problems problems = problems_of(before + row.stage + behind);
  REQUIRE(problems.all().size() == 1);
  const Diagnostic& said = problems.all().front();
  std::string message = said.message.starts_with("jq: ") ? said.message.substr(4) : said.message;
  if (said.code != "E0201") message.insert(0, said.code + " ");
  CHECK(message == row.message);
  CHECK(said.label == row.label);
  CHECK(problems.text.substr(said.span.begin, said.span.end - said.span.begin) == row.marked);
  CHECK(said.span.begin == before.size() + row.at);
}

}  // namespace

TEST_CASE("a wrong program, its place and its cause", "[syntax]") {
  const Row rows[] = {
      {"filter if .a then 1", "1", 18, "the program ends too early", "an `if` ends with `end`"},
      {"filter if .a 1 else 2 end", "1", 13, "unexpected `1`", "`then` is missing: if … then … else … end"},
      {"filter if .a then 1 else 2", "2", 25, "the program ends too early", "an `if` ends with `end`"},
      {"filter if .a then 1 elif 2 end", "end", 27, "unexpected `end`", "`then` is missing: if … then … else … end"},
      {"map reduce .[] as $x (0 . + $x)", ".", 24, "unexpected `.`", "expected `;`"},
      {"map reduce .[] as x (0; . + $x)", "x", 18, "unexpected `x`", "did you mean `$x`?"},
      {"map (reduce .[] as $x (0; . + $x; 1))", ";", 32, "unexpected `;`", "expected `)`"},
      {"map (reduce .[] ($x; 0))", "(", 16, "unexpected `(`", "`as $name` is missing"},
      {"map foreach .[] as $x (0)", ")", 24, "unexpected `)`", "expected `;`"},
      {"map (def f: .+1 f)", "f", 16, "unexpected `f`", "an operator or `;` is missing before it"},
      {"map (def f .+1; f)", ".", 11, "unexpected `.`", "expected `:`"},
      {"map (def 1f: .; f)", "1", 9, "a name is missing behind `def`", "as in: def half: . / 2; half"},
      {"map (def f: 1;)", ")", 14, "unexpected `)`", "a value is missing before it"},
      {"map try", "try", 4, "the program ends after `try`", "a value is missing"},
      {"map try .a catch", "catch", 11, "the program ends after `catch`", "a value is missing"},
      {R"(map (try error("x") catch))", ")", 25, "unexpected `)`", "a value is missing before it"},
      {"filter .a = 1", "=", 10, "W0203 the condition is always true: `=` assigns", "`==` compares"},
      {"filter .a <> 1", "<>", 10, "unexpected `<>`", "jq writes `!=`"},
      {"filter .a == 'x'", "'x'", 13, "jq strings use double quotes", R"(write "x")"},
      {"filter .a && .b", "&&", 10, "unexpected `&&`", "jq writes `and`"},
      {"filter .a || .b", "||", 10, "unexpected `||`", "jq writes `or`"},
      {"filter (!.a)", "!", 8, "E0002 `!` must stand alone",
       "jq has no `!`: between stages it needs a blank on both sides"},
      {"filter .a & .b", "&", 10, "unexpected `&`", "jq writes `and`"},
      {"filter (.a and)", ")", 14, "unexpected `)`", "a value is missing before it"},
      {"filter (and .a)", "and", 8, "unexpected `and`", "a value is missing before it"},
      {"map .a.?b", ".?", 6, "unexpected `.?`", "`?` stands behind the name: `.a?`"},
      {"map .a->b", "->", 6, "unexpected `->`", "a field of a field is `.a.b`"},
      {"map len(.a)", "len", 4, "E0202 `len/1` is not defined", "did you mean `length`?"},
      {R"(map .a.split(","))", "(", 12, "unexpected `(`", "a field takes no arguments; the function: `| split(…)`"},
      {"map .a[0:1:2]", ":", 10, "unexpected `:`", "expected `]`"},
      {"map .a..b", "..", 6, "unexpected `..`", "one dot too many: `.a.b`, or `.a | ..` for all below it"},
      {"map ..a", "a", 6, "unexpected `a`", "write `.. | .a?`"},
      {"map .a.", ".", 6, "unexpected `.`", "a name is missing behind the dot"},
      {"map .a-b", "b", 7, "E0202 `b/0` is not defined", "did you mean `.b`?"},
      {"map .a b", "b", 7, "unexpected `b`", "an operator is missing before it"},
      {"map {a b}", "b", 7, "unexpected `b`", "`:` stands between a key and its value"},
      {"map {a: 1, , b: 2}", ",", 11, "unexpected `,`", "a key is missing before it"},
      {"map {a: 1; b: 2}", ";", 9, "unexpected `;`", "put the value in brackets: `(…)`"},
      {R"(map {"a" 1})", "1", 9, "unexpected `1`", "`:` stands between a key and its value"},
      {"map {a = 1}", "=", 7, "unexpected `=`", "`:` stands between a key and its value"},
      {"map {.a}", ".a", 5, "unexpected `.a`", "a key has no dot: `a`"},
      {"map {a: .b, c .d}", ".d", 14, "unexpected `.d`", "`:` stands between a key and its value"},
      {"map [1 2]", "2", 7, "unexpected `2`", "a comma or an operator is missing before it"},
      {"map [1,,2]", ",", 7, "unexpected `,`", "a value is missing before it"},
      {"map [1,]", "]", 7, "unexpected `]`", "a value is missing before it"},
      {"map true ? 1 : 2", "1", 11, "unexpected `1`", "jq writes `if … then … else … end`"},
      {"map .a ? 1 : 2", "1", 9, "unexpected `1`", "jq writes `if … then … else … end`"},
      {"map test()", "test()", 4, "`test()` has no arguments", "put one in, or write `test`"},
      {"map limit(3)", "limit", 4, "E0202 `limit/1` is not defined", "`limit` takes 2 arguments"},
      {"map (limit(3, .[]))", "limit", 5, "E0202 `limit/1` is not defined", "arguments are parted by `;`"},
      {R"(map (sub("a", "b")))", "sub", 5, "E0202 `sub/1` is not defined", "arguments are parted by `;`"},
      {"map join", "join", 4, "E0202 `join/0` is not defined", "`join` takes 1 argument"},
      {"map map", "map", 4, "E0202 `map/0` is not defined", "`map` takes 1 argument"},
      {"map select", "select", 4, "E0202 `select/0` is not defined", "`select` takes 1 argument"},
      {"map @jsn", "@jsn", 4, "E0202 there is no format `@jsn`", "did you mean `@json`?"},
      {R"x(map @base65 "\(.)")x", "@base65", 4, "E0202 there is no format `@base65`", "did you mean `@base64`?"},
      {"map 1.2.3", "1.2.3", 4, "`1.2.3` is not a number", ""},
      {"map 1e", "1e", 4, "`1e` is not a number", "digits, a point, and an exponent as in 1e6"},
      {"map 0x10", "0x10", 4, "`0x10` is not a number", "digits, a point, and an exponent as in 1e6"},
      {"map 1_000", "1_000", 4, "`1_000` is not a number", "digits, a point, and an exponent as in 1e6"},
      {"map $x", "$x", 4, "E0202 `$x` is not defined", ""},
      {"map $", "$", 4, "a name is missing behind `$`", ""},
      {"map $1", "$", 4, "a name is missing behind `$`", ""},
      {R"(map "\x")", R"(\x)", 5, "invalid escape", R"(there are: \n \t \r \b \f \" \\ \/ \uXXXX and \(…))"},
      {R"(map "\u12")", R"(\u)", 5, "invalid escape", R"(there are: \n \t \r \b \f \" \\ \/ \uXXXX and \(…))"},
      {"map lambda x: x", "x", 11, "unexpected `x`", "an operator is missing before it"},
      {"map x => x.a", "=>", 6, "unexpected `=>`", "jq writes `>=`, and has no arrow functions"},
      {"map None", "None", 4, "E0202 `None/0` is not defined", "did you mean `null`?"},
      {"map True", "True", 4, "E0202 `True/0` is not defined", "did you mean `true`?"},
      {"map nil", "nil", 4, "E0202 `nil/0` is not defined", "did you mean `null`?"},
      {"map undefined", "undefined", 4, "E0202 `undefined/0` is not defined", "did you mean `null`?"},
      {"map .a == None", "None", 10, "E0202 `None/0` is not defined", "did you mean `null`?"},
      {"map .a is null", "is", 7, "unexpected `is`", "jq writes `==`"},
      {"map .a in [1,2]", "in", 7, "unexpected `in`", R"(jq writes `| IN(1, 2)`, or `| has("a")` for a key)"},
      {R"(map "a" in .b)", "in", 8, "unexpected `in`", R"(jq writes `| IN(1, 2)`, or `| has("a")` for a key)"},
      {"map .a not in .b", "not", 7, "unexpected `not`", "jq negates with `| not`"},
      {R"(map f"x")", R"("x")", 5, R"(unexpected `"x"`)", "an operator is missing before it"},
      {R"(map .a + "x" * )", "*", 13, "the program ends after `*`", "a value is missing"},
      {"map + 1", "+", 4, "unexpected `+`", "a value is missing before it"},
      {"map * 2", "*", 4, "unexpected `*`", "a value is missing before it"},
      {"map .a +", "+", 7, "the program ends after `+`", "a value is missing"},
      {"map .a |", "|", 7, "the program ends after `|`", "a value is missing"},
      {"map | .a", "|", 4, "unexpected `|`", "a value is missing before it"},
      {"map .a | | .b", "|", 9, "unexpected `|`", "a value is missing before it"},
      {"map .a , ", ",", 7, "the program ends after `,`", "a value is missing"},
      {R"(map import "x")", R"(import "x")", 4, "a name for the module is missing",
       "`as NAME`, or `as $NAME` for data"},
      {"map break", "break", 4, "the program ends after `break`", "a name with its dollar is missing: `$name`"},
      {"map (break $out)", "break", 5, "E0202 the label `$out` is not defined", "`label` defines one"},
      {"map label $x", "$x", 10, "the program ends too early", "expected `|`"},
      {"map . as x | x", "x", 9, "unexpected `x`", "did you mean `$x`?"},
      {"map . as [$a $b] | $a", "$b", 13, "unexpected `$b`", "a comma or an operator is missing before it"},
      {"map . as {a} | $a", "a", 10, "a variable is missing", "`$a`, or `a: $x`"},
      {"map . as {$a, b} | $a", "b", 14, "a variable is missing", "`$b`, or `b: $x`"},
      {"map (. as $x)", ")", 12, "unexpected `)`", "expected `|`"},
      {"map .a as $x", "$x", 10, "the program ends too early", "expected `|`"},
      {"map %", "%", 4, "unexpected `%`", "a value is missing before it"},
      {R"(map \)", R"(\)", 4, R"(unexpected `\`)", "a value is missing before it"},
      {"map `a`", "`", 4, "unexpected ```", "jq strings use double quotes"},
      {"map .é", "é", 5, "unexpected `é`", R"(such a name is written `.["…"]`)"},
      {"map é", "é", 4, "unexpected `é`", "such letters stand in double quotes only"},
      {"map .a.é", ".", 6, "unexpected `.`", R"(such a name is written `.["…"]`)"},
      {"map .a.1", ".1", 6, "unexpected `.1`", "an element is `[1]`"},
      {R"(map .a."b" "c")", R"("c")", 11, R"(unexpected `"c"`)", "an operator is missing before it"},
      {"map $__loc", "$__loc", 4, "E0202 `$__loc` is not defined", "did you mean `$__loc__`?"},
      {"map $ENV.HOME.", ".", 13, "unexpected `.`", "a name is missing behind the dot"},
      {"map input", "input", 4, "E0202 `input/0` is not available", "records come from the chain"},
      {"map inputs", "inputs", 4, "E0202 `inputs/0` is not available", "records come from the chain"},
      {"map input_line_number", "input_line_number", 4, "E0202 `input_line_number/0` is not available",
       "records come from the chain"},
      {"map ltrimstr", "ltrimstr", 4, "E0202 `ltrimstr/0` is not defined", "`ltrimstr` takes 1 argument"},
      {"map splits", "splits", 4, "E0202 `splits/0` is not defined", "`splits` takes 1 or 2 arguments"},
      {"map lenght()", "lenght()", 4, "`lenght()` has no arguments", "put one in, or write `lenght`"},
      {"map length()", "length()", 4, "`length()` has no arguments", "put one in, or write `length`"},
      {"map keys(.)", "keys", 4, "E0202 `keys/1` is not defined", "`keys` takes no arguments"},
      {"map toString", "toString", 4, "E0202 `toString/0` is not defined", "did you mean `tostring`?"},
      {"map .a.toString()", "(", 15, "unexpected `(`", "a field takes no arguments; the function: `| toString(…)`"},
      {"map JSON.parse(.a)", "(", 14, "unexpected `(`", "a field takes no arguments; the function: `| parse(…)`"},
      {"map len", "len", 4, "E0202 `len/0` is not defined", "did you mean `length`?"},
      {"map count", "count", 4, "E0202 `count/0` is not defined", "did you mean `length`?"},
      {"map substring", "substring", 4, "E0202 `substring/0` is not defined", "did you mean `.[from:to]`?"},
      {"map lower", "lower", 4, "E0202 `lower/0` is not defined", "did you mean `ascii_downcase`?"},
      {"map uppercase", "uppercase", 4, "E0202 `uppercase/0` is not defined", "did you mean `ascii_upcase`?"},
      {"map concat", "concat", 4, "E0202 `concat/0` is not defined", "did you mean `+`?"},
      {"map ifelse", "ifelse", 4, "E0202 `ifelse/0` is not defined", "did you mean `.ifelse`?"},
      {R"(map replace("a";"b"))", "replace", 4, "E0202 `replace/2` is not defined", "did you mean `gsub`?"},
      {"map contains", "contains", 4, "E0202 `contains/0` is not defined", "`contains` takes 1 argument"},
      {"map .a.[0].", ".", 10, "unexpected `.`", "a name is missing behind the dot"},
      {"map ?", "?", 4, "unexpected `?`", "`?` stands behind a path; to choose: `.[] | select(…)`"},
      {"map .[?]", "?", 6, "unexpected `?`", "`?` stands behind a path; to choose: `.[] | select(…)`"},
      {"map .items[?(@.x>1)]", "?", 11, "unexpected `?`", "`?` stands behind a path; to choose: `.[] | select(…)`"},
      {"map $.a.b", "$", 4, "a name is missing behind `$`", "the record is `.`: write `.a`"},
      {"map @", "@", 4, "E0202 there is no format `@`",
       "there are: @text @json @csv @tsv @html @uri @urid @sh @base64 @base64d @base32 @base32d"},
      {"map .@a", "@a", 5, "unexpected `@a`", "an operator is missing before it"},
      {"map ./a", "a", 6, "E0202 `a/0` is not defined", "did you mean `.a`?"},
      {"map .a/.b.", ".", 9, "unexpected `.`", "a name is missing behind the dot"},
      {"map (reduce .[] as $x (0 . + $x))", ".", 25, "unexpected `.`", "expected `;`"},
      {R"(map {a: "x" "y"})", R"("y")", 12, R"(unexpected `"y"`)", "a comma or an operator is missing before it"},
      {R"(map test("\d+"))", R"(\d)", 10, "invalid escape", R"(in a regular expression it is doubled: `\\d`)"},
      {"map if . then 1 else end", "end", 21, "unexpected `end`", "a value is missing before it"},
      {"map if then 1 end", "then", 7, "unexpected `then`", "a value is missing before it"},
      {"map try catch .", "catch", 8, "unexpected `catch`", "a value is missing before it"},
      {"map .a | | length", "|", 9, "unexpected `|`", "a value is missing before it"},
      {"map .a == == 1", "==", 10, "unexpected `==`", "a value is missing before it"},
      {"map .a == 1 == 2", "==", 12, "unexpected `==`", "such operators stand alone: put one side in brackets"},
      {"map .a = 1 = 2", "=", 11, "unexpected `=`", "such operators stand alone: put one side in brackets"},
      {"map .a and or .b", "or", 11, "unexpected `or`", "a value is missing before it"},
      {"map .[] as [$a, ] | $a", "]", 16, "unexpected `]`", "`$name`, `[…]` or `{…}` behind `as`"},
      {"map foreach .[] as $x (0; 1; 2; 3)", ";", 30, "unexpected `;`", "expected `)`"},
      {R"(map "a" + 'b')", "'b'", 10, "jq strings use double quotes", R"(write "b")"},
      {R"(map {"a": 1 "b": 2})", R"("b")", 12, R"(unexpected `"b"`)", "a comma or an operator is missing before it"},
      {"map {a: 1 b: 2}", "b", 10, "unexpected `b`", "a comma or an operator is missing before it"},
      {"map .a +* .b", "*", 8, "unexpected `*`", "a value is missing before it"},
      {"map .a[1,]", "]", 9, "unexpected `]`", "a value is missing before it"},
      {"map select(.a == 1) and", "and", 20, "the program ends after `and`", "a value is missing"},
      {"map select .a == 1", "select", 4, "E0202 `select/0` is not defined", "`select` takes 1 argument"},
      {"map if .a = 1 then 2 else 3", "3", 26, "the program ends too early", "an `if` ends with `end`"},
      {"map ..length", "length", 6, "unexpected `length`", "write `.. | .length?`"},
      {"map .a|.b|", "|", 9, "the program ends after `|`", "a value is missing"},
      {"map $ENV[PATH]", "PATH", 9, "E0202 `PATH/0` is not defined", "did you mean `.PATH`?"},
      {R"(map @text "a" @json)", "@json", 14, "unexpected `@json`", "an operator is missing before it"},
      {"map .. == 1 ..", "..", 12, "unexpected `..`", "an operator is missing before it"},
      {"map .a as $x | $y", "$y", 15, "E0202 `$y` is not defined", "did you mean `$x`?"},
      {"map nope | length | nopes", "nope", 4, "E0202 `nope/0` is not defined", "did you mean `not`?"},
      {"map group_by(.a;.b)", "group_by", 4, "E0202 `group_by/2` is not defined", "`group_by` takes 1 argument"},
      {"map sort_by()", "sort_by()", 4, "`sort_by()` has no arguments", "put one in, or write `sort_by`"},
      {"map (1;2)", ";", 6, "unexpected `;`", "expected `)`"},
      {"map 5 5", "5", 6, "unexpected `5`", "an operator is missing before it"},
      {"map reduce", "reduce", 4, "the program ends after `reduce`", "a value is missing"},
      {"map reduce .", ".", 11, "the program ends too early", "`as $name` is missing"},
      {"map foreach . as", "as", 14, "the program ends after `as`", "a name with its dollar is missing: `$name`"},
      {"map if", "if", 4, "the program ends after `if`", "a value is missing"},
      {"map elif", "elif", 4, "unexpected `elif`", "a value is missing before it"},
      {"map then", "then", 4, "unexpected `then`", "a value is missing before it"},
      {"map __loc__", "__loc__", 4, "unexpected `__loc__`", "a value is missing before it"},
      {"map $__prog_args", "$__prog_args", 4, "E0202 `$__prog_args` is not defined", ""},
      {R"(map test("a\.b"))", R"(\.)", 11, "invalid escape", R"(in a regular expression it is doubled: `\\.`)"},
      {"map 1 + 2 as x | x", "x", 13, "unexpected `x`", "did you mean `$x`?"},
      {"map {(1): 2}", "(1)", 5, "cannot use number (1) as object key", "keys are strings"},
      {"map . as {(true): $x} | $x", "(true)", 10, "cannot use boolean (true) as object key", "keys are strings"},
      {"map {a: . as $x | $x}", "as", 10, "unexpected `as`", "put the value in brackets: `(…)`"},
      {"map {1: 2}", "1", 5, "unexpected `1`", R"(keys are strings: `"1"`)"},
      {"map $.a", "$", 4, "a name is missing behind `$`", "the record is `.`: write `.a`"},
      {"map $ENV.HOME | $home", "$home", 16, "E0202 `$home` is not defined", ""},
      {"map (.a ? .b : .c)", ":", 13, "unexpected `:`", "jq writes `if … then … else … end`"},
      {"map .a ** 2", "**", 7, "unexpected `**`", "jq writes `pow(.a; 2)`"},
      {"map .a++", "++", 6, "unexpected `++`", "jq writes `+ 1`"},
      {"map .a << 2", "<<", 7, "unexpected `<<`", "jq has no operators on bits"},
      {R"(map (.a matches "x"))", "matches", 8, "unexpected `matches`", R"(jq writes `| test("…")`)"},
      {R"(map .a like "x")", "like", 7, "unexpected `like`", R"(jq writes `| test("…")`)"},
      {"map .a eq 1", "eq", 7, "unexpected `eq`", "jq writes `==`"},
      {"map .a mod 2", "mod", 7, "unexpected `mod`", "jq writes `%`"},
      {"map .a | toLowerCase", "toLowerCase", 9, "E0202 `toLowerCase/0` is not defined",
       "did you mean `ascii_downcase`?"},
      {"map sum", "sum", 4, "E0202 `sum/0` is not defined", "did you mean `add`?"},
      {"map avg", "avg", 4, "E0202 `avg/0` is not defined", "did you mean `add / length`?"},
      {"map int", "int", 4, "E0202 `int/0` is not defined", "did you mean `tonumber`?"},
      {"map parseInt(.a)", "parseInt", 4, "E0202 `parseInt/1` is not defined", "did you mean `tonumber`?"},
      {R"(map indexOf("a"))", "indexOf", 4, "E0202 `indexOf/1` is not defined", "did you mean `index`?"},
      {"map typeof", "typeof", 4, "E0202 `typeof/0` is not defined", "did you mean `type`?"},
      {"map strip", "strip", 4, "E0202 `strip/0` is not defined", "did you mean `trim`?"},
      {"map size", "size", 4, "E0202 `size/0` is not defined", "did you mean `length`?"},
      {"map distinct", "distinct", 4, "E0202 `distinct/0` is not defined", "did you mean `unique`?"},
      {"map limit(1, 2, 3)", "limit", 4, "E0202 `limit/1` is not defined", "`limit` takes 2 arguments"},
      {"map test", "test", 4, "E0202 `test/0` is not defined", "`test` takes 1 or 2 arguments"},
      {"map input_filename", "input_filename", 4, "E0202 `input_filename/0` is not available",
       "records come from the chain"},
      {"map label $x | break $y", "break", 15, "E0202 the label `$y` is not defined", "`label` defines one"},
      {R"x(map "\(lenght)")x", "lenght", 7, "E0202 `lenght/0` is not defined", "did you mean `length`?"},
      {"map [.[] | selct(.a)]", "selct", 11, "E0202 `selct/1` is not defined", "did you mean `select`?"},
      {"map @bse64", "@bse64", 4, "E0202 there is no format `@bse64`", "did you mean `@base64`?"},
      {"map @csv | @jsno", "@jsno", 11, "E0202 there is no format `@jsno`", "did you mean `@json`?"},
      {"map .a | keyss", "keyss", 9, "E0202 `keyss/0` is not defined", "did you mean `keys`?"},
      {"map to_entires", "to_entires", 4, "E0202 `to_entires/0` is not defined", "did you mean `to_entries`?"},
  };
  for (const Row& row : rows) check(row);
}

TEST_CASE("nesting has a limit, and so have pipes", "[syntax]") {
  const auto message = [](const std::string& program) {
    const Problems problems = problems_of("filter .ok ! map (" + program + ") ! count");
    return problems.all().empty() ? std::string("good") : problems.all().front().message;
  };
  const auto repeated = [](std::size_t n, const std::string& open, const std::string& middle,
                           const std::string& close) {
    std::string text;
    for (std::size_t i = 0; i < n; ++i) text += open;
    text += middle;
    for (std::size_t i = 0; i < n; ++i) text += close;
    return text;
  };
  struct Nesting {
    const char *open, *middle, *close;
  };
  const Nesting nestings[] = {{"(", "1", ")"},         {"[", "1", "]"},
                              {"{a:", "1", "}"},       {"if . then ", "1", " end"},
                              {"-", "1", ""},          {"try ", "1", ""},
                              {"1 + ", "1", ""},       {"1 // ", "1", ""},
                              {". as $x | ", "1", ""}, {".a", "", ""},
                              {".[", "1", "]"},        {"\"\\(", "1", ")\""},
                              {"def f: ", "1", "; f"}, {"reduce ", ".", " as $x (0; .)"}};
  for (const Nesting& each : nestings) {
    INFO(each.open);
    CHECK(message(repeated(400, each.open, each.middle, each.close)) == "good");
    for (const std::size_t n : {1001, 5000, 100000}) {
      // The frames of a sanitizer are large.
      const std::string said = message(repeated(n, each.open, each.middle, each.close));
      CHECK((said == "jq: the program is nested over 1000 deep" ||
             said == "jq: the program is nested too deep for the stack"));
    }
  }
  CHECK(message(repeated(4999, "1 | ", "1", "")) == "good");
  CHECK(message(repeated(5000, "1 | ", "1", "")) == "jq: a pipe of over 5000 parts");
  CHECK(message(repeated(5000, "1, ", "1", "")) == "good");
}

TEST_CASE("a program that is not text", "[syntax]") {
  const auto said = [](const std::string& stage) {
    const Problems problems = problems_of(before + stage + behind);
    return problems.all().empty() ? std::string("good")
                                  : problems.all().front().message + " | " + problems.all().front().label + " @" +
                                        std::to_string(problems.all().front().span.begin - before.size());
  };
  CHECK(said("map \"\xC3\xA9\"") == "good");
  CHECK(said("map \"\xC3\xA9\xFF\"") == "jq: the program is not UTF-8 | byte 0xff @7");
  CHECK(said("map '\"\\(.a\"'") == "jq: a string is not closed | or the `\\(` before it is not @10");
  CHECK(said("map .a\xC3") == "jq: the program is not UTF-8 | byte 0xc3 @6");
  // The replacement character begins with that byte.
  CHECK(said("map .a\xEF") == "jq: the program is not UTF-8 | byte 0xef @6");
  CHECK(said("map .\xEF\xBF\x61") == "jq: the program is not UTF-8 | byte 0xef @5");
  CHECK(said("map .\xC3\xA9") == "jq: unexpected `\xC3\xA9` | such a name is written `.[\"…\"]` @5");
}
