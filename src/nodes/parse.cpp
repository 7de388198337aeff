// SPDX-License-Identifier: Apache-2.0
// Takes a string apart: key=value pairs, a regular expression, a row, JSON. Tested by tests/cases/parse.test.
#include <algorithm>

#include "../streamz/spec.h"
#include "../streamz/text.h"
#include "logfmt.h"

namespace streamz {

namespace {

struct ParseNode : Stream {
  enum class Format { logfmt, regex, csv, json };
  Format format = Format::logfmt;
  std::string pattern;
  Expr field;
  std::string into;

  static void describe(Spec<ParseNode>& s) {
    s.summary("take strings apart");
    s.details(
        "logfmt: `a=1 b=\"x y\" c`; a key alone is true. regex: the named groups (?<name>…) of a pattern in jq's "
        "regular expressions, at the first place where it matches. csv: a row; the pattern names its fields, a,b,c, "
        "and without it the row is an array. json: a value. Except in json, a piece that is a number as JSON writes "
        "one is a number. What does not match is a record error.");
    s.param("format", &ParseNode::format, "what the string is")
        .positional()
        .required()
        .one_of({"logfmt", "regex", "csv", "json"});
    s.param("pattern", &ParseNode::pattern, "regex: the pattern; csv: names of the fields").positional();
    s.param("field", &ParseNode::field, "the string, as a jq program; not given: the record");
    s.param("into", &ParseNode::into, "the field of the record that the result becomes; not given: the result alone");
    s.stateless();
    s.example("$NAME logfmt", R"("level=info ms=7 msg=\"it works\" ok")",
              R"({"level":"info","ms":7,"msg":"it works","ok":true})");
    s.example("$NAME regex '\" (?<status>[0-9]+) '", R"("\"GET /\" 200 17")", R"({"status":200})");
    s.example("$NAME csv id,name field=.row into=user", R"({"row":"1,Bo"})",
              R"({"row":"1,Bo","user":{"id":1,"name":"Bo"}})");
    s.example("$NAME json field=.text", R"({"text":"[1, 2.0]"})", "[1, 2.0]");
  }

  void start() override {
    if (format == Format::regex) {
      compile();
    } else if (format == Format::csv) {
      open_rows();
    } else if (!pattern.empty()) {
      throw Error("a pattern is for regex and csv");
    }
  }

  void update(const Record& x) override {
    const std::string string = string_of(x);
    const std::string result = parsed(string);
    if (into.empty()) {
      emit(JsonText{result});
      return;
    }
    if (!text::is_object(x.raw())) throw Error(std::string("into= needs an object, got ") + text::kind_of(x.raw()));
    emit(JsonText{text::with_field(x.raw(), into, result)});
  }

 private:
  Expr capture_;
  std::vector<std::string> names_;  // of csv, as JSON strings
  LineReader rows_;
  int row_count_ = 0;  // in one string
  std::string result_;

  void compile() {
    std::size_t at = 0;
    while ((at = pattern.find("(?<", at)) != std::string::npos && (at += 3) < pattern.size()) {
      if (pattern[at] != '=' && pattern[at] != '!') break;
    }
    if (at == std::string::npos) throw Error("the pattern has no named group", "(?<status>[0-9]+) makes one");
    capture_ = Expr("capture(" + text::quoted(pattern) + ")");
    try {
      captured("\"\"");
    } catch (const Error& error) {
      throw Error("the pattern is none: " + std::string(error.what()));
    }
  }

  // The bytes as a record; what an expression reads has something readable behind it.
  template <class F>
  static void as_record(const std::string& json_text, F f) {
    constexpr std::size_t kBehind = 64;
    std::string text = json_text;
    text.resize(json_text.size() + kBehind);
    f(Record({text.data(), json_text.size()}, nullptr));
  }

  // False: no match.
  bool captured(const std::string& json_string) {
    bool matched = false;
    as_record(json_string, [&](const Record& x) {
      capture_.each(x, [&](JsonText groups) {
        matched = true;
        result_ = groups.text;
        return false;
      });
    });
    return matched;
  }

  void open_rows() {
    for (std::string_view rest = pattern; !rest.empty();) {
      const std::size_t size = std::min(rest.find(','), rest.size());
      names_.push_back(text::quoted(rest.substr(0, size)));
      rest.remove_prefix(std::min(size + 1, rest.size()));
    }
    rows_.open(node(), "the string", "csv header=false");
    rows_.strict(
        [](void* self, const Record& row) {
          static_cast<ParseNode*>(self)->result_ = row.raw();
          ++static_cast<ParseNode*>(self)->row_count_;
          return true;
        },
        this);
  }

  // The string itself, without JSON's quotes.
  std::string string_of(const Record& x) {
    std::string value;
    if (field) {
      field.each(x, [&](JsonText result) {
        value = result.text;
        return false;
      });
      if (value.empty()) throw Error("field= gives nothing");
    } else {
      value = text::trimmed(x.raw());
    }
    if (value.front() != '"') throw Error(std::string("needs a string, got ") + text::kind_of(value));
    return text::decoded(value);
  }

  std::string parsed(const std::string& string) {
    switch (format) {
      case Format::logfmt:
        return logfmt_to_json(string);
      case Format::regex:
        if (!captured(text::quoted(string))) throw Error("the pattern does not match");
        return with_numbers(result_);
      case Format::csv:
        return row(string);
      case Format::json:
        break;
    }
    check_json(string);
    return one_line(string);
  }

  // A record is one line wherever it goes; outside of strings every break is a blank.
  static std::string one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return std::string(text::trimmed(text));
  }

  static std::string with_numbers(const std::string& object) {
    std::string out = "{";
    text::each_field(object, [&](std::string_view key, std::string_view value) {
      if (out.size() > 1) out += ',';
      out += key;
      out += ':';
      out += value.starts_with('"') ? text::number_or_string(text::decoded(value)) : value;
    });
    return out += '}';
  }

  std::string row(const std::string& string) {
    row_count_ = 0;
    try {
      std::string_view rest = string;
      while (!rest.empty()) {
        const std::span<char> space = rows_.space();
        const std::size_t size = std::min(space.size(), rest.size());
        std::copy_n(rest.data(), size, space.data());
        rows_.commit(size);
        rest.remove_prefix(size);
      }
      rows_.space().front() = '\n';
      rows_.commit(1);
      if (row_count_ != 1) throw Error("it is not one row");
    } catch (const Error& error) {
      open_rows_again();
      throw Error(error.hint.empty() ? std::string(error.what()) : error.hint);
    }
    if (names_.empty()) return result_;
    std::string out = "{";
    std::size_t i = 0;
    text::each_element(result_, [&](std::string_view value) {
      if (i < names_.size()) out += (i > 0 ? "," : "") + names_[i] + ":" + std::string(value);
      ++i;
      return true;
    });
    if (i != names_.size()) {
      throw Error("the row has " + std::to_string(i) + " fields, the pattern " + std::to_string(names_.size()));
    }
    return out += '}';
  }

  void open_rows_again() {
    names_.clear();
    open_rows();
  }
};

}  // namespace

extern constinit const StageClass parse_stage = stage_class<ParseNode>("ParseNode");

}  // namespace streamz
