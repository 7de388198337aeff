// SPDX-License-Identifier: Apache-2.0
// Regular expressions. The module that links Oniguruma is opened for the first of them.
#include <memory>
#include <unordered_map>

#include "../module.h"
#include "functions.h"
#include "regex_module.h"
#include "utf8.h"
#include "write.h"

namespace streamz::expr {

namespace {

constexpr std::size_t kKept = 64;  // compiled patterns a thread keeps

const RegexModule& module() {
  static const auto* const found = static_cast<const RegexModule*>(module_symbol("regex", "streamz_regex_module"));
  return *found;
}

struct FreeRegex {
  void operator()(Regex* regex) const { module().free(regex); }
};
struct Pattern {
  std::unique_ptr<Regex, FreeRegex> regex;
  std::vector<std::string> names;
  bool global = false;
};

// What a program gives as pattern and flags: strings, null, or an array of both.
struct Given {
  Value pattern, flags;
};
Given given(Value pattern, Value flags) {
  if (pattern.is_array() && flags.is_null()) {  // [PATTERN, FLAGS] stands for both
    const std::vector<Value> parts = pattern.items();
    if (parts.empty()) fail("array (" + shortened(pattern) + ") cannot be matched: it holds no pattern");
    if (parts.size() > 1) flags = parts[1];
    pattern = parts[0];
  }
  return {std::move(pattern), std::move(flags)};
}

Pattern compiled(std::string_view pattern, Value& flags) {
  Pattern made;
  RegexFlags options;
  for (const char flag : flags.is_null() ? std::string_view() : flags.text()) {
    switch (flag) {
      case 'g':
        made.global = true;
        break;
      case 'i':
        options.ignore_case = true;
        break;
      case 'x':
        options.extended = true;
        break;
      case 's':
        options.single_line = true;
        break;
      case 'p':
        options.single_line = options.dot_all = true;
        break;
      case 'n':
        options.not_empty = true;
        break;
      case 'l':
        options.longest = true;
        break;
      default:
        fail(std::string(flags.text()) + " is not a valid modifier string");
    }
  }
  std::string error;
  made.regex.reset(module().compile(pattern, options, error));
  if (made.regex == nullptr) fail("Regex failure: " + error);
  made.names = module().names(made.regex.get());
  return made;
}

const Pattern& pattern_of(Given& what) {
  static thread_local std::unordered_map<std::string, Pattern> kept;
  static thread_local std::string name;
  if (!what.pattern.is_string()) fail(described(what.pattern) + " is not a string");
  if (!what.flags.is_null() && !what.flags.is_string()) fail(described(what.flags) + " is not a string");
  name = what.pattern.text();
  name += '\0';
  if (what.flags.is_string()) name += what.flags.text();
  if (const auto found = kept.find(name); found != kept.end()) return found->second;
  Pattern made = compiled(what.pattern.text(), what.flags);
  if (kept.size() == kKept) kept.clear();
  return kept.emplace(name, std::move(made)).first->second;
}

// Bytes to code points, for places that only grow.
class Counter {
 public:
  explicit Counter(std::string_view text) : text_(text) {}
  std::int64_t at(std::size_t byte) {
    if (byte < byte_) byte_ = characters_ = 0;
    characters_ += count_characters(text_.substr(byte_, byte - byte_));
    byte_ = byte;
    return static_cast<std::int64_t>(characters_);
  }

 private:
  std::string_view text_;
  std::size_t byte_ = 0, characters_ = 0;
};

struct Keys {
  Value offset{std::string("offset")}, length{std::string("length")}, string{std::string("string")};
  Value captures{std::string("captures")}, name{std::string("name")};
};

Value match_of(std::string_view text, const Pattern& pattern, const std::vector<Group>& groups, Counter& counter) {
  const Keys keys;
  const auto describe = [&](const Group& group) {
    Value made = Value::make_object();
    ObjectBody& fields = made.writable_fields();
    const bool there = group.begin >= 0;
    const auto begin = static_cast<std::size_t>(there ? group.begin : 0);
    const std::string_view found = text.substr(begin, static_cast<std::size_t>(there ? group.end : 0) - begin);
    fields.at(keys.offset) = Value(there ? counter.at(begin) : std::int64_t{-1});
    fields.at(keys.length) = Value(static_cast<std::int64_t>(count_characters(found)));
    fields.at(keys.string) = there ? Value(found) : Value();
    return made;
  };
  Value made = describe(groups[0]);
  std::vector<Value> captures;
  for (std::size_t i = 1; i < groups.size(); ++i) {
    Value capture = describe(groups[i]);
    const std::string& name = pattern.names[i - 1];
    capture.writable_fields().at(keys.name) = name.empty() ? Value() : Value(name);
    captures.push_back(std::move(capture));
  }
  Value list = Value::make_array(std::move(captures));
  made.deepen(list.depth());
  made.writable_fields().at(keys.captures) = std::move(list);
  return made;
}

std::string_view text_to_match(Value& in) {
  if (!in.is_string()) fail(described(in) + " cannot be matched, as it is not a string");
  return in.text();
}

// All matches with `g`, otherwise the first or none.
Value matches(Value& in, Value* arguments) {
  const std::string_view text = text_to_match(in);
  Given what = given(arguments[0], arguments[1]);
  const Pattern& pattern = pattern_of(what);
  std::vector<Value> found;
  std::vector<Group> groups;
  Counter counter(text);
  for (std::size_t from = 0; from <= text.size();) {
    if (!module().search(pattern.regex.get(), text, from, groups)) break;
    found.push_back(match_of(text, pattern, groups, counter));
    if (!pattern.global) break;
    const auto end = static_cast<std::size_t>(groups[0].end);
    from = end;
    if (groups[0].begin == groups[0].end) {  // on, or it would be found for ever
      do {
        ++from;
      } while (from < text.size() && !begins_character(text[from]));
    }
  }
  return Value::make_array(std::move(found));
}

Value test_with(Value& in, Value* arguments) {
  const std::string_view text = text_to_match(in);
  Given what = given(arguments[0], arguments[1]);
  static thread_local std::vector<Group> groups;
  return Value(module().search(pattern_of(what).regex.get(), text, 0, groups));
}
Value test(Value& in, Value* arguments) {
  Value both[] = {arguments[0], Value()};
  return test_with(in, both);
}

constexpr NativeRow kRows[] = {{"_match", 2, matches}, {"test", 1, test}, {"test", 2, test_with}};

}  // namespace

std::span<const NativeRow> regex_functions() { return kRows; }

}  // namespace streamz::expr
