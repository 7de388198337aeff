// SPDX-License-Identifier: Apache-2.0
// Random jq programs, made from jq's grammar, and nasty values for them. The same seed gives the same.
// Programs end: ranges are short, strings and values small.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace streamz::testing {

class RandomProgram {
 public:
  explicit RandomProgram(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15U + 1) {}

  std::string program() {
    variables_ = 0;
    return expression(3);
  }
  std::string value(int depth = 3) {
    static const std::vector<std::string_view> scalars = {"null",
                                                          "true",
                                                          "false",
                                                          "0",
                                                          "1",
                                                          "-1",
                                                          "2",
                                                          "3",
                                                          "2.5",
                                                          "-0.0",
                                                          "1.0",
                                                          "1e2",
                                                          "10",
                                                          "123456789012",
                                                          "1e300",
                                                          "\"\"",
                                                          "\"a\"",
                                                          "\"b\"",
                                                          "\"ab\"",
                                                          "\"a,b\"",
                                                          "\"1\"",
                                                          "\"-1.5\"",
                                                          "\"\\u00e9\"",
                                                          "\"\xC3\xA9x\"",
                                                          "\"\\\"q\\\\\"",
                                                          "\"\\n\\t\"",
                                                          "\"\xF0\x9F\x98\x80\"",
                                                          "\"2015-05-17T10:05:03Z\"",
                                                          "\"[1,{}]\"",
                                                          "\"aXbXc\"",
                                                          "9007199254740992",
                                                          "-1e17",
                                                          "5e-324",
                                                          "1.7976931348623157e308",
                                                          "0.1e-6",
                                                          "\"\\udc00\"",
                                                          "\"\\ude00x\"",
                                                          "\"\\ud83d\\ude00\"",
                                                          "\"a\\u0000b\\u007f\"",
                                                          "\"e\xCC\x81\xEF\xBF\xBD\"",
                                                          "\" 1\"",
                                                          "\"nan\""};
    if (depth == 0 || below(3) == 0) return std::string(pick(scalars));
    if (depth == 3 && below(40) == 0) return nested(10 + below(40));
    std::string made;
    const unsigned count = depth == 1 && below(30) == 0 ? 17 + below(10) : below(4);
    const bool array = below(2) == 0;
    for (unsigned i = 0; i < count; ++i) {
      if (i > 0) made += below(4) == 0 ? " , " : ",";
      if (!array) made += std::string(pick(keys())) + (below(4) == 0 ? " : " : ":");
      made += value(depth - 1);
    }
    return (array ? "[" : "{") + made + (array ? "]" : "}");
  }

