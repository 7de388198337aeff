// SPDX-License-Identifier: Apache-2.0
// Words to values, the checks on them, and back.
#include "values.h"

#include <cstdlib>
#include <limits>

#include "catch.h"
#include "columns.h"

using namespace streamz;
using namespace std::chrono_literals;

namespace {

Param param_of(std::vector<Type> types) {
  Param param;
  param.name = "p";
  param.types = std::move(types);
  return param;
}

// "CODE fact | hint" of a word that does not fit; "" when it does.
std::string refusal(const Param& param, std::string_view text) {
  const std::optional<Error> error = check_argument(param, text);
  if (!error) return "";
  return (error->code.empty() ? "E0113" : error->code) + " " + error->what() + (error->hint.empty() ? "" : " | ") +
         error->hint;
}

}  // namespace

TEST_CASE("durations") {
  const std::pair<const char*, Duration> rows[] = {
      {"10s", 10s},
      {"500ms", 500ms},
      {"1m30s", 90s},
      {"2h", 2h},
      {"1d", 24h},
      {"1w", 168h},
      {"3us", 3us},
      {"7ns", 7ns},
      {"1.5s", 1500ms},
      {"10", 10s},
      {"0.25", 250ms},
      {"1_000s", 1000s},
      {"1h2m3s4ms", 3723004ms},
  };
  for (const auto& [text, expected] : rows) CHECK(parse_duration(text) == expected);
}

TEST_CASE("values that print and parse back") {
  for (const char* text : {"10s", "500ms", "1m30s", "2h", "1d", "1w", "1w1d1h1m1s1ms1us1ns"}) {
    CHECK(to_text(parse_duration(text)) == text);
  }
  for (const char* text : {"10/s", "1/s", "5/m", "1/h", "1/d", "0.5/s"}) {
    CHECK(parse_rate(to_text(parse_rate(text))).per_second == parse_rate(text).per_second);
  }
  CHECK(to_text(parse_rate("10/s")) == "10/s");
  CHECK(to_text(parse_rate("600/m")) == "10/s");
  CHECK(to_text(parse_rate("5/m")) == "5/m");
  for (const char* text : {"1", "1K", "64K", "3G", "1000", "0"}) CHECK(to_text(parse_size(text)) == text);
}

TEST_CASE("numbers, sizes, rates, truth, paths, JSON") {
  CHECK(parse_integer("1000") == 1000);
  CHECK(parse_integer("-1") == -1);
  CHECK(parse_integer("+1") == 1);
  CHECK(parse_integer("1_000_000") == 1000000);
  CHECK(parse_integer("1e6") == 1000000);
  CHECK(parse_integer("1.5e3") == 1500);
  CHECK(parse_integer("64K") == 65536);
  CHECK(parse_integer("9223372036854775807") == std::numeric_limits<long>::max());
  CHECK(parse_number("0.25") == 0.25);
  CHECK(parse_number("-1e3") == -1000);
  CHECK(parse_size("64").bytes == 64);
  CHECK(parse_size("64K").bytes == 65536);
  CHECK(parse_size("64KB").bytes == 64000);
  CHECK(parse_size("64KiB").bytes == 65536);
  CHECK(parse_size("1.5M").bytes == 1572864);
  CHECK(parse_size("1e6").bytes == 1000000);
  CHECK(parse_size("2E").bytes == 2305843009213693952U);
  CHECK(parse_rate("10/s").per_second == 10);
  CHECK(parse_rate("600/m").per_second == 10);
  CHECK(parse_rate("10/500ms").per_second == 20);
  CHECK(parse_boolean("yes"));
  CHECK_FALSE(parse_boolean("false"));
  CHECK(parse_json("{\"a\": [1]}") == "{\"a\": [1]}");
  CHECK(parse_path("-") == "-");
  CHECK(parse_path("a~/b") == "a~/b");
  setenv("HOME", "/somebody", 1);
  CHECK(parse_path("~/x") == "/somebody/x");
}

