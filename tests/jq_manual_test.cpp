// SPDX-License-Identifier: Apache-2.0
// The examples of jq's manual, and what 1.7 and 1.8 brought, in the native engine: a table of program,
// input and results.
#include <ctime>
#include <memory>
#include <random>

#include "catch.h"
#include "expr/expr.h"

using namespace streamz;

namespace {

struct Row {
  const char *program, *input, *results;  // results parted by blanks; an error after "!"
};

std::string run(const char* program, std::string_view input) {
  struct Free {
    void operator()(detail::Program* compiled) const { detail::free_program(compiled); }
  };
  const std::unique_ptr<detail::Program, Free> compiled(detail::compile(program));
  CHECK(detail::engine(compiled.get()) == "native");
  std::string results;
  const auto add = [](void* context, JsonText text) {
    auto& all = *static_cast<std::string*>(context);
    if (!all.empty()) all += ' ';
    all += text.text;
    return true;
  };
  try {
    detail::run(compiled.get(), Record(input, nullptr), add, &results);
  } catch (const Error& error) {
    results += (results.empty() ? "! " : " ! ") + std::string(error.what());
  }
  return results;
}

void check(std::span<const Row> rows) {
  for (const Row& row : rows) {
    INFO(row.program << " on " << row.input);
    CHECK(run(row.program, row.input) == row.results);
  }
}

}  // namespace

