// SPDX-License-Identifier: Apache-2.0
// A small JSON file that anybody may have written, to its value. Tested by tests/manifest_test.cpp.
#pragma once

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace streamz {

// At most 1 MiB and 32 levels, UTF-8 with or without a byte order mark, no key twice in an object, no
// NUL. Otherwise throws Error E0141 that begins with the file's name and, for a slip in the syntax, its
// line and column. A file that is being written at this moment gets a second look. What is returned
// lives in the parser.
simdjson::dom::element parse_strictly(simdjson::dom::parser& parser, const std::string& file);

// The same of a text; `file` is its name.
simdjson::dom::element parse_strictly(simdjson::dom::parser& parser, const std::string& file, const std::string& text);

// Throws Error E0141 "WHERE must be an object, is a number" unless it is right.
void must_be(bool right, simdjson::dom::element value, const std::string& where, const char* what);

// A value that must be an object, and what must be of which type in it. `where` is its JSON pointer.
class StrictObject {
 public:
  using Value = simdjson::dom::element;
  StrictObject(Value value, std::string where);

  std::optional<Value> find(std::string_view key) const;
  // What is not there is "", false, nothing.
  std::string text(std::string_view key) const;
  bool flag(std::string_view key) const;
  std::optional<double> number(std::string_view key) const;
  std::vector<std::string> words(std::string_view key) const;
  // Calls f(element, its pointer) for each element of the array at `key`, if there is one.
  template <class F>
  void each(std::string_view key, F f) const {
    const std::optional<Value> found = find(key);
    if (!found) return;
    if (!found->is_array()) must_be(false, *found, below(key), "an array");
    std::size_t index = 0;
    for (const Value element : simdjson::dom::array(*found)) f(element, below(key) + '/' + std::to_string(index++));
  }

  simdjson::dom::object::iterator begin() const { return object_.begin(); }
  simdjson::dom::object::iterator end() const { return object_.end(); }
  const std::string& where() const { return where_; }

 private:
  std::string below(std::string_view key) const { return (where_ + '/').append(key); }

  simdjson::dom::object object_;
  std::string where_;
};

}  // namespace streamz
