// SPDX-License-Identifier: Apache-2.0
#include "write.h"

#include <algorithm>
#include <charconv>

#include "numbers.h"
#include "parsed.h"
#include "stack.h"
#include "utf8.h"

namespace streamz::expr {

namespace {

enum class Form { as_is, uniform, canonical };

void append_number(std::string& out, Value number, Form form) {
  if (form == Form::as_is && number.kind() == Value::literal) {
    out += number.slice();
    return;
  }
  number.settle();
  if (form == Form::canonical && number.kind() == Value::real) {
    const Value rounded = whole(number.as_double() + 0.0);  // -0 is 0
    if (rounded.kind() == Value::integer && rounded.as_double() == number.as_double()) number = rounded;
  }
  if (number.kind() == Value::real) return expr::append_number(out, number.as_double());
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, number.as_integer()).ptr;
  out.append(text, end);
}

void append(std::string& out, const Value& value, Form form);

void append_object(std::string& out, const Value& value, Form form) {
  Value copy = value;
  const ObjectBody& object = copy.fields();
  std::vector<const ObjectBody::Field*> fields;
  if (form == Form::canonical) {
    for (const ObjectBody::Field& field : object.fields) fields.push_back(&field);
    std::ranges::sort(fields, {}, [](const ObjectBody::Field* f) { return const_cast<Value&>(f->key).text(); });
  }
  out += '{';
  for (std::size_t i = 0; i < object.fields.size(); ++i) {
    const ObjectBody::Field& field = form == Form::canonical ? *fields[i] : object.fields[i];
    if (i > 0) out += ',';
    append(out, field.key, form);
    out += ':';
    append(out, field.value, form);
  }
  out += '}';
}

void append(std::string& out, const Value& value, Form form) {
  switch (value.kind()) {
    case Value::null:
      out += "null";
      return;
    case Value::no:
      out += "false";
      return;
    case Value::yes:
      out += "true";
      return;
    case Value::integer:
    case Value::real:
    case Value::literal:
      return append_number(out, value, form);
    case Value::raw:
      if (form == Form::as_is) {
        out.append(value.slice().data() - 1, value.slice().size() + 2);  // its quotes stand beside it
        return;
      }
      [[fallthrough]];
    case Value::string: {
      Value copy = value;
      return append_quoted(out, copy.text());
    }
    case Value::array_slice:
    case Value::object_slice:
      if (form == Form::as_is) return value.document().append(out, value.place());
      [[fallthrough]];
    case Value::array:
    case Value::object:
      break;
  }
  check_stack_for_value();
  if (value.is_object()) return append_object(out, value, form);
  Value copy = value;
  out += '[';
  bool first = true;
  for (const Value& item : copy.items()) {
    if (!first) out += ',';
    first = false;
    append(out, item, form);
  }
  out += ']';
}

}  // namespace

void append_json(std::string& out, const Value& value) { append(out, value, Form::as_is); }
void append_canonical(std::string& out, const Value& value) { append(out, value, Form::canonical); }
void append_tojson(std::string& out, const Value& value) { append(out, value, Form::uniform); }

void append_quoted(std::string& out, std::string_view text) {
  constexpr std::string_view kControls = "\b\f\n\r\t\"\\", kLetters = "bfnrt\"\\";
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F) continue;
    out += text.substr(from, i - from);
    from = i + 1;
    out += '\\';
    if (const std::size_t at = kControls.find(text[i]); at != std::string_view::npos) {
      out += kLetters[at];
    } else {
      out += "u00";
      out += kHex[c >> 4];
      out += kHex[c & 0xFU];
    }
  }
  out += text.substr(from);
  out += '"';
}

std::string shortened(const Value& value) {
  constexpr std::size_t kShown = 29;
  std::string text;
  append_tojson(text, value);
  if (text.size() <= kShown) return text;
  const std::string closing = text[0] == '"' ? "\"" : text[0] == '[' ? "]" : text[0] == '{' ? "}" : "";
  std::size_t end = kShown - 3 - closing.size();
  while (end > 0 && !begins_character(text[end])) --end;
  return text.substr(0, end) + "..." + closing;
}

std::string described(const Value& value) { return std::string(name_of(value.type())) + " (" + shortened(value) + ")"; }

}  // namespace streamz::expr
