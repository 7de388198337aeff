// SPDX-License-Identifier: Apache-2.0
#include "parsed.h"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "../acks.h"
#include "grammar.h"
#include "keys_seen.h"

// `implementation` and its `structural_indexes` are documented as private.
static_assert(simdjson::SIMDJSON_VERSION_MAJOR == 3, "the structural index was checked for simdjson 3 only");

namespace streamz::expr {

namespace {

constexpr std::size_t kLargest = 1 << 20;  // a parse that grew beyond is not kept

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
// Brackets of both kinds at once: they differ in one bit.
bool opens(char c) { return (c | 0x20) == '{'; }
bool closes(char c) { return (c | 0x20) == '}'; }

}  // namespace

// ---- Document

Value Document::at(std::uint32_t place) const {
  const char* const begin = text_ + index_[place];
  const auto size = [&] {
    const char* end = text_ + index_[place + 1];
    while (is_blank(end[-1])) --end;
    return static_cast<std::uint32_t>(end - begin);
  };
  switch (*begin) {
    case '{':
      return {Value::object_slice, this, place};
    case '[':
      return {Value::array_slice, this, place};
    case '"':
      return {Value::raw, begin + 1, size() - 2};
    case 't':
      return Value(true);
    case 'f':
      return Value(false);
    case 'n':
      return {};
    default:
      return {Value::literal, begin, size()};
  }
}

std::uint32_t Document::after(std::uint32_t place) const {
  if (!opens(first(place))) return place + 1;
  if (closes_ != nullptr) return closes_[place] + 1;
  for (std::uint32_t depth = 1; depth > 0;) {
    const char c = first(++place);
    if (opens(c)) ++depth;
    if (closes(c)) --depth;
  }
  return place + 1;
}

std::uint32_t Document::count(std::uint32_t array) const {
  std::uint32_t found = 0;
  each_element(array, [&](const Value&) { return ++found, true; });
  return found;
}

Value Document::element(std::uint32_t array, std::uint32_t n) const {
  std::uint32_t place = array + 1;
  for (; n > 0; --n) place = after(place) + 1;
  return at(place);
}

Value Document::array(std::uint32_t array) const {
  std::vector<Value> items;
  each_element(array, [&](Value item) {
    items.push_back(std::move(item));
    return true;
  });
  return Value::make_array(std::move(items));
}

bool Document::has_escapes() const {
  if (escapes_ == Escapes::unknown) {
    escapes_ = std::memchr(text_, '\\', size_) != nullptr ? Escapes::some : Escapes::none;
  }
  return escapes_ == Escapes::some;
}

std::string_view Document::key(std::uint32_t place) const {
  const char* const begin = text_ + index_[place] + 1;
  const char* end = text_ + index_[place + 1];
  while (end[-1] != '"') --end;
  return {begin, static_cast<std::size_t>(end - 1 - begin)};
}

// Where the key and the name first differ, only an escape can make them equal; the name's own quotes and
// backslashes stand behind one.
bool Document::key_is(std::uint32_t place, std::string_view name) const {
  const char* const raw = text_ + index_[place] + 1;
  std::size_t same = 0;
  while (same < name.size() && raw[same] == name[same] && name[same] != '"' && name[same] != '\\') ++same;
  if (same == name.size()) return raw[same] == '"';
  return raw[same] == '\\' && unescaped(key(place)) == name;
}

bool Document::field(std::uint32_t object, std::string_view name, Value& found) const {
  std::uint32_t place = object + 1, last = 0;
  if (first(place) == '}') return false;
  const char head = name.empty() ? '"' : name[0];
  while (true) {
    const char c = text_[index_[place] + 1];
    if ((c == head || c == '\\') && key_is(place, name)) last = place + 2;
    place += 2;
    place = opens(first(place)) ? after(place) : place + 1;
    if (first(place) == '}') break;
    ++place;
  }
  if (last == 0) return false;
  found = at(last);
  return true;
}

std::uint32_t Document::fields(std::uint32_t object) const {
  std::uint32_t place = object + 1, found = 0;
  if (first(place) == '}') return 0;
  while (true) {
    ++found;
    place = after(place + 2);
    if (first(place) == '}') return found;
    ++place;
  }
}

Value Document::object(std::uint32_t object) const {
  Value made = Value::make_object();
  ObjectBody& body = made.writable_fields();
  std::uint32_t place = object + 1;
  if (first(place) == '}') return made;
  body.fields.reserve(fields(object) + 1);
  const bool escapes = has_escapes();
  KeysSeen seen;
  while (true) {
    Value key = escapes ? decoded(at(place)) : at(place);
    if (seen.is_new(key.kind() == Value::raw ? key.slice() : key.text())) {
      body.add(std::move(key), at(place + 2));
    } else {
      body.at(std::move(key)) = at(place + 2);
    }
    place = after(place + 2);
    if (first(place) == '}') return made;
    ++place;
  }
}

std::optional<std::string_view> Document::compact(std::uint32_t place) const {
  const std::uint32_t begin = index_[place];
  std::uint32_t depth = 0;
  while (true) {
    const char c = first(place);
    if (opens(c)) ++depth;
    if (closes(c) && --depth == 0) break;
    if (is_blank(text_[index_[++place] - 1])) return std::nullopt;
  }
  return std::string_view(text_ + begin, index_[place] + 1 - begin);
}

void Document::append(std::string& out, std::uint32_t place) const {
  if (const auto text = compact(place)) {
    out += *text;
    return;
  }
  for (const std::uint32_t end = after(place); place < end; ++place) {
    const char* const begin = text_ + index_[place];
    const char* stop = text_ + index_[place + 1];
    while (is_blank(stop[-1])) --stop;
    out.append(begin, opens(*begin) || closes(*begin) ? begin + 1 : stop);
  }
}

// ---- Parse

struct Parse::Parser {
  simdjson::dom::parser parser;
};

Parse::Parse() : parser_(std::make_unique<Parser>()) {}
Parse::~Parse() = default;

std::size_t Parse::capacity() const { return parser_->parser.capacity(); }

void Parse::make_room(std::size_t size) {
  if (capacity() > 0 && size <= capacity()) return;
  const std::size_t most = std::bit_ceil(std::max<std::size_t>(size, 4096));
  if (parser_->parser.allocate(most) != simdjson::SUCCESS) throw std::bad_alloc();
  closes_ = std::make_unique_for_overwrite<std::uint32_t[]>(most);
}

void Parse::take_index(std::string_view text, Escapes escapes) {
  document_.text_ = text.data();
  document_.size_ = static_cast<std::uint32_t>(text.size());
  document_.index_ = parser_->parser.implementation->structural_indexes.get();
  document_.escapes_ = escapes;
  document_.closes_ = nullptr;
}

void Parse::index(std::string_view text) {
  make_room(text.size());
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const simdjson::error_code error =
      parser_->parser.implementation->stage1(bytes, text.size(), simdjson::stage1_mode::regular);
  if (error != simdjson::SUCCESS) throw Error(std::string("cannot be read: ") + simdjson::error_message(error));
  take_index(text, Escapes::unknown);
}

bool Parse::validate(std::string_view text, Escapes escapes) {
  make_room(text.size());
  auto& implementation = *parser_->parser.implementation;
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const bool indexed = implementation.stage1(bytes, text.size(), simdjson::stage1_mode::regular) == simdjson::SUCCESS;
  take_index(text, escapes);
  if (document_.has_escapes() && !has_good_escapes(text)) return false;
  if (!indexed || !is_one_value(text, document_.index_, implementation.n_structural_indexes, closes_.get()))
    return false;
  document_.closes_ = closes_.get();
  return true;
}

// ---- Lease

namespace {

thread_local std::vector<std::unique_ptr<Parse>> slots;

}  // namespace

Lease::Lease(const Record& x) : parse_(nullptr) {
  const std::string_view text = x.raw();
  const std::uint64_t serial = x.chunk() == nullptr ? 0 : static_cast<const Block*>(x.chunk())->serial;
  Parse* free = nullptr;
  for (const auto& slot : slots) {
    if (slot->text_ == text.data() && slot->size_ == text.size() && slot->serial_ == serial && serial != 0) {
      parse_ = slot.get();
      ++parse_->leases_;
      return;
    }
    if (slot->leases_ == 0) free = slot.get();
  }
  if (free == nullptr) free = slots.emplace_back(std::make_unique<Parse>()).get();
  free->serial_ = 0;
  free->index(text);
  free->text_ = text.data();
  free->size_ = text.size();
  free->serial_ = serial;
  parse_ = free;
  parse_->leases_ = 1;
}

Lease::~Lease() {
  if (--parse_->leases_ > 0 || parse_->capacity() <= kLargest) return;
  std::erase_if(slots, [this](const std::unique_ptr<Parse>& slot) { return slot.get() == parse_; });
}

bool Lease::validate(std::string_view text, std::uint64_t serial, Escapes escapes) {
  Parse* free = nullptr;
  for (const auto& slot : slots) {
    if (slot->leases_ == 0) free = slot.get();
  }
  if (free == nullptr) free = slots.emplace_back(std::make_unique<Parse>()).get();
  const bool valid = free->validate(text, escapes);
  free->text_ = text.data();
  free->size_ = text.size();
  free->serial_ = valid ? serial : 0;  // what was refused may have no index
  return valid;
}

}  // namespace streamz::expr
