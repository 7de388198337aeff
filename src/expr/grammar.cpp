// SPDX-License-Identifier: Apache-2.0
#include "grammar.h"

namespace streamz::expr {

namespace {

constexpr unsigned kDeepest = 500;  // it recurses

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

const char* past_digits(const char* at, const char* end) {
  while (at < end && is_digit(*at)) ++at;
  return at;
}

bool is_number(const char* at, const char* end) {
  if (at < end && *at == '-') ++at;
  const char* const whole = at;
  at = past_digits(at, end);
  if (at == whole || (*whole == '0' && at > whole + 1)) return false;
  if (at < end && *at == '.') {
    const char* const fraction = ++at;
    at = past_digits(at, end);
    if (at == fraction) return false;
  }
  if (at < end && (*at | 0x20) == 'e') {
    ++at;
    if (at < end && (*at == '+' || *at == '-')) ++at;
    const char* const exponent = at;
    at = past_digits(at, end);
    if (at == exponent) return false;
  }
  return at == end;
}

// Each function begins at the first entry of what it checks and leaves `at_` behind the last.
class Grammar {
 public:
  Grammar(std::string_view text, const std::uint32_t* index, std::uint32_t entries)
      : text_(text.data()), index_(index), entries_(entries) {}

  bool one_value() { return value(0) && at_ == entries_; }

 private:
  // Behind the end there is nothing that could stand anywhere.
  char now() const { return at_ < entries_ ? text_[index_[at_]] : '\0'; }

  bool value(unsigned depth) {
    switch (now()) {
      case '"':
        return string();
      case '{':
        return depth < kDeepest && object(depth + 1);
      case '[':
        return depth < kDeepest && array(depth + 1);
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      case '\0':
        return false;
      default:
        return number();
    }
  }

  bool object(unsigned depth) {
    ++at_;
    if (now() == '}') return ++at_, true;
    while (now() == '"' && string() && now() == ':') {
      ++at_;
      if (!value(depth)) return false;
      const char c = now();
      ++at_;
      if (c == '}') return true;
      if (c != ',') return false;
    }
    return false;
  }

  bool array(unsigned depth) {
    ++at_;
    if (now() == ']') return ++at_, true;
    while (value(depth)) {
      const char c = now();
      ++at_;
      if (c == ']') return true;
      if (c != ',') return false;
    }
    return false;
  }

  bool string() { return ++at_, true; }
  // What is neither blank nor a new entry belongs to the number or word: `1"a"` is one entry.
  bool word(std::string_view wanted) {
    const std::string_view found = scalar();
    return found == wanted;
  }
  bool number() {
    const std::string_view found = scalar();
    return is_number(found.data(), found.data() + found.size());
  }
  std::string_view scalar() {
    const char* const begin = text_ + index_[at_++];
    const char* end = text_ + index_[at_];
    while (end[-1] == ' ' || end[-1] == '\n' || end[-1] == '\r' || end[-1] == '\t') --end;
    return {begin, static_cast<std::size_t>(end - begin)};
  }

  const char* text_;
  const std::uint32_t* index_;
  std::uint32_t entries_;
  std::uint32_t at_ = 0;
};

}  // namespace

bool has_good_escapes(std::string_view text) {
  for (std::size_t at = 0; (at = text.find('\\', at)) != std::string_view::npos; at += 2) {
    const char* const c = text.data() + at + 1;
    if (*c == 'u') {
      if (!(is_hex(c[1]) && is_hex(c[2]) && is_hex(c[3]) && is_hex(c[4]))) return false;
    } else if (std::string_view("\"\\/bfnrt").find(*c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

bool is_one_value(std::string_view text, const std::uint32_t* index, std::uint32_t entries) {
  return Grammar(text, index, entries).one_value();
}

}  // namespace streamz::expr