TEST_CASE("paths and generators", "[manual]") {
  const Row rows[] = {
      {".", "\"Hello, world!\"", "\"Hello, world!\""},
      {".", "0.12345678901234567890123456789", "0.12345678901234567890123456789"},
      {"[., tojson] == if have_decnum then 1 else [12345678909876543000000,\"12345678909876543000000\"] end",
       "12345678909876543212345", "true"},
      {".foo", R"({"foo": 42, "bar": "less interesting data"})", "42"},
      {".foo", R"({"notfoo": true, "alsonotfoo": false})", "null"},
      {".[\"foo\"]", R"({"foo": 42})", "42"},
      {".foo?", R"({"foo": 42})", "42"},
      {".[\"foo\"]?", R"({"foo": 42})", "42"},
      {"[.foo?]", "[1,2]", "[]"},
      {".[0]", R"([{"name":"JSON", "good":true}, {"name":"XML", "good":false}])", R"({"name":"JSON","good":true})"},
      {".[2]", R"([{"name":"JSON"}])", "null"},
      {".[-2]", "[1,2,3]", "2"},
      {".[2:4]", R"(["a","b","c","d","e"])", R"(["c","d"])"},
      {".[2:4]", "\"abcdefghi\"", "\"cd\""},
      {".[:3]", R"(["a","b","c","d","e"])", R"(["a","b","c"])"},
      {".[-2:]", R"(["a","b","c","d","e"])", R"(["d","e"])"},
      {".[]", R"({"a": 1, "b": 1})", "1 1"},
      {".[]", "[]", ""},
      {".foo[]", R"({"foo":[1,2,3]})", "1 2 3"},
      {".foo, .bar", R"({"foo": 42, "bar": "something else", "baz": true})", "42 \"something else\""},
      {".user, .projects[]", R"({"user":"stedolan", "projects": ["jq", "wikiflow"]})",
       "\"stedolan\" \"jq\" \"wikiflow\""},
      {".[4,2]", R"(["a","b","c","d","e"])", "\"e\" \"c\""},
      {".[] | .name", R"([{"name":"JSON"}, {"name":"XML"}])", "\"JSON\" \"XML\""},
      {"(. + 2) * 5", "1", "15"},
      {"[.user, .projects[]]", R"({"user":"stedolan", "projects": ["jq", "wikiflow"]})",
       R"(["stedolan","jq","wikiflow"])"},
      {"{user, title: .titles[]}", R"({"user":"stedolan","titles":["JQ Primer", "More JQ"]})",
       R"({"user":"stedolan","title":"JQ Primer"} {"user":"stedolan","title":"More JQ"})"},
      {"{(.user): .titles}", R"({"user":"stedolan","titles":["JQ Primer"]})", R"({"stedolan":["JQ Primer"]})"},
      {".. | .a?", R"([[{"a":1}]])", "1"},
      {".a.[0]", R"({"a":[7]})", "7"},
      {". as $x | {$x: 1}", "\"k\"", R"({"k":1})"},
      {"if . then 1 end", "false", "false"},
      {"[.[] | tonumber?]", R"(["1", "invalid", "3", 4])", "[1,3,4]"},
      {"{\"a b\", @base64 \"x\": 1}", R"({"a b":2})", R"({"a b":2,"x":1})"},
      {". as {a: $x, b: [$y, $z]} | $x + $y + $z", R"({"a":1,"b":[2,3]})", "6"},
      {".[] as [$a, $b] | {a: $a, b: $b}", "[[0],[0,1],[2,1,0]]", R"({"a":0,"b":null} {"a":0,"b":1} {"a":2,"b":1})"},
      {".[] as [$a] ?// [$b] | if $a != null then error(\"err: \\($a)\") else {$a,$b} end", "[[3]]",
       R"({"a":null,"b":3})"},
      {".[] as {$a, b: [$c, {$d}]} | {$a, $c, $d}", R"([{"a":1,"b":[2,{"d":3}]}])", R"({"a":1,"c":2,"d":3})"},
      {"\"b\" as $x | . as {a: $x, ($x): $y} | [$x, $y]", R"({"a":"c","b":2,"c":3})", R"(["c",2])"},
      {". as {a: $x, b: $x} | $x", R"({"a":1,"b":2})", "1"},
      {". as [$x, $x] | $x", "[1,2]", "2"},
      {". as [{(\"a\",\"b\"): $x}, {(\"a\",\"b\"): $y}] | $x * 10 + $y", R"([{"a":1,"b":2},{"a":3,"b":4}])",
       "13 23 14 24"},
      {". as [$a] ?// {a: $k, ($k): $v} | [$a, $k, $v]", R"({"a":"b","b":2})", R"([null,"b",2])"},
      {"try ((., (. as {$q} ?// [$p] ?// $q | [$q])) | .[-1]) catch \"behind\"", "{}", "\"behind\""},
      {". as {a: $x, b: $x} ?// $x | $x", R"({"a":1,"b":2})", "2"},
      {"reduce .[] as [$i,$j] (0; . + $i * $j)", "[[1,2],[3,4],[5,6]]", "44"},
      {"reduce .[] as {$x,$y} (null; .x += $x | .y += [$y])", R"([{"x":"a","y":1},{"x":"b","y":2}])",
       R"({"x":"ab","y":[1,2]})"},
      {"[foreach .[] as $item (0; . + $item)]", "[1,2,3]", "[1,3,6]"},
      {"[foreach .[] as $item (0; . + $item; [$item, . * 2])]", "[1,2]", "[[1,2],[2,6]]"},
      {"def addvalue($f): map(. + [$f]); addvalue(.[0])", "[[1,2],[10,20]]", "[[1,2,[1,2]],[10,20,[1,2]]]"},
      {"def addvalue(f): . + [f]; map(addvalue(.[0]))", "[[1,2],[10,20]]", "[[1,2,1],[10,20,10]]"},
      {"def fac: if . <= 1 then 1 else . * (. - 1 | fac) end; fac", "20", "2432902008176640000"},
      {"[label $out | foreach .[] as $item ([3, null]; if .[0] < 1 then break $out else [.[0] - 1, $item] end; .[1])]",
       "[11,22,33,44]", "[11,22,33]"},
      {"try error(\"x\") catch .", "null", "\"x\""},
      {"try error(null) catch .", "null", "null"},
      {"[.[] | try if . == 2 then error else . end catch -.]", "[1,2,3]", "[1,-2,3]"},
      {"try (1, error(\"x\"), 2) catch .", "null", "1 \"x\""},
      {"(try 1 catch 2) | error(\"out\")", "null", "! out"},
      {"$__loc__", "null", R"({"file":"<top-level>","line":1})"},
      {"[.[] | (.a, .a)?]", "[null,true,{\"a\":1}]", "[null,null,1,1]"},
      {"def f: if . >= 100000 then . else . + 1 | f end; f", "0", "100000"},
      {"[range(10)] | .[1:3] = [\"x\"]", "null", "[0,\"x\",3,4,5,6,7,8,9]"},
  };
  check(rows);
}

