// SPDX-License-Identifier: Apache-2.0
// Functions of values of any type: their kind, their text, their parts.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "../error.h"
#include "../validate.h"
#include "functions.h"
#include "numbers.h"
#include "operators.h"
#include "parsed.h"
#include "paths.h"
#include "stack.h"
#include "utf8.h"
#include "write.h"

extern char** environ;  // NOLINT: POSIX declares it nowhere

namespace streamz::expr {

namespace {

Value type(Value& in, Value* /*unused*/) { return Value(name_of(in.type())); }
Value negation(Value& in, Value* /*unused*/) { return Value(!in.is_true()); }
Value to_string(Value& in, Value* /*unused*/) {
  return in.is_string() ? std::move(in) : Value(tostring(std::move(in)));
}
Value to_json(Value& in, Value* /*unused*/) {
  std::string text;
  append_tojson(text, in);
  return Value(std::move(text));
}
Value to_array(Value& in, Value* /*unused*/) {
  return in.is_array() ? std::move(in) : Value::make_array({std::move(in)});
}

Value to_number(Value& in, Value* /*unused*/) {
  if (in.is_number()) return in;
  if (in.is_string()) {
    std::string_view text = in.text();
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    if (auto number = parse_number(text)) return std::move(*number);
  }
  fail(described(in) + " cannot be parsed as a number");
}

Value to_boolean(Value& in, Value* /*unused*/) {
  if (in.is_boolean()) return in;
  if (in.is_string() && (in.text() == "true" || in.text() == "false")) return Value(in.text() == "true");
  fail(described(in) + " cannot be parsed as a boolean");
}

// Of one's own: the text does not stay.
Value owned(Value v) {
  check_stack_for_value();
  v.settle();
  if (v.is_string()) {
    return Value(v.take_text());
  }
  if (v.kind() == Value::array_slice) {
    std::vector<Value> items = v.items();
    for (Value& item : items) item = owned(std::move(item));
    return Value::make_array(std::move(items));
  }
  if (v.kind() == Value::object_slice) {
    Value made = Value::make_object();
    for (const ObjectBody::Field& field : v.fields().fields) {
      Value part = owned(field.value);
      made.deepen(part.depth());
      made.writable_fields().at(owned(field.key)) = std::move(part);
    }
    return made;
  }
  return v;
}

Value from_json(Value& in, Value* /*unused*/) {
  if (!in.is_string()) fail(described(in) + " only strings can be parsed");
  const std::string text(in.text());
  if (text == "nan" || text == "NaN" || text == "-NaN") return Value(std::nan(""));
  if (text.find_first_not_of(" \t\r\n") == std::string::npos)
    fail("Expected JSON value (while parsing '" + text + "')");
  if (const auto fault = validate_json(text)) {
    fail(fault->what + " at byte " + std::to_string(fault->offset) + " (while parsing '" + printable(text, 60) + "')");
  }
  Parse parse;
  parse.index(text);
  return owned(parse.document().root());
}

Value length(Value& in, Value* /*unused*/) {
  switch (in.type()) {
    case Type::null:
      return Value(std::int64_t{0});
    case Type::string:
      return Value(static_cast<std::int64_t>(count_characters(in.text())));
    case Type::array:
      if (in.kind() == Value::array_slice) return Value(std::int64_t{in.document().count(in.place())});
      return Value(static_cast<std::int64_t>(in.items().size()));
    case Type::object:
      return Value(static_cast<std::int64_t>(in.fields().fields.size()));
    case Type::number:
      in.settle();
      return compare_numbers(in, Value(std::int64_t{0})) < 0 ? negated(in) : in;
    default:
      fail(described(in) + " has no length");
  }
}

// Of what is less than 0, in jq's order of all values: null and booleans fail.
Value absolute(Value& in, Value* /*unused*/) {
  const Value zero(std::int64_t{0});
  return compare(in, zero) < 0 ? negate(in) : in;
}

Value raise(Value& in, Value* /*unused*/) { throw Failure{std::move(in)}; }
Value raise_given(Value& /*in*/, Value* arguments) { throw Failure{arguments[0]}; }

Value keys_unsorted(Value& in, Value* /*unused*/) {
  std::vector<Value> keys;
  if (in.is_array()) {
    for (std::size_t i = 0; i < in.items().size(); ++i) keys.emplace_back(static_cast<std::int64_t>(i));
  } else if (in.is_object()) {
    for (const ObjectBody::Field& field : in.fields().fields) keys.push_back(field.key);
  } else {
    fail(described(in) + " has no keys");
  }
  return Value::make_array(std::move(keys));
}

Value keys(Value& in, Value* /*unused*/) {
  Value found = keys_unsorted(in, nullptr);
  std::ranges::sort(found.writable_items(), [](const Value& a, const Value& b) { return compare(a, b) < 0; });
  return found;
}

Value has_key(Value& in, Value* arguments) { return Value(has(in, arguments[0])); }

bool contained(Value a, Value b) {
  check_stack_for_value();
  if (a.type() != b.type()) return false;
  if (a.is_object()) {
    const ObjectBody& fields = a.fields();
    return std::ranges::all_of(b.fields().fields, [&](const ObjectBody::Field& field) {
      Value key = field.key;
      const Value* const found = fields.find(key.text());
      return found != nullptr && contained(*found, field.value);
    });
  }
  if (a.is_array()) {
    const std::vector<Value>& items = a.items();
    return std::ranges::all_of(b.items(), [&](const Value& wanted) {
      return std::ranges::any_of(items, [&](const Value& item) { return contained(item, wanted); });
    });
  }
  if (a.is_string()) return a.text().find(b.text()) != std::string_view::npos;
  return equal(a, b);
}

Value contains(Value& in, Value* arguments) {
  const bool comparable = in.type() == arguments[0].type() && (!in.is_boolean() || in.kind() == arguments[0].kind());
  if (!comparable) {
    fail(described(in) + " and " + described(arguments[0]) + " cannot have their containment checked");
  }
  return Value(contained(std::move(in), arguments[0]));
}

Value set_path_to(Value& in, Value* arguments) {
  return set_path(std::move(in), path_of(arguments[0]), 0, arguments[1]);
}
Value delete_given(Value& in, Value* arguments) { return delete_paths(std::move(in), arguments[0]); }

Value to_entries(Value& in, Value* /*unused*/) {
  std::vector<Value> entries;
  const Value key_name(std::string("key")), value_name(std::string("value"));
  const auto add = [&](Value key, const Value& value) {
    Value entry = Value::make_object();
    entry.deepen(value.depth());
    ObjectBody& fields = entry.writable_fields();
    fields.at(key_name) = std::move(key);
    fields.at(value_name) = value;
    entries.push_back(std::move(entry));
  };
  if (in.is_array()) {
    for (const Value& item : in.items()) add(Value(static_cast<std::int64_t>(entries.size())), item);
  } else if (in.is_object()) {
    for (const ObjectBody::Field& field : in.fields().fields) add(field.key, field.value);
  } else {
    fail(described(in) + " has no keys");
  }
  return Value::make_array(std::move(entries));
}

std::vector<Value> values_of(Value in) {
  if (in.is_array()) return in.items();
  if (!in.is_object()) fail("Cannot iterate over " + described(in));
  std::vector<Value> values;
  for (const ObjectBody::Field& field : in.fields().fields) values.push_back(field.value);
  return values;
}

Value from_entries(Value& in, Value* /*unused*/) {
  Value made = Value::make_object();
  for (Value& entry : values_of(std::move(in))) {
    Value key;
    for (const char* const name : {"key", "Key", "name", "Name"}) {
      key = field(entry, name);
      if (key.is_true()) break;
    }
    Value name(std::string("value"));
    Value value = field(entry, has(entry, name) ? "value" : "Value");
    made.deepen(value.depth());
    made.writable_fields().at(object_key(std::move(key))) = std::move(value);
  }
  return made;
}

Value any(Value& in, Value* /*unused*/) {
  return Value(std::ranges::any_of(values_of(std::move(in)), [](const Value& v) { return v.is_true(); }));
}
Value all(Value& in, Value* /*unused*/) {
  return Value(std::ranges::all_of(values_of(std::move(in)), [](const Value& v) { return v.is_true(); }));
}
Value add(Value& in, Value* /*unused*/) {
  Value sum;
  for (Value& value : values_of(std::move(in))) sum = arithmetic('+', std::move(sum), std::move(value));
  return sum;
}

Value debug(Value& in, Value* /*unused*/) {
  std::string line = "[\"DEBUG:\",";
  append_json(line, in);
  std::fprintf(stderr, "%s]\n", line.c_str());
  return std::move(in);
}

Value print_to_stderr(Value& in, Value* /*unused*/) {
  std::string text;
  append_json(text, in);
  std::fwrite(text.data(), 1, text.size(), stderr);
  return std::move(in);
}

Value in_format(Value& in, Value* arguments) {
  if (!arguments[0].is_string()) fail(described(arguments[0]) + " is not a valid format");
  const Format format = find_format("@" + std::string(arguments[0].text()));
  if (format == nullptr) fail(std::string(arguments[0].text()) + " is not a valid format");
  return Value(format(in));
}

Value builtins(Value& /*in*/, Value* /*unused*/) {
  std::vector<Value> names;
  for (std::string& name : native_names()) names.emplace_back(std::move(name));
  return Value::make_array(std::move(names));
}

Value yes(Value& /*in*/, Value* /*unused*/) { return Value(true); }
Value no(Value& /*in*/, Value* /*unused*/) { return Value(false); }

constexpr NativeRow kRows[] = {{"type", 0, type},
                               {"not", 0, negation},
                               {"tostring", 0, to_string},
                               {"tojson", 0, to_json},
                               {"tonumber", 0, to_number},
                               {"toboolean", 0, to_boolean},
                               {"fromjson", 0, from_json},
                               {"toarray", 0, to_array},
                               {"length", 0, length},
                               {"abs", 0, absolute},
                               {"error", 0, raise},
                               {"error", 1, raise_given},
                               {"keys", 0, keys},
                               {"keys_unsorted", 0, keys_unsorted},
                               {"has", 1, has_key},
                               {"contains", 1, contains},
                               {"setpath", 2, set_path_to},
                               {"delpaths", 1, delete_given},
                               {"to_entries", 0, to_entries},
                               {"from_entries", 0, from_entries},
                               {"any", 0, any},
                               {"all", 0, all},
                               {"add", 0, add},
                               {"debug", 0, debug},
                               {"stderr", 0, print_to_stderr},
                               {"format", 1, in_format},
                               {"builtins", 0, builtins},
                               {"have_literal_numbers", 0, yes},
                               {"have_decnum", 0, no}};

}  // namespace

std::span<const NativeRow> value_functions() { return kRows; }

// One for each thread: values are not shared between threads.
const Value& environment() {
  static thread_local const Value found = [] {
    Value made = Value::make_object();
    for (char** variable = environ; *variable != nullptr; ++variable) {
      const std::string_view text(*variable);
      const std::size_t sign = text.find('=');
      if (sign == std::string_view::npos) continue;
      made.writable_fields().at(Value(text.substr(0, sign))) = Value(text.substr(sign + 1));
    }
    return made;
  }();
  return found;
}

}  // namespace streamz::expr
