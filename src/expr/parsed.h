// SPDX-License-Identifier: Apache-2.0
// A record's structural index, which simdjson makes: where each bracket, comma, colon, string and scalar
// begins. Goes in: text that is known to be one JSON value. Goes out: the values in it, as slices.
// The only file that reaches into simdjson's parser. Tested by tests/parsed_test.cpp.
#pragma once

#include <memory>
#include <optional>

#include "../streamz/record.h"
#include "value.h"

namespace streamz::expr {

// Whether there is a backslash in a text, where somebody knows.
enum class Escapes : signed char { unknown = -1, none, some };

// A place is an entry of the index. Values made from a document are valid as long as it is.
class Document {
 public:
  Value root() const { return at(0); }
  Value at(std::uint32_t place) const;
  std::uint32_t after(std::uint32_t place) const;  // the entry behind the value

  // ---- of an array
  std::uint32_t count(std::uint32_t array) const;
  Value element(std::uint32_t array, std::uint32_t n) const;  // n < count
  template <class F>                                          // f(Value) returns whether to go on
  bool each_element(std::uint32_t array, F f) const {
    std::uint32_t place = array + 1;
    if (first(place) == ']') return true;
    while (true) {
      if (!f(at(place))) return false;
      place = after(place);
      if (first(place) == ']') return true;
      ++place;
    }
  }
  Value array(std::uint32_t array) const;

  // ---- of an object. The last of equal keys counts.
  bool field(std::uint32_t object, std::string_view name, Value& found) const;
  std::uint32_t fields(std::uint32_t object) const;  // how many, equal keys counted too
  Value object(std::uint32_t object) const;

  // As it was written, but for blanks between its parts.
  void append(std::string& out, std::uint32_t place) const;
  // The same as a view where there are no such blanks.
  std::optional<std::string_view> compact(std::uint32_t place) const;

 private:
  friend class Parse;
  friend class LineParse;
  friend class Splice;
  char first(std::uint32_t place) const { return text_[index_[place]]; }
  std::string_view key(std::uint32_t place) const;  // with its escapes
  bool key_is(std::uint32_t place, std::string_view name) const;
  bool has_escapes() const;

  const char* text_ = nullptr;
  const std::uint32_t* index_ = nullptr;   // and behind the last entry where something else begins, or all ends
  const std::uint32_t* closes_ = nullptr;  // of an opening bracket, the place of its closing one; null: nobody knows
  std::uint32_t size_ = 0;
  mutable Escapes escapes_ = Escapes::unknown;
};

// A document with all it needs. Those of records are kept by the thread and found again.
class Parse {
 public:
  Parse();
  ~Parse();
  Parse(const Parse&) = delete;
  Parse& operator=(const Parse&) = delete;

  // Throws Error for text that is no JSON at all; everything else it takes on trust.
  void index(std::string_view text);
  // Whether the text is JSON. False for some that is, too; in any case there is an index afterwards for text
  // that is JSON. 64 bytes behind the text are readable.
  bool validate(std::string_view text, Escapes escapes = Escapes::unknown);
  const Document& document() const { return document_; }
  std::size_t capacity() const;

 private:
  friend class Lease;
  friend class LineParse;
  void make_room(std::size_t size);
  const char* make_index(std::string_view text);  // what is wrong; null: nothing
  std::uint32_t entries() const;
  static Parse& free_slot();
  bool is_of(std::string_view text, std::uint64_t serial) const {
    return text_ == text.data() && size_ == text.size() && serial_ == serial;
  }
  void belongs_to(std::string_view text, std::uint64_t serial) {
    text_ = text.data();
    size_ = text.size();
    serial_ = serial;
  }

  struct Parser;
  std::unique_ptr<Parser> parser_;
  std::unique_ptr<std::uint32_t[]> closes_;
  Document document_;
  // Which text it is of: addresses recur, so the serial number of the block's contents belongs to it.
  const char* text_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t serial_ = 0;  // 0: of none that can be found again
  unsigned leases_ = 0;
  bool of_lines_ = false;  // of a LineParse: for no other text
};

// The parse of a record, for the time that an expression walks it. What it emits meanwhile may be walked
// too: each text has a slot of its own, and the next expression of the segment finds the parse again.
class Lease {
 public:
  explicit Lease(const Record& x);
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  const Document& document() const { return parse_->document(); }

  // The door: validates a text of a block, and leaves the parse for the expressions behind it.
  static bool validate(std::string_view text, std::uint64_t serial);

 private:
  Parse* parse_;
};

// The same for lines that stand one behind the other in a block: they are indexed many at a time, which takes half of
// what it takes for each alone. For one reader, on one thread.
class LineParse {
 public:
  LineParse();
  ~LineParse();
  LineParse(const LineParse&) = delete;
  LineParse& operator=(const LineParse&) = delete;

  // Up to `end` there are more lines, all of which stay as they are while the serial number is the same.
  bool validate(std::string_view line, const char* end, std::uint64_t serial, Escapes escapes);

 private:
  std::shared_ptr<Parse> parse_;
  const void* thread_ = nullptr;  // in which it can be found
  // What is indexed, up to `behind_`, and which entry comes next. No entries: in one line something is wrong that makes
  // the index wrong for all, and each is on its own.
  const char* begin_ = nullptr;
  const char* behind_ = nullptr;
  std::uint64_t serial_ = 0;
  const std::uint32_t* index_ = nullptr;
  std::uint32_t entries_ = 0, next_ = 0;

  void renew();
  void index(std::string_view line, const char* end, std::uint64_t serial);
  bool take_entries(std::string_view line, Escapes escapes);
};

}  // namespace streamz::expr