TEST_CASE("a word that is no value of its type") {
  struct Row {
    Type type;
    const char* text;
    const char* refusal;
  };
  const char* unit = "E0113 `10secs` is not a duration | unit `secs` unknown: use ns us ms s m h d w";
  const Row rows[] = {
      {Type::duration, "10secs", unit},
      {Type::duration, "abc", "E0113 `abc` is not a duration | write 10s, 500ms or 1m30s"},
      {Type::duration, "1m30", "E0113 `1m30` is not a duration | write 10s, 500ms or 1m30s"},
      {Type::duration, "-1s", "E0113 `-1s` is not a duration | write 10s, 500ms or 1m30s"},
      {Type::duration, "1.2.3s", "E0113 `1.2.3s` is not a duration | write 10s, 500ms or 1m30s"},
      {Type::duration, "", "E0113 a duration is missing | write 10s, 500ms or 1m30s"},
      {Type::duration, "0s", "E0112 `0s` must be more than 0"},
      {Type::duration, "300000w", "E0112 `300000w` is too long a duration | at most about 292 years"},
      {Type::duration, "99999999999999999999s",
       "E0112 `99999999999999999999s` is too long a duration | at most about 292 years"},
      {Type::duration, "15000w15000w", "E0112 `15000w15000w` is too long a duration | at most about 292 years"},
      {Type::integer, "x", "E0113 `x` is not a whole number"},
      {Type::integer, "", "E0113 `` is not a whole number"},
      {Type::integer, "1.5", "E0113 `1.5` is not a whole number"},
      {Type::integer, "64KB", "E0113 `64KB` is not a whole number"},
      {Type::integer, "0x10", "E0113 `0x10` is not a whole number"},
      {Type::integer, "_1", "E0113 `_1` is not a whole number"},
      {Type::integer, "99999999999999999999", "E0112 `99999999999999999999` is beyond 64 bits"},
      {Type::integer, "9000000000G", "E0112 `9000000000G` is beyond 64 bits"},
      {Type::number, "1,5", "E0113 `1,5` is not a number"},
      {Type::number, "nan", "E0113 `nan` is not a number"},
      {Type::boolean, "maybe", "E0113 `maybe` is not true or false | use true, false, yes or no"},
      {Type::size, "big", "E0113 `big` is not a size | write 64K, 64KB or 1GiB"},
      {Type::size, "64KBit",
       "E0113 `64KBit` is not a size | unit `KBit` unknown: use K M G T (1024) or KB MB GB TB (1000)"},
      {Type::size, "99999999E", "E0112 `99999999E` is beyond 64 bits"},
      {Type::rate, "10", "E0113 `10` is not a rate | 10 what? 10/s"},
      {Type::rate, "fast", "E0113 `fast` is not a rate | write 10/s or 600/m"},
      {Type::rate, "10/", "E0113 `10/` is not a rate | write 10/s or 600/m"},
      {Type::rate, "10/5", "E0113 `10/5` is not a rate | write 10/s or 600/m"},
      {Type::rate, "10/x", "E0113 `10/x` is not a rate | write 10/s or 600/m"},
      {Type::rate, "0/s", "E0112 `0/s` must be more than 0"},
      {Type::path, "", "E0112 the path is empty"},
      {Type::json, "abc", "E0113 `abc` is not a JSON value | a JSON text is quoted: '\"abc\"'"},
      {Type::json, "{a:1}", "E0113 `{a:1}` is not a JSON value"},
      {Type::json, "", "E0112 a JSON value is missing | write null, 0, \"text\", [] or {}"},
      {Type::string, "anything", ""},
      {Type::expr, "not compiled here", ""},
  };
  for (const Row& row : rows) CHECK(refusal(param_of({row.type}), row.text) == row.refusal);
}

