// SPDX-License-Identifier: Apache-2.0
// The values of a running expression. What stands in a record unchanged is a slice of its text: a number
// or a string as it was written, an array or an object by its place in the record's index (Document).
// What is made is owned, by reference counts: one program runs on one thread, so they are not atomic.
// Tested by tests/jq_manual_test.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace streamz::expr {

class Document;
class Value;
struct ArrayBody;
struct ObjectBody;

// What a program raises: any value. Caught by `try`; what reaches the top is a record error.
struct Failure;
[[noreturn]] void fail(std::string words);

enum class Type : std::uint8_t { null, boolean, number, string, array, object };
std::string_view name_of(Type type);

constexpr std::uint32_t kDeepest = 1024;  // as of a record: nothing deeper could be read again

struct Body {
  std::uint32_t references = 1;
  std::uint32_t depth = 1;  // of nesting, this level counted
};
struct TextBody : Body {
  std::string text;
};

class Value {
 public:
  // literal, raw: slices of JSON text, a raw string without its quotes and maybe with escapes.
  // array_slice, object_slice: a place in a Document. The last three are counted.
  enum Kind : std::uint8_t {
    null,
    no,
    yes,
    integer,
    real,
    literal,
    raw,
    array_slice,
    object_slice,
    string,
    array,
    object  //
  };

  Value() = default;
  explicit Value(bool truth) : kind_(truth ? yes : no) {}
  explicit Value(std::int64_t number) : kind_(integer) { body_.integer = number; }
  explicit Value(double number) : kind_(real) { body_.real = number; }
  explicit Value(std::string text);
  explicit Value(std::string_view text) : Value(std::string(text)) {}
  explicit Value(const char*) = delete;  // it would be a bool
  Value(Kind kind, const char* text, std::uint32_t size) : kind_(kind), size_(size) { body_.text = text; }
  Value(Kind kind, const Document* document, std::uint32_t place) : kind_(kind), size_(place) {
    body_.document = document;
  }
  static Value make_array(std::vector<Value> items = {});
  static Value make_object();

  Value(const Value& other) noexcept : kind_(other.kind_), size_(other.size_), body_(other.body_) {
    if (kind_ >= string) ++body_.counted->references;
  }
  Value(Value&& other) noexcept : kind_(other.kind_), size_(other.size_), body_(other.body_) { other.kind_ = null; }
  Value& operator=(Value other) noexcept {
    std::swap(kind_, other.kind_);
    std::swap(size_, other.size_);
    std::swap(body_, other.body_);
    return *this;
  }
  ~Value() {
    if (kind_ >= string && --body_.counted->references == 0) destroy();
  }

  Kind kind() const { return kind_; }
  Type type() const;
  bool is_null() const { return kind_ == null; }
  bool is_true() const { return kind_ > no; }  // all but null and false
  bool is_boolean() const { return kind_ == no || kind_ == yes; }
  bool is_number() const { return kind_ >= integer && kind_ <= literal; }
  bool is_string() const { return kind_ == raw || kind_ == string; }
  bool is_array() const { return kind_ == array || kind_ == array_slice; }
  bool is_object() const { return kind_ == object || kind_ == object_slice; }

  // ---- slices
  std::string_view slice() const { return {body_.text, size_}; }  // of literal and raw
  const Document& document() const { return *body_.document; }
  std::uint32_t place() const { return size_; }

  // ---- numbers: a literal becomes an integer when it is one of 64 bits, otherwise a double
  void settle();
  std::int64_t as_integer() const { return body_.integer; }  // of an integer
  double as_double() const;                                  // of any number

  // ---- strings. The view is decoded text, valid as long as this value is not changed.
  std::string_view text();
  std::string take_text();       // the same as a string of one's own
  std::string& writable_text();  // this value becomes the text's only owner

  // ---- containers: slices are taken apart, one level deep
  const std::vector<Value>& items();
  std::vector<Value>& writable_items();
  const ObjectBody& fields();
  ObjectBody& writable_fields();
  // How many containers are in each other; slices are not counted.
  std::uint32_t depth() const { return kind_ > string ? body_.counted->depth : 0; }
  // To be called after a value was put in: programs may not build what would overflow the stack.
  void deepen(std::uint32_t depth_of_part);

 private:
  void destroy() noexcept;
  void take_apart(std::vector<Value>& parts) noexcept;

  Kind kind_ = null;
  std::uint32_t size_ = 0;
  union {
    std::int64_t integer;
    double real;
    const char* text;
    const Document* document;
    Body* counted;
  } body_{};
};
static_assert(sizeof(Value) == 16);

struct ArrayBody : Body {
  std::vector<Value> items;
};

// Fields in the order they were first set. Keys are strings that text() need not decode.
struct ObjectBody : Body {
  struct Field {
    Value key, value;
  };
  std::vector<Field> fields;

  // Without looking whether the key is there already.
  void add(Value key, Value value);
  Value* find(std::string_view key);
  const Value* find(std::string_view key) const { return const_cast<ObjectBody*>(this)->find(key); }
  Value& at(Value key);  // null when new
  void erase(std::string_view key);

 private:
  static constexpr std::size_t kSmall = 16;
  static std::string_view text_of(const Value& key);
  void index_all();
  std::unordered_map<std::string_view, std::size_t> places_;  // when there are more than kSmall
};

struct Failure {
  Value value;
};

// jq's total order: null, false, true, numbers, strings, arrays, objects. nan is less than any number.
int compare(Value a, Value b);
bool equal(Value a, Value b);

// A value as the key of an object or a path: with its text decoded.
Value decoded(Value string);
// `text` with its JSON escapes resolved; a lone surrogate becomes U+FFFD.
std::string unescaped(std::string_view text);

}  // namespace streamz::expr