 private:
  std::string nested(unsigned levels) {
    std::string made = "1";
    for (; levels > 0; --levels) {
      const bool array = below(2) == 0;
      made = std::string(array ? "[" : "{\"a\":") + made;
      if (below(8) == 0) made += array ? ",[]" : ",\"b\":0";
      made += array ? "]" : "}";
    }
    return made;
  }
  static const std::vector<std::string_view>& keys() {
    static const std::vector<std::string_view> all = {"\"a\"",     "\"b\"", "\"c\"",        "\"\\u0061\"", "\"key\"",
                                                      "\"value\"", "\"\"",  "\"\xC3\xA9\"", "\"\\udc00\"", "\"\\n\""};
    return all;
  }
  unsigned below(unsigned n) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<unsigned>((state_ >> 11) % n);
  }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(static_cast<unsigned>(from.size()))];
  }

  std::string leaf() {
    static const std::vector<std::string_view> all = {
        ".",    ".",       ".",         ".a",        ".a",     ".b",    ".[0]",       ".[-1]",  ".[]",
        ".[]?", ".a?",     ".[\"a\"]?", ".[1:]",     ".[:-1]", "..",    "null",       "true",   "false",
        "0",    "1",       "-1",        "2",         "2.5",    "\"a\"", "\"\"",       "\"ab\"", "[]",
        "{}",   "[1,2,3]", "empty",     "{\"a\":1}", ".a.b",   ".[0]?", "\"x\\(.)y\""};
    if (variables_ > 0 && below(3) == 0) return "$v" + std::to_string(below(variables_));
    return std::string(pick(all));
  }

  std::string path(int depth) {
    static const std::vector<std::string_view> all = {".",     ".a",    ".b",    ".[0]", ".[1]",
                                                      ".[-1]", ".[1:]", ".[:1]", ".[]",  ".[]?",
                                                      ".a.b",  ".a?",   ".a[0]", "..",   ".[\"a\",\"b\"]"};
    if (depth == 0) return std::string(pick(all));
    const std::string inner = path(depth - 1), other = path(depth - 1);
    switch (below(12)) {
      case 0:
        return "(" + inner + " | " + other + ")";
      case 1:
        return "(" + inner + ", " + other + ")";
      case 2:
        return "(" + inner + " | select(" + expression(depth - 1) + "))";
      case 3:
        return "first(" + inner + ")";
      case 4:
        return "getpath([\"a\",0])";
      case 5:
        return "(if " + expression(depth - 1) + " then " + inner + " else " + other + " end)";
      case 6:
        return "(" + inner + " // " + other + ")";
      case 7:
        return "(" + inner + ")?";
      case 8:
        return "limit(2; " + inner + ")";
      default:
        return std::string(pick(all));
    }
  }

  std::string bound(const std::string& source, int depth) {
    const std::string name = "$v" + std::to_string(variables_++);
    std::string made = "(" + source + " as " + name + " | " + expression(depth) + ")";
    --variables_;
    return made;
  }

  std::string function(int depth) {
    static const std::vector<std::string_view> plain = {"length",
                                                        "keys",
                                                        "keys_unsorted",
                                                        "sort",
                                                        "unique",
                                                        "min",
                                                        "max",
                                                        "add",
                                                        "any",
                                                        "all",
                                                        "flatten",
                                                        "reverse",
                                                        "to_entries",
                                                        "from_entries",
                                                        "tostring",
                                                        "tojson",
                                                        "tonumber",
                                                        "type",
                                                        "ascii_downcase",
                                                        "ascii_upcase",
                                                        "explode",
                                                        "not",
                                                        "floor",
                                                        "sqrt",
                                                        "fabs",
                                                        "utf8bytelength",
                                                        "paths",
                                                        "leaf_paths",
                                                        "arrays",
                                                        "objects",
                                                        "iterables",
                                                        "strings",
                                                        "numbers",
                                                        "values",
                                                        "nulls",
                                                        "booleans",
                                                        "scalars",
                                                        "first",
                                                        "last",
                                                        "transpose",
                                                        "tostream",
                                                        "isnan",
                                                        "isinfinite",
                                                        "@text",
                                                        "@json",
                                                        "@csv",
                                                        "@tsv",
                                                        "@html",
                                                        "@uri",
                                                        "@sh",
                                                        "@base64",
                                                        "fromjson",
                                                        "error",
                                                        "recurse",
                                                        "env | type",
                                                        "ascii_downcase",
                                                        "todate",
                                                        "fromdate",
                                                        "combinations",
                                                        "ceil",
                                                        "round",
                                                        "gmtime",
                                                        "mktime",
                                                        "strftime(\"%Y-%m-%d %H:%M:%S %j\")",
                                                        "explode | implode",
                                                        "splits(\",\")"};
    static const std::vector<std::string_view> one = {"map",
                                                      "select",
                                                      "sort_by",
                                                      "group_by",
                                                      "unique_by",
                                                      "min_by",
                                                      "max_by",
                                                      "first",
                                                      "last",
                                                      "with_entries",
                                                      "any",
                                                      "all",
                                                      "isempty",
                                                      "try error",
                                                      "path",
                                                      "paths",
                                                      "recurse(.[]?; . != null) | type == ",
                                                      "add | ",
                                                      "[limit(3; repeat(1))] | "};
    static const std::vector<std::string_view> value = {"has",
                                                        "contains",
                                                        "inside",
                                                        "startswith",
                                                        "endswith",
                                                        "ltrimstr",
                                                        "rtrimstr",
                                                        "split",
                                                        "join",
                                                        "index",
                                                        "rindex",
                                                        "indices",
                                                        "range",
                                                        "nth",
                                                        "in",
                                                        "flatten",
                                                        "error",
                                                        "test",
                                                        "ascii_downcase == ",
                                                        "splits",
                                                        "scan",
                                                        "[match(\"a\"; \"g\").offset] | contains",
                                                        "bsearch",
                                                        "getpath",
                                                        "setpath([\"a\"]; 1) | has",
                                                        "IN",
                                                        "index"};
    switch (below(8)) {
      case 0:
      case 1:
      case 2:
        return std::string(pick(plain));
      case 3:
      case 4:
        return std::string(pick(one)) + "(" + expression(depth - 1) + ")";
      case 5:
        return std::string(pick(value)) + "(" + constant() + ")";
      case 6:
        return std::string(pick(value)) + "(" + leaf() + ")";
      default:
        return "limit(" + std::to_string(1 + below(3)) + "; " + expression(depth - 1) + ")";
    }
  }

  std::string constant() {
    static const std::vector<std::string_view> all = {"0",         "1",      "2",    "\"a\"",     "\"b\"",
                                                      "\",\"",     "\"X\"",  "[1]",  "{\"a\":1}", "[\"a\"]",
                                                      "[\"a\",0]", "\"%Y\"", "null", "true"};
    return std::string(pick(all));
  }

  std::string update(int depth) {
    static const std::vector<std::string_view> operators = {"=", "|=", "+=", "-=", "*=", "/=", "//="};
    switch (below(6)) {
      case 0:
        return "del(" + path(depth - 1) + ")";
      case 1:
        return "[paths(" + expression(depth - 1) + ")]";
      case 2:
        return "[path(" + path(depth - 1) + ")]";
      // 1.6 does otherwise than 1.8 where an update gives nothing.
      case 3:
        return std::string(below(2) == 0 ? "map_values" : "walk") + "(first((" + expression(depth - 1) + "), 0))";
      default: {
        const std::string_view chosen = pick(operators);
        std::string value = expression(depth - 1);
        if (chosen == "|=") value = "first((" + value + "), 0)";
        if (chosen == "*=") return product(path(depth - 1), chosen, value);
        return "(" + path(depth - 1) + " " + std::string(chosen) + " " + value + ")";
      }
    }
  }

  std::string control(int depth) {
    const std::string a = expression(depth - 1), b = expression(depth - 1);
    // The start of reduce is one value: 1.6 mixes several up.
    switch (below(11)) {
      case 0:
        return "if " + a + " then " + b + " else " + expression(depth - 1) + " end";
      case 1:
        return "(try " + bracketed(a) + " catch " + bracketed(b) + ")";
      case 2:
        return "(" + a + ")?";
      case 3:
        return "reduce (" + a + ") as $v" + std::to_string(variables_) + " (first((" + b + "), 0); " +
               in_scope(depth - 1) + ")";
      case 4:
        return "foreach (" + a + ") as $v" + std::to_string(variables_) + " (first((" + b + "), 0); " +
               in_scope(depth - 1) + "; " + in_scope(depth - 1) + ")";
      case 5:
        return "(label $out | " + a + " | if . then ., break $out else . end)";
      case 6:
        return "(def f(g): " + a + " | g; f(" + b + "))";
      case 7:
        return "(def f($v" + std::to_string(variables_) + "): " + in_scope(depth - 1) + "; f(" + b + "))";
      case 8:
        return "(. as " + pattern() + " | [$p, $q])";
      case 9:
        return "(" + a + " | " + b + ")";
      default:
        return bound(bracketed(a), depth - 1);
    }
  }
  // 1.6 does otherwise than 1.8 where a string is repeated less than once.
  static std::string product(const std::string& left, std::string_view sign, const std::string& right) {
    return "(" + left + " " + std::string(sign) + " (" + right +
           " | if type == \"number\" and . < 1 then 1 elif type == \"string\" then 1 + length else . end))";
  }
  std::string pattern() {
    static const std::vector<std::string_view> all = {
        "[$p, {a: $q}]",  "{a: $p, b: $q}",       "{a: [$p], (\"a\", \"b\"): $q}", "[[$p], $q]",
        "[$p, [$p, $q]]", "{a: $p, b: [$p, $q]}", "[$p, $q] ?// {a: $p, b: $q}",   "{$q, b: $p} ?// [$p] ?// $q"};
    return std::string(pick(all));
  }
  std::string in_scope(int depth) {
    ++variables_;
    std::string made = expression(depth);
    --variables_;
    return made;
  }
  static std::string bracketed(const std::string& text) { return "(" + text + ")"; }

  std::string expression(int depth) {
    static const std::vector<std::string_view> infix = {
        "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "and", "or", "//"};
    if (depth <= 0) return leaf();
    switch (below(14)) {
      case 0:
      case 1:
        return leaf();
      case 2: {
        const std::string_view chosen = pick(infix);
        const std::string left = expression(depth - 1), right = expression(depth - 1);
        if (chosen == "*") return product(left, chosen, right);
        return "(" + left + " " + std::string(chosen) + " " + right + ")";
      }
      case 3:
        return "(" + expression(depth - 1) + " | " + expression(depth - 1) + ")";
      case 4:
        return "(" + expression(depth - 1) + ", " + expression(depth - 1) + ")";
      case 5:
        return "[" + expression(depth - 1) + "]";
      case 6:
        return "{a: " + bracketed(expression(depth - 1)) + ", b: " + bracketed(expression(depth - 1)) + "}";
      case 7:
        return "{(" + expression(depth - 1) + " | tostring): " + bracketed(expression(depth - 1)) + "}";
      case 8:
        return update(depth);
      case 9:
        return control(depth);
      case 10:
        return "\"<\\(" + expression(depth - 1) + ")>\"";
      case 11:
        return "-(" + expression(depth - 1) + ")";
      default:
        return "(" + expression(depth - 1) + " | " + function(depth) + ")";
    }
  }

  std::uint64_t state_;
  unsigned variables_ = 0;
};

}  // namespace streamz::testing