TEST_CASE("a union takes the first type that fits, and no number without its unit") {
  const Param count_or_duration = param_of({Type::integer, Type::duration});
  CHECK(refusal(count_or_duration, "10").empty());
  CHECK(refusal(count_or_duration, "10s").empty());
  CHECK(refusal(count_or_duration, "10secs") ==
        "E0113 `10secs` is not a whole number or a duration | unit `secs` unknown: use ns us ms s m h d w");
  CHECK(refusal(param_of({Type::rate, Type::duration}), "10") ==
        "E0113 `10` is not a rate or a duration | 10 what? 10/s or 10s");
  CHECK(refusal(param_of({Type::size, Type::duration}), "10") ==
        "E0113 `10` is not a size or a duration | 10 what? 10MB or 10s");
  CHECK(refusal(param_of({Type::integer, Type::size}), "10").empty());
  CHECK(refusal(param_of({Type::rate, Type::duration}), "10/s").empty());

  Param emit = param_of({Type::enumeration, Type::duration});
  emit.one_of = {"update", "final"};
  CHECK(refusal(emit, "final").empty());
  CHECK(refusal(emit, "5s").empty());
  CHECK(refusal(emit, "never") == "E0113 `never` is not update, final or a duration | write 10s, 500ms or 1m30s");
}

TEST_CASE("closed lists and ranges") {
  Param mode = param_of({Type::enumeration});
  mode.name = "mode";
  mode.one_of = {"append", "replace"};
  CHECK(refusal(mode, "append").empty());
  CHECK(refusal(mode, "appnd") ==
        "E0112 `appnd` is no value of `mode` | did you mean `append`? values: append, replace");
  CHECK(refusal(mode, "x") == "E0112 `x` is no value of `mode` | use one of: append, replace");
  Param n = param_of({Type::integer});
  n.name = "n";
  n.min = 1;
  n.max = 1000;
  CHECK(refusal(n, "1").empty());
  CHECK(refusal(n, "0") == "E0112 n must be at least 1, is 0");
  CHECK(refusal(n, "1e6") == "E0112 n must be at most 1000, is 1e6");
  Param alpha = param_of({Type::number});
  alpha.max = 0.5;
  CHECK(refusal(alpha, "0.75") == "E0112 p must be at most 0.5, is 0.75");
}

TEST_CASE("mechanical corrections") {
  const Param duration = param_of({Type::duration});
  CHECK(corrected(duration, "10secs") == "10s");
  CHECK(corrected(duration, "5Minutes") == "5m");
  CHECK(corrected(duration, "10S") == "10s");
  CHECK(corrected(duration, "10 parsecs").empty());
  CHECK(corrected(param_of({Type::boolean}), "True") == "true");
  CHECK(corrected(param_of({Type::boolean}), "off") == "false");
  CHECK(corrected(param_of({Type::boolean}), "maybe").empty());
  Param mode = param_of({Type::enumeration});
  mode.one_of = {"append", "replace"};
  CHECK(corrected(mode, "apend") == "append");
  CHECK(corrected(param_of({Type::integer}), "ten").empty());
}

TEST_CASE("lists part at commas outside brackets and quotes") {
  using Parts = std::vector<std::string>;
  CHECK(split_list("a") == Parts{"a"});
  CHECK(split_list("a,b , c") == Parts{"a", "b", "c"});
  CHECK(split_list(".a,(.b,.c),{x:1,y:2},\"p,q\"") == Parts{".a", "(.b,.c)", "{x:1,y:2}", "\"p,q\""});
  CHECK(split_list("a,,b,") == Parts{"a", "", "b", ""});
  CHECK(split_list("\"\\\",\",b") == Parts{"\"\\\",\"", "b"});
  CHECK(split_list("'a,b'") == Parts{"'a", "b'"});
  CHECK(list_parts("'a,b',c", true) == std::vector<std::string_view>{"'a,b'", "c"});
  CHECK(split_list("\"never closed, b") == Parts{"\"never closed, b"});
}

TEST_CASE("how types are shown") {
  const std::pair<Type, const char*> rows[] = {
      {Type::integer, "N"}, {Type::duration, "DUR"},       {Type::size, "SIZE"},
      {Type::rate, "RATE"}, {Type::expr, "EXPR"},          {Type::path, "PATH"},
      {Type::json, "JSON"}, {Type::boolean, "true|false"}, {Type::string, "TEXT"},
  };
  for (const auto& [type, label] : rows) CHECK(type_label(param_of({type})) == label);
  Param param = param_of({Type::enumeration, Type::duration});
  param.one_of = {"update", "final"};
  CHECK(type_label(param) == "update|final|DUR");
  param = param_of({Type::expr});
  param.list = true;
  CHECK(type_label(param) == "EXPR,…");
  param.repeats = true;
  CHECK(type_label(param) == "EXPR…");
  param = param_of({Type::string});
  param.one_of = {"a", "b"};
  CHECK(type_label(param) == "a|b");
}