TEST_CASE("operators and functions of values", "[manual]") {
  const Row rows[] = {
      {".a + .b", R"({"a":9007199254740992,"b":1})", "9007199254740993"},
      {". + 1", "9223372036854775807", "9223372036854776000"},
      {"{a: 1} + {b: 2} + {c: 3} + {a: 42}", "null", R"({"a":42,"b":2,"c":3})"},
      {". - [\"xml\", \"yaml\"]", R"(["xml","yaml","json"])", "[\"json\"]"},
      {".[] | (1 / .)?", "[1,0,-1]", "1 -1"},
      {"{k: {a: 1, b: 2}} * {k: {a: 0, c: 3}}", "null", R"({"k":{"a":0,"b":2,"c":3}})"},
      {"10 / . * 3, 5 % 3, -5 % 3", "5", "6 2 -2"},
      {"42 and \"a string\", (true, false) or false", "null", "true true false"},
      {"empty // 42, (false, null, 1) // 42", "null", "42 1"},
      {".[] | length", R"([[1,2], "string", {"a":2}, null, -5])", "2 6 1 0 5"},
      {"utf8bytelength", "\"\\u03bc\"", "2"},
      {"keys, keys_unsorted", R"({"b":1,"a":2})", R"(["a","b"] ["b","a"])"},
      {"map(has(\"foo\"))", R"([{"foo": 42}, {}])", "[true,false]"},
      {".[] | in({\"foo\": 42})", R"(["foo", "bar"])", "true false"},
      {"map(.+1), map_values(empty)", "[1,2,3]", "[2,3,4] []"},
      {"pick(.a, .b.c, .x)", R"({"a":1,"b":{"c":2,"d":3},"e":4})", R"({"a":1,"b":{"c":2},"x":null})"},
      {"[paths], [paths(type == \"number\")]", "[1,[[],{\"a\":2}]]",
       R"([[0],[1],[1,0],[1,1],[1,1,"a"]] [[0],[1,1,"a"]])"},
      {"add, add(.[] | 1)", R"(["a","b","c"])", "\"abc\" 3"},
      {"any, all", "[true, false]", "true false"},
      {"flatten, flatten(1)", "[1,[2],[[3]]]", "[1,2,3] [1,2,[3]]"},
      {"[range(0; 10; 3)], [range(0; -5; -2)], [range(3)]", "null", "[0,3,6,9] [0,-2,-4] [0,1,2]"},
      {"pow(2; 10), floor, sqrt", "9.0", "1024 9 3"},
      {"tostring, tojson", R"("\u00e9")", "\"\\u00e9\" \"\\\"\xC3\xA9\\\"\""},
      {"map(type)", R"([0,false,[],{},null,"hello"])", R"(["number","boolean","array","object","null","string"])"},
      {"sort, (map({a: .}) | sort_by(.a) | .[0])", "[8,3,null,6]", R"([null,3,6,8] {"a":null})"},
      {"group_by(.a)", R"([{"a":1,"b":2},{"a":3},{"a":1}])", R"([[{"a":1,"b":2},{"a":1}],[{"a":3}]])"},
      {"min, max, min_by(-.), unique", "[5,4,2,7,4]", "2 7 7 [2,4,5,7]"},
      {"@sh, @html, ([.] | @csv, @tsv)", R"("a\u0000b")", R"("'a\\0b'" "a\\0b" "\"a\\0b\"" "a\\0b")"},
      {"bsearch(true)", "[{},true]", "1"},
      {"reverse", "\"abc\"", "! cannot index string with number (2)"},
      {"contains({foo: 12, bar: [{barp: 12}]})", R"({"foo":12,"bar":[1,2,{"barp":12,"blip":13}]})", "true"},
      {"indices(\", \"), index(\",\"), rindex(\",\")", "\"a,b, cd, efg\"", "[3,7] 1 7"},
      {"indices([1,2])", "[0,1,2,1,3,1,2]", "[1,5]"},
      {"[.[] | ltrimstr(\"foo\")]", R"(["fo", "foo", "foobar"])", R"(["fo","","bar"])"},
      {"trim, ltrim, rtrim, trimstr(\" \")", "\" abc  \"", R"("abc" "abc  " " abc" "abc ")"},
      {"explode | implode", "\"a\xC3\xA9\xF0\x9F\x98\x80\"", "\"a\xC3\xA9\xF0\x9F\x98\x80\""},
      {"split(\", \"), (split(\"\") | length)", "\"a, b\"", "[\"a\",\"b\"] 4"},
      {"join(\", \")", R"(["a",1,2.3,true,null,false])", "\"a, 1, 2.3, true, , false\""},
      {"ascii_upcase", "\"useful but not for \xC3\xA9\"", "\"USEFUL BUT NOT FOR \xC3\xA9\""},
      {"[limit(3; .[])], [skip(2; .[])], first(range(.[0]; 10)), [nth(0, 2; range(10))]", "[1,2,3,4]",
       "[1,2,3] [3,4] 1 [0,2]"},
      {"[last(empty)], [limit(0; error)], isempty(empty), isempty(1, error)", "null", "[] [] true false"},
      {"[recurse(if . < 3 then . + 1 else empty end)], [while(. < 100; . * 2)], until(. > 100; . * 2)", "1",
       "[1,2,3] [1,2,4,8,16,32,64] 128"},
      {"to_entries, (to_entries | from_entries), with_entries(.key |= \"K_\" + .)", R"({"a":1})",
       R"([{"key":"a","value":1}] {"a":1} {"K_a":1})"},
      {"from_entries", R"([{"name":"a","Value":1},{"Name":"b","value":false},{"Key":"c"}])",
       R"({"a":1,"b":false,"c":null})"},
      {"from_entries", R"([{"k":"a","v":1}])", "! cannot use null (null) as object key"},
      {"from_entries", R"([{"key":false,"value":1}])", "! cannot use null (null) as object key"},
      {"walk(if type == \"array\" then sort else . end)", R"([[4,1,7],[8,5,2]])", "[[1,4,7],[2,5,8]]"},
      {"transpose", "[[1],[2,3]]", "[[1,2],[null,3]]"},
      {"[.[] | tojson | fromjson]", R"(["foo",1,["a",1,"b",2,{"foo":"bar"}]])",
       R"(["foo",1,["a",1,"b",2,{"foo":"bar"}]])"},
      {"toarray, abs", "-7", "[-7] 7"},
      {"bsearch(2), bsearch(0)", "[1,2,3]", "1 -1"},
      {"[combinations], [combinations(1)]", "[[1,2],[3]]", "[[1,3],[2,3]] [[[1,2]],[[3]]]"},
      {"[tostream], fromstream(tostream)", "[1,{\"a\":2}]", R"([[[0],1],[[1,"a"],2],[[1,"a"]],[[1]]] [1,{"a":2}])"},
      {"IN(2, 3), any(. == 2; .)", "2", "true true"},
      {"INDEX(.id)", R"([{"id":1},{"id":"b"}])", R"({"1":{"id":1},"b":{"id":"b"}})"},
      {"splits(\", *\")", "\"ab,cd,   ef\"", "\"ab\" \"cd\" \"ef\""},
      {"getpath([\"a\",\"b\"]), setpath([\"a\"]; 1), delpaths([[\"a\"]])", R"({"a":null})", R"(null {"a":1} {})"},
      {"infinite, nan, ([nan] | sort), (nan < nan)", "null", "1.7976931348623157e+308 null [null] true"},
      {"[.[] | tostring]", "[1, 1.0, 1e1000, 0.1]", R"(["1","1","1.7976931348623157e+308","0.1"])"},
      {"\"\\(1 + 1) \\(\"x\")\"", "null", "\"2 x\""},
      {"@text, @json", "[1,\"2\"]", R"("[1,\"2\"]" "[1,\"2\"]")"},
      {"@csv, @tsv, @sh", R"([1,"a\"b\tc",true,null])",
       R"("1,\"a\"\"b\tc\",true," "1\ta\"b\\tc\ttrue\t" "1 'a\"b\tc' true null")"},
      {"@html, @uri, @sh \"echo \\(.)\"", "\"<&'\\\">\xC3\xA9\"",
       R"("&lt;&amp;&apos;&quot;&gt;)"
       "\xC3\xA9"
       R"(" "%3C%26%27%22%3E%C3%A9" "echo '<&'\\''\">)"
       "\xC3\xA9"
       R"('")"},
      {"@base64, @base32, (@base64 | @base64d), (@base32 | @base32d), (@uri | @urid)", "\"This is a message\"",
       "\"VGhpcyBpcyBhIG1lc3NhZ2U=\" \"KRUGS4ZANFZSAYJANVSXG43BM5SQ====\" \"This is a message\" \"This is a message\" "
       "\"This is a message\""},
      {"todate, (todate | fromdate), (gmtime | mktime), strftime(\"%A, %B %d, %Y\")", "1425599621",
       "\"2015-03-05T23:53:41Z\" 1425599621 1425599621 \"Thursday, March 05, 2015\""},
      {"strptime(\"%Y-%m-%dT%H:%M:%SZ\")", "\"2015-03-05T23:51:47Z\"", "[2015,2,5,23,51,47,4,63]"},
  };
  check(rows);
}

