// SPDX-License-Identifier: Apache-2.0
// The slow, exact opinion on JSON text. Goes in: bytes. Goes out: the first thing that RFC 8259 does not
// allow, with its place; and where one value ends and the next begins in a stream of them.
// Tested by tests/validate_test.cpp.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace streamz {

struct JsonFault {
  std::string what;        // "expected a comma or `}`"
  std::size_t offset = 0;  // of the byte that is to blame; the size of the text when it ends too early
};

// What is wrong with `text` as one JSON value among JSON's blanks; nothing when it is one. Integers of
// any length, 1e400, lone surrogates (\ud800) and a key given twice are fine, as in RFC 8259. Does not
// recurse, so a hostile text cannot exhaust the stack.
std::optional<JsonFault> validate_json(std::string_view text, std::size_t max_depth = 1024);

// Cuts a stream into values: concatenated, in lines, or spread over several lines. When the first value
// of the stream is an array, its elements are the values. Brackets, strings and the ends of numbers and
// words are all it knows; validate_json() has the last word on what it cuts out.
//
// The caller keeps a buffer that grows at its end. Each byte is looked at once:
//   while (splitter.next(buffer) == ValueSplitter::Found::value) use(splitter.value(buffer));
//   buffer.erase(0, n); splitter.dropped(n);    n: up to end() of the last value, or begin() after `more`
class ValueSplitter {
 public:
  enum class Found {
    value,  // begin() to end() is one
    more,   // the buffer ends before a value does; at the last call: all was given
    fault   // fault() says what; there is no way on from it
  };

  enum Arrays { arrays_open, arrays_whole };  // whole: the first value may be an array like any other
  ValueSplitter() : ValueSplitter(arrays_open) {}
  explicit ValueSplitter(Arrays arrays) : stream_(arrays == arrays_open ? Stream::unknown : Stream::values) {}

  // The next value of `buffer`, which begins with the bytes of the last call that were not dropped.
  // `last`: nothing will follow, so a number at the end is whole and an open bracket is a fault.
  Found next(std::string_view buffer, bool last = false);

  // Of the value found; after `more`, begin() is the first byte that is still needed.
  std::size_t begin() const { return begin_; }
  std::size_t end() const { return end_; }
  std::string_view value(std::string_view buffer) const { return buffer.substr(begin_, end_ - begin_); }
  const JsonFault& fault() const { return fault_; }  // its offset counts in the buffer

  // The first `bytes` of the buffer are gone: offsets count from there on.
  void dropped(std::size_t bytes);

 private:
  enum class Stream { unknown, values, elements, closed };  // what the top level is
  enum class Inside { gap, word, brackets, string, escape };
  enum class Expected { element_or_end, element, comma_or_end };  // next in the gap of an array

  bool skip_gap(std::string_view buffer);
  bool punctuation(char c);
  bool skip_value(std::string_view buffer);
  Found ends(std::string_view buffer);
  Found failed(std::string what, std::size_t offset);

  Stream stream_;
  Inside inside_ = Inside::gap;
  Expected expected_ = Expected::element_or_end;
  std::size_t depth_ = 0;
  std::size_t begin_ = 0, end_ = 0, at_ = 0;
  JsonFault fault_;
};

}  // namespace streamz