namespace {

template <class T>
std::string read_and_show(Type type, const char* text) {
  T value{};
  read_argument(&value, type, text);
  return show_argument(&value, type);
}

}  // namespace

TEST_CASE("members of a stage are read and shown") {
  CHECK(read_and_show<long>(Type::integer, "1e3") == "1000");
  CHECK(read_and_show<double>(Type::number, "0.50") == "0.5");
  CHECK(read_and_show<bool>(Type::boolean, "yes") == "true");
  CHECK(read_and_show<std::string>(Type::string, "x y") == "x y");
  CHECK(read_and_show<Duration>(Type::duration, "90") == "1m30s");
  CHECK(read_and_show<Size>(Type::size, "64KiB") == "64K");
  CHECK(read_and_show<Rate>(Type::rate, "600/m") == "10/s");
  CHECK(read_and_show<Path>(Type::path, "a/b") == "a/b");
  CHECK(read_and_show<Json>(Type::json, "[1, 2]") == "[1, 2]");
  const Duration none{};
  CHECK(show_argument(&none, Type::duration).empty());
  int target = 0;
  CHECK_THROWS_WITH(read_argument(&target, Type::enumeration, "x"), "an enumeration is read by its words");
}

TEST_CASE("a column is called by the last step of its path, or by its text") {
  const std::pair<const char*, const char*> rows[] = {
      {".a", "a"},
      {".a.b", "b"},
      {".a?.b?", "b"},
      {R"(.["x y"])", "x y"},
      {R"(.a."x y")", "x y"},
      {".a[0]", "0"},
      {".a[0].b", "b"},
      {".", "value"},
      {" .a ", "a"},
      {"(.a + 1)", ".a + 1"},
      {"(.a)+(.b)", "(.a)+(.b)"},
      {"length", "length"},
      {".a|.b", ".a|.b"},
      {".[]", ".[]"},
      {".a[1:2]", ".a[1:2]"},
      {"..", ".."},
  };
  for (const auto& [program, name] : rows) CHECK(column_name(program) == name);
}

TEST_CASE("names and functions before an expression") {
  CHECK(expression_begin(Type::named, "kind:.k") == 5);
  CHECK(expression_begin(Type::named, R"("a b":.k)") == 6);
  CHECK(expression_begin(Type::named, ".k") == 0);
  CHECK(expression_begin(Type::named, "m::f") == 0);
  CHECK(expression_begin(Type::named, "{a:1}") == 0);
  CHECK(expression_begin(Type::call, "p99.9:.k") == 6);
  CHECK(expression_begin(Type::call, "count") == 0);

  Param param = param_of({Type::call});
  param.one_of = {"count", "sum", "pNN"};
  for (const char* good : {"count", "sum:.x", "p0", "p99.9", "p100:.x", "sum:{a:1}"})
    CHECK(refusal(param, good).empty());
  CHECK(refusal(param, "p101") == "E0112 `p101` is no function | use one of: count, sum, pNN");
  CHECK(refusal(param, "pNN") == "E0112 `pNN` is no function | use one of: count, sum, pNN");
  CHECK(refusal(param, "cuont:.x") ==
        "E0112 `cuont` is no function | did you mean `count`? functions: count, sum, pNN");
  CHECK(refusal(param, "sum: ") == "E0112 empty expression | write `.` for the record itself");
  CHECK(is_call(param, "sum:.x"));
  CHECK_FALSE(is_call(param, "sum"));
  CHECK_FALSE(is_call(param, "x:.x"));
  CHECK(type_label(param) == "FN[:EXPR]");
  CHECK(refusal(param_of({Type::named}), "x: ") == "E0112 empty expression | write `.` for the record itself");
  CHECK(refusal(param_of({Type::named}), "x:.x").empty());
}