TEST_CASE("assignment", "[manual]") {
  const Row rows[] = {
      {".foo |= .+1, .foo += 1, .foo -= 1, .foo *= 2, .foo /= 2, .foo %= 5, .new //= 7", R"({"foo": 42})",
       R"({"foo":43} {"foo":43} {"foo":41} {"foo":84} {"foo":21} {"foo":2} {"foo":42,"new":7})"},
      {".a = .b, .a |= .b", R"({"a": {"b": 10}, "b": 20})", R"({"a":20,"b":20} {"a":10,"b":20})"},
      {"(.a, .b) = range(3)", "null", R"({"a":0,"b":0} {"a":1,"b":1} {"a":2,"b":2})"},
      {".[] |= if . > 2 then empty else . end, (.[] | select(. >= 2)) |= empty", "[1,5,3,0,7]", "[1,0] [1,0]"},
      {"del(.foo), del(.[\"foo\", \"bar\"]), delpaths([[\"bar\"]])", R"({"foo":42,"bar":9001})",
       R"({"bar":9001} {} {"foo":42})"},
      {"del(.[1, 2]), del(.[] | select(. > 1)), del(.[-1:])", "[1,2,3]", "[1] [1] [1,2]"},
      {".[0].a |= {b: .}", R"([{"a":{"a":1}}])", R"([{"a":{"b":{"a":1}}}])"},
      {".a[1:3] |= map(. * 10)", R"({"a":[1,2,3,4]})", R"({"a":[1,20,30,4]})"},
      {"[path(..)], [path(.a[].b?)]", R"({"a":[{"b":1}]})", R"([[],["a"],["a",0],["a",0,"b"]] [["a",0,"b"]])"},
      {"path(1 | .a)", "null", "! Invalid path expression near attempt to access element \"a\" of 1"},
      {".[-5] = 1", "[0]", "! Out of bounds negative array index"},
      {".a.b = 1", "{\"a\":[]}", "! cannot index array with \"b\""},
      {"to_entries[] |= 1", "{}", "! Invalid path expression near attempt to iterate through []"},
      {".. |= (numbers |= . + 1)", "[1,[2]]", "[2,[3]]"},
      {"getpath([\"a\",\"b\"]) |= 5, (.x | getpath([\"y\"])) = 1", "null", R"({"a":{"b":5}} {"x":{"y":1}})"},
      {"limit(1; .[]) = 9, first(.[]) = 8, (if .[0] then .[1] else .[0] end) = 7", "[1,2]", "[9,2] [8,2] [1,7]"},
      {"(.a // .b) = 1, (reduce 1 as $x (.; .a)) = 2", R"({"b":3})", R"({"b":1} {"b":3,"a":2})"},
  };
  check(rows);
}

