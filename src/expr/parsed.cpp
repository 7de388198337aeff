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
constexpr std::size_t kAhead = 16 << 10;   // bytes of lines that are indexed together: they stay in the nearest cache

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
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
  const std::uint32_t end = after(object) - 1;
  const char head = name.empty() ? '"' : name[0];
  std::uint32_t last = 0;
  for (std::uint32_t place = object + 1; place < end; ++place) {
    const char c = text_[index_[place] + 1];
    if ((c == head || c == '\\') && key_is(place, name)) last = place + 2;
    place += 2;
    place = opens(first(place)) ? after(place) : place + 1;
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

std::uint32_t Parse::entries() const { return parser_->parser.implementation->n_structural_indexes; }

const char* Parse::make_index(std::string_view text) {
  make_room(text.size());
  auto& maker = *parser_->parser.implementation;
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const simdjson::error_code error = maker.stage1(bytes, text.size(), simdjson::stage1_mode::regular);
  document_.text_ = text.data();
  document_.size_ = static_cast<std::uint32_t>(text.size());
  document_.index_ = maker.structural_indexes.get();
  document_.closes_ = nullptr;
  document_.escapes_ = Escapes::unknown;
  return error == simdjson::SUCCESS ? nullptr : simdjson::error_message(error);
}

void Parse::index(std::string_view text) {
  if (const char* const wrong = make_index(text)) throw Error(std::string("cannot be read: ") + wrong);
}

bool Parse::validate(std::string_view text, Escapes escapes) {
  const bool indexed = make_index(text) == nullptr;
  document_.escapes_ = escapes;
  if (document_.has_escapes() && !has_good_escapes(text)) return false;
  if (!indexed || entries_of_value(text.data(), document_.index_, entries(), closes_.get()) != entries()) return false;
  document_.closes_ = closes_.get();
  return true;
}

// ---- Lease

namespace {

thread_local std::vector<std::shared_ptr<Parse>> slots;

}  // namespace

// One that nobody holds.
Parse& Parse::free_slot() {
  const auto found =
      std::find_if(slots.begin(), slots.end(), [](const auto& slot) { return slot->leases_ == 0 && !slot->of_lines_; });
  return found != slots.end() ? **found : *slots.emplace_back(std::make_shared<Parse>());
}

Lease::Lease(const Record& x) : parse_(nullptr) {
  const std::string_view text = x.raw();
  const std::uint64_t serial = x.chunk() == nullptr ? 0 : static_cast<const Block*>(x.chunk())->serial;
  for (const auto& slot : slots) {
    if (serial == 0 || !slot->is_of(text, serial)) continue;
    parse_ = slot.get();
    ++parse_->leases_;
    return;
  }
  Parse& fresh = Parse::free_slot();
  fresh.serial_ = 0;
  fresh.index(text);
  fresh.belongs_to(text, serial);
  parse_ = &fresh;
  parse_->leases_ = 1;
}

Lease::~Lease() {
  if (--parse_->leases_ > 0 || parse_->capacity() <= kLargest || parse_->of_lines_) return;
  std::erase_if(slots, [this](const auto& slot) { return slot.get() == parse_; });
}

bool Lease::validate(std::string_view text, std::uint64_t serial) {
  Parse& parse = Parse::free_slot();
  const bool valid = parse.validate(text);
  parse.belongs_to(text, valid ? serial : 0);  // what was refused may have no index
  return valid;
}

// ---- LineParse

LineParse::LineParse() = default;

LineParse::~LineParse() {
  if (parse_ != nullptr) parse_->serial_ = 0;  // found by nobody any more
}

// A parse that the expressions of this thread find; those of readers that are gone leave.
void LineParse::renew() {
  parse_ = nullptr;
  std::erase_if(slots, [](const auto& slot) { return slot->of_lines_ && slot.use_count() == 1; });
  parse_ = slots.emplace_back(std::make_shared<Parse>());
  parse_->of_lines_ = true;
  thread_ = &slots;
}

// As many lines as stand in the next kilobytes, or the one alone.
void LineParse::index(std::string_view line, const char* end, std::uint64_t serial) {
  const auto ahead = std::min(static_cast<std::size_t>(end - line.data()), kAhead);
  const void* const newline = memrchr(line.data(), '\n', ahead);
  begin_ = line.data();
  behind_ = newline == nullptr ? begin_ + line.size() : static_cast<const char*>(newline);
  serial_ = serial;
  next_ = 0;
  const bool indexed = parse_->make_index({begin_, behind_}) == nullptr;
  index_ = parse_->document_.index_;
  entries_ = indexed ? parse_->entries() : 0;
}

// The share of the line in the index.
bool LineParse::take_entries(std::string_view line, Escapes escapes) {
  Document& document = parse_->document_;
  const auto from = static_cast<std::uint32_t>(line.data() - begin_);
  const auto to = static_cast<std::uint32_t>(from + line.size());
  while (next_ < entries_ && index_[next_] < from) ++next_;
  document.text_ = begin_;
  document.index_ = index_ + next_;
  document.closes_ = parse_->closes_.get() + next_;
  document.escapes_ = escapes;
  // A value may go on in the next line, which is no longer one of this.
  const std::uint32_t most = std::min(entries_ - next_, to - from);
  const std::uint32_t behind = next_ + entries_of_value(begin_, index_ + next_, most, parse_->closes_.get() + next_);
  if (behind == next_ || index_[behind - 1] >= to || (behind < entries_ && index_[behind] < to)) return false;
  next_ = behind;
  return true;
}

bool LineParse::validate(std::string_view line, const char* end, std::uint64_t serial, Escapes escapes) {
  const bool known = serial == serial_ && line.data() >= begin_ && line.data() + line.size() <= behind_;
  if (!known) {
    if (thread_ != &slots || parse_->capacity() > kLargest) renew();
    index(line, end, serial);
  }
  bool valid = false;
  if (entries_ == 0) {
    valid = parse_->validate(line, escapes);
  } else {
    valid = take_entries(line, escapes) && (escapes == Escapes::none || has_good_escapes(line));
  }
  parse_->belongs_to(line, valid ? serial : 0);
  return valid;
}

}  // namespace streamz::expr
