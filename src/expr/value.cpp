// SPDX-License-Identifier: Apache-2.0
#include "value.h"

#include <algorithm>
#include <cstring>

#include "numbers.h"
#include "parsed.h"
#include "utf8.h"

namespace streamz::expr {

namespace {

bool has_escape(std::string_view text) { return std::memchr(text.data(), '\\', text.size()) != nullptr; }

}  // namespace

std::string_view name_of(Type type) {
  constexpr std::string_view names[] = {"null", "boolean", "number", "string", "array", "object"};
  return names[static_cast<std::size_t>(type)];
}

void fail(std::string words) { throw Failure{Value(std::move(words))}; }

Value::Value(std::string text) : kind_(string) {
  auto* const body = new TextBody;
  body->text = std::move(text);
  body_.counted = body;
}

Value Value::make_array(std::vector<Value> items) {
  auto* const body = new ArrayBody;
  body->items = std::move(items);
  Value made;
  made.kind_ = array;
  made.body_.counted = body;
  std::uint32_t deepest = 0;
  for (const Value& item : body->items) deepest = std::max(deepest, item.depth());
  made.deepen(deepest);
  return made;
}

Value Value::make_object() {
  Value made;
  made.body_.counted = new ObjectBody;
  made.kind_ = object;
  return made;
}

// Part by part where it is deep, so that no value can exhaust the stack.
void Value::destroy() noexcept {
  constexpr std::uint32_t kDeep = 64;
  if (kind_ != string && body_.counted->depth > kDeep) {
    std::vector<Value> parts;
    take_apart(parts);
    while (!parts.empty()) {
      Value part = std::move(parts.back());
      parts.pop_back();
      if (part.kind_ > string && part.body_.counted->references == 1) part.take_apart(parts);
    }
  }
  if (kind_ == string) delete static_cast<TextBody*>(body_.counted);
  if (kind_ == array) delete static_cast<ArrayBody*>(body_.counted);
  if (kind_ == object) delete static_cast<ObjectBody*>(body_.counted);
}

// Moves what a container of our own holds to `parts`.
void Value::take_apart(std::vector<Value>& parts) noexcept {
  if (kind_ == array) {
    auto& items = static_cast<ArrayBody*>(body_.counted)->items;
    std::move(items.begin(), items.end(), std::back_inserter(parts));
    items.clear();
  } else {
    for (ObjectBody::Field& field : static_cast<ObjectBody*>(body_.counted)->fields) {
      parts.push_back(std::move(field.value));
    }
  }
}

Type Value::type() const {
  constexpr Type types[] = {Type::null,   Type::boolean, Type::boolean, Type::number, Type::number, Type::number,
                            Type::string, Type::array,   Type::object,  Type::string, Type::array,  Type::object};
  return types[kind_];
}

void Value::settle() {
  if (kind_ == literal) *this = number_from(slice());
}

double Value::as_double() const {
  if (kind_ == real) return body_.real;
  if (kind_ == integer) return static_cast<double>(body_.integer);
  return number_from(slice()).as_double();
}

std::string_view Value::text() {
  if (kind_ == raw) {
    if (!has_escape(slice())) return slice();
    *this = Value(unescaped(slice()));
  }
  return static_cast<const TextBody*>(body_.counted)->text;
}

std::string& Value::writable_text() {
  if (kind_ == raw) *this = Value(unescaped(slice()));
  if (body_.counted->references > 1) *this = Value(std::string(text()));
  return static_cast<TextBody*>(body_.counted)->text;
}

std::string Value::take_text() {
  if (kind_ == string && body_.counted->references == 1) {
    return std::move(static_cast<TextBody*>(body_.counted)->text);
  }
  return std::string(text());
}

const std::vector<Value>& Value::items() {
  if (kind_ == array_slice) *this = document().array(place());
  return static_cast<const ArrayBody*>(body_.counted)->items;
}

std::vector<Value>& Value::writable_items() {
  items();
  if (body_.counted->references > 1) {
    auto* const copy = new ArrayBody(*static_cast<ArrayBody*>(body_.counted));
    copy->references = 1;
    --body_.counted->references;
    body_.counted = copy;
  }
  return static_cast<ArrayBody*>(body_.counted)->items;
}

const ObjectBody& Value::fields() {
  if (kind_ == object_slice) *this = document().object(place());
  return *static_cast<const ObjectBody*>(body_.counted);
}

ObjectBody& Value::writable_fields() {
  fields();
  if (body_.counted->references > 1) {
    const auto& old = *static_cast<ObjectBody*>(body_.counted);
    auto* const copy = new ObjectBody;
    copy->fields.reserve(old.fields.size() + 1);
    for (const ObjectBody::Field& field : old.fields) copy->add(field.key, field.value);
    copy->depth = old.depth;
    --body_.counted->references;
    body_.counted = copy;
  }
  return *static_cast<ObjectBody*>(body_.counted);
}

void Value::deepen(std::uint32_t depth_of_part) {
  std::uint32_t& depth = body_.counted->depth;
  depth = std::max(depth, depth_of_part + 1);
  if (depth > kDeepest) fail("the value is nested over " + std::to_string(kDeepest) + " deep");
}

std::string_view ObjectBody::text_of(const Value& key) {
  if (key.kind() == Value::raw) return key.slice();
  return const_cast<Value&>(key).text();
}

Value* ObjectBody::find(std::string_view key) {
  if (fields.size() > kSmall) {
    const auto found = places_.find(key);
    return found == places_.end() ? nullptr : &fields[found->second].value;
  }
  for (Field& field : fields) {
    if (text_of(field.key) == key) return &field.value;
  }
  return nullptr;
}

void ObjectBody::index_all() {
  places_.clear();
  if (fields.size() <= kSmall) return;
  for (std::size_t i = 0; i < fields.size(); ++i) places_.emplace(text_of(fields[i].key), i);
}

void ObjectBody::add(Value key, Value value) {
  fields.push_back({std::move(key), std::move(value)});
  if (fields.size() == kSmall + 1) {
    index_all();
  } else if (fields.size() > kSmall) {
    places_.emplace(text_of(fields.back().key), fields.size() - 1);
  }
}

Value& ObjectBody::at(Value key) {
  if (Value* const found = find(text_of(key))) return *found;
  add(std::move(key), Value());
  return fields.back().value;
}

void ObjectBody::erase(std::string_view key) {
  const auto found = std::ranges::find_if(fields, [&](const Field& field) { return text_of(field.key) == key; });
  if (found == fields.end()) return;
  fields.erase(found);
  index_all();
}

Value decoded(Value string) {
  string.text();
  return string;
}

std::string unescaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const auto unit = [&](std::size_t at) {
    std::uint32_t code = 0;
    for (std::size_t i = at; i < at + 4 && i < text.size(); ++i) {
      const char c = text[i];
      code = code * 16 + static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return code;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    constexpr std::string_view kLetters = "bfnrt", kControls = "\b\f\n\r\t";
    const char c = text[++i];
    if (const std::size_t at = kLetters.find(c); at != std::string_view::npos) {
      out += kControls[at];
    } else if (c != 'u') {
      out += c;
    } else {
      std::uint32_t code = unit(i + 1);
      i += 4;
      if (code >= 0xD800 && code < 0xDC00 && text.substr(i + 1).starts_with("\\u")) {
        const std::uint32_t low = unit(i + 3);
        if (low >= 0xDC00 && low < 0xE000) {
          code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
          i += 6;
        }
      }
      append_utf8(out, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
    }
  }
  return out;
}

}  // namespace streamz::expr