TEST_CASE("regular expressions", "[manual]") {
  const Row rows[] = {
      {"test(\"foo\"), test([\"FOO\", \"i\"]), test(\"a.c # x\"; \"x\")", "\"xyz foo abc\"", "true true true"},
      {"match(\"foo\")", "\"foo bar foo\"", R"({"offset":0,"length":3,"string":"foo","captures":[]})"},
      {"[match(\"a\"; \"gi\").offset]",
       "\"\xC3\xA9"
       "Aba\"",
       "[1,3]"},
      {"match(\"(?<x>a)|(b)\").captures", "\"b\"",
       R"([{"offset":-1,"length":0,"string":null,"name":"x"},{"offset":0,"length":1,"string":"b","name":null}])"},
      {"[match(\"\"; \"g\").offset]", "\"ab\"", "[0,1,2]"},
      {"capture(\"(?<a>[a-z]+)-(?<n>[0-9]+)\")", "\"xyzzy-14\"", R"({"a":"xyzzy","n":"14"})"},
      {"[scan(\"c\")], [scan(\"(a+)(b+)\")]", "\"abcdefabcc\"", R"(["c","c","c"] [["a","b"],["a","b"]])"},
      {"split(\", *\"; null)", "\"ab,cd,   ef\"", R"(["ab","cd","ef"])"},
      {"sub(\"(?<x>[a-z])\"; \"\\(.x)-\"), gsub(\"\\\\d\"; \"#\"), [gsub(\"p\"; \"a\", \"b\")]", "\"p1q2\"",
       R"("p-1q2" "p#q#" ["a1q2","b1q2"])"},
      {"[gsub(\"(?<a>.)\"; \"\\(.a|ascii_upcase)\", \"\\(.a|ascii_downcase)\", \"c\")]", "\"aB\"",
       R"(["AB","ab","cc"])"},
      {"gsub(\"^a\"; \"b\"), gsub(\"\"; \"-\")", "\"aa\"", R"("ba" "-a-a-")"},
      {"test(\"a\")", "1", "! number (1) cannot be matched, as it is not a string"},
      {"test(\"a\"; \"q\")", "\"a\"", "! q is not a valid modifier string"},
  };
  check(rows);
}

TEST_CASE("errors of the functions", "[manual]") {
  const Row rows[] = {
      {"keys", "1", "! number (1) has no keys"},
      {"length", "true", "! boolean (true) has no length"},
      {"{} + 1", "null", "! object ({}) and number (1) cannot be added"},
      {"1 / 0", "null", "! number (1) and number (0) cannot be divided because the divisor is zero"},
      {"1 % .", "0", "! number (1) and number (0) cannot be divided (remainder) because the divisor is zero"},
      {"sort", "1", "! number (1) cannot be sorted, as it is not an array"},
      {"tonumber", "\"x\"", "! string (\"x\") cannot be parsed as a number"},
      {"abs", "null", "! null (null) cannot be negated"},
      {"fromjson", "\"{\"", "! the text ends inside an object at byte 1 (while parsing '{')"},
      {"@csv", "[[1]]", "! array ([1]) is not valid in a csv row"},
      {"limit(-1; 1)", "null", "! limit doesn't support negative count"},
      {"{(1, 2): 3}", "null", "! cannot use number (1) as object key"},
      {"implode", "[\"a\"]", "! string (\"a\") can't be imploded, unicode codepoint needs to be numeric"},
      {"reduce range(20000) as $x (0; [.])", "null", "! the value is nested over 1024 deep"},
      {"def f: 1 + f; f", "null", "! the program calls itself too deeply"},
      {"error", "{\"a\":1}", "! {\"a\":1}"},
      {"ltrimstr(1)", "\"a\"", "! startswith() requires string inputs"},
      {"rtrimstr(\"a\")", "1", "! endswith() requires string inputs"},
      {"[paths(.[])]", "3", "! cannot iterate over number (3)"},
      {"(\"\" * 1e15), (\"ab\" * 2.7), (\"a\" * 0.5), (\"a\" * -1), (\"a\" * nan)", "null",
       R"("" "abab" "" null null)"},
      {"\"a\" * 1e300", "null", "! Repeat string result too long"},
      {"setpath([range(20000) | 0]; 1)", "null", "! Path too deep"},
      {"\"a\" * 1e9", "null", "! Repeat string result too long"},
  };
  check(rows);
}

TEST_CASE("what the tests of jq 1.8 found", "[manual]") {
  const Row rows[] = {
      {"1 + 2 as $x | -$x, [-1 as $y | 1, $y]", "null", "-3 [1,-1]"},
      {"{x: 1 + 2, y: false or true, z: null // 3, a: try error catch 2}", "0", R"({"x":3,"y":true,"z":3,"a":2})"},
      {"[foreach .[] / .[] as $i (0; . + $i)], [-reduce -.[] as $x (0; . + $x)]", "[1,2]", "[1,3,3.5,4.5] [3]"},
      {"del(.[nan]), del(.[nan, 0, nan]), .[1:nan]", "[1,2,3]", "[1,2,3] [2,3] [2,3]"},
      {"map(. * \"ab\")", "[-1, -0.5, 0, 0.5, 1.9, 3]", R"([null,null,"","","ab","ababab"])"},
      {"map(toboolean)", R"(["true", "false", true])", "[true,false,true]"},
      {"toboolean", "\"yes\"", "! string (\"yes\") cannot be parsed as a boolean"},
      {"map(isfinite)", "[1, \"a\", null]", "[true,false,false]"},
      {"infinite | isfinite", "null", "false"},
      {"map(tonumber)", R"(["+5", "-.5", "1e2"])", "[5,-0.5,100]"},
      {"tonumber", "\"+-5\"", "! string (\"+-5\") cannot be parsed as a number"},
      {"[trim, ltrim, rtrim]", "\"\\u3000\\u00a0a b\\u2028\"",
       "[\"a b\",\"a b\xE2\x80\xA8\",\"\xE3\x80\x80\xC2\xA0"
       "a b\"]"},
      {"trim, ltrim, rtrim", "\" \\n\"", "\"\" \"\" \"\""},
      {"trim", "1", "! trim input must be a string"},
      {"ltrimstr(\"a\")", "1", "! startswith() requires string inputs"},
      {"rtrimstr(1)", "\"a\"", "! endswith() requires string inputs"},
      {"join(\",\")", "[1, null, \"a\", true]", "\"1,,a,true\""},
      {"join(\",\")", "[\"a\", [1]]", "! string (\"a,\") and array ([1]) cannot be added"},
      {"@base64d", "\"QUJDa\"", "! string (\"QUJDa\") trailing base64 byte found"},
      {"@urid", "\"%F0%93%81\"", "! string (\"%F0%93%81\") is not a valid uri encoding"},
      {"abs", "\"a\"", "\"a\""},
      {"strftime(\"%F %T\"), mktime", "[2024,2,15]", "\"2024-03-15 00:00:00\" 1710460800"},
      {"mktime", "[2024,\"a\"]", "! mktime requires parsed datetime inputs"},
      {"mktime", "1", "! mktime requires array inputs"},
      {"nth(-1; .[])", "[1]", "! nth doesn't support negative indices"},
      {"skip(-1; .[])", "[1]", "! skip doesn't support negative count"},
      {"-.", "\"very-long-long-long-long-string\"", "! string (\"very-long-long-long-long...\") cannot be negated"},
      {".[1:2] = \"x\"", "\"abc\"", "! cannot update string slices"},
      {"[_nwise(2)]", "[1,2,3]", "[[1,2],[3]]"},
      {"[JOIN({\"1\": \"a\"}; tostring)], JOIN({\"1\": \"a\"}; .[]; tostring), JOIN({}; .[]; \"x\"; length)", "[1]",
       R"([[[1,"a"]]] [1,"a"] 2)"},
      {"format(\"csv\"), format(\"json\")", "[1]", "\"1\" \"[1]\""},
      {"format(\"cvs\")", "[1]", "! cvs is not a valid format"},
      {"builtins | contains([\"map/1\", \"length/0\", \"first/1\", \"gsub/3\"]), any(.[]; startswith(\"_\"))", "null",
       "true false"},
      {"[3, 4] | hypot(.[0]; .[1])", "null", "5"},
      {"[significand, (gamma, lgamma_r[0] | . * 1000 | floor), (drem(.; 3)), ldexp(.; 2), scalb(.; 1), nearbyint, "
       "trunc]",
       "10", "[1.25,12801,12801,1,40,20,10,10]"},
  };
  check(rows);
}

TEST_CASE("local time is that of TZ", "[manual]") {
  setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
  CHECK(run("localtime | mktime", "0") == "3600");
  CHECK(run("strflocaltime(\"%FT%T%z\")", "1700000000") == "\"2023-11-14T23:13:20+0100\"");
  CHECK(run("localtime | strflocaltime(\"%H %Z\")", "1720000000") == "\"11 CEST\"");
  CHECK(run("strflocaltime({})", "0") == "! strflocaltime/1 requires a string format");
  CHECK(run("localtime", "\"x\"") == "! localtime() requires a number");
  unsetenv("TZ");
}

TEST_CASE("times in UTC are those of the C library", "[manual]") {
  const auto joined = [](const std::tm& time) {
    std::string text = "[" + std::to_string(time.tm_year + 1900);
    for (const int part :
         {time.tm_mon, time.tm_mday, time.tm_hour, time.tm_min, time.tm_sec, time.tm_wday, time.tm_yday})
      text += "," + std::to_string(part);
    return text + "]";
  };
  std::vector<std::time_t> moments = {0, -1, 86399, 951782399, 951782400, 1709164800, -2203891200, 253402300800};
  for (const std::time_t most : {900000000000, 947000000000, 9000000000000000}) {  // years: 30,000, and many
    for (const int near : {-1, 0, 1}) moments.insert(moments.end(), {most + near, -most + near});
  }
  std::mt19937_64 random(7);  // NOLINT(cert-msc51-cpp): the same each time
  for (int i = 0; i < 2000; ++i)
    moments.push_back(
        std::uniform_int_distribution<std::time_t>(-(1LL << (20 + i % 30)), 1LL << (20 + i % 30))(random));
  for (const std::time_t moment : moments) {
    std::tm time{};
    REQUIRE(gmtime_r(&moment, &time) != nullptr);
    INFO(moment);
    CHECK(run("gmtime", std::to_string(moment)) == joined(time));
    CHECK(run("mktime", joined(time)) == std::to_string(moment));
  }
  for (int i = 0; i < 2000; ++i) {
    const auto any = [&](int most) { return std::uniform_int_distribution<int>(-most, most)(random); };
    std::tm time{};
    time.tm_year = any(i % 2 == 0 ? 300 : 40000);
    time.tm_mon = i % 3 == 0 ? any(40) : std::abs(any(11));
    time.tm_mday = i % 5 == 0 ? any(2147483647) : any(100);
    time.tm_hour = any(i % 7 == 0 ? 2147483647 : 100);
    time.tm_min = any(10000);
    time.tm_sec = any(100000);
    const std::string parts = joined(time);
    INFO(parts);
    const std::string seconds = std::to_string(timegm(&time));
    CHECK(run("mktime", parts) == seconds);
    char text[100];
    time.tm_zone = "UTC";
    CHECK(std::strftime(text, sizeof text, "\"%F %T %a %j %Z\"", &time) > 0);
    CHECK(run("strftime(\"%F %T %a %j %Z\")", parts) == text);
  }
}
