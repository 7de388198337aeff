// SPDX-License-Identifier: Apache-2.0
#include "grammar.h"

#include <cstring>

namespace streamz::expr {

namespace {

constexpr unsigned kDeepest = 500;  // what nests deeper gets the slower opinion

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

// Walks over the entries; `at_` is the next one. What is open stands on a stack of its own: recursion would be slower.
class Grammar {
 public:
  Grammar(std::string_view text, const std::uint32_t* index, std::uint32_t entries, std::uint32_t* closes)
      : text_(text.data()), index_(index), closes_(closes), entries_(entries) {}

  bool one_value() {
    while (true) {
      const char c = now();
      if (c == '{' || c == '[') {
        if (depth_ == kDeepest) return false;
        open_[depth_++] = {at_++, c};
        if (now() != closing(c)) {
          if (c == '{' && !key()) return false;
          continue;
        }
        close();
      } else if (!scalar(c)) {
        return false;
      }
      if (!goes_on()) return depth_ == 0 && at_ == entries_;
    }
  }

 private:
  struct Open {
    std::uint32_t place;
    char bracket;
  };

  // Behind the end there is nothing that could stand anywhere.
  char now() const { return at_ < entries_ ? text_[index_[at_]] : '\0'; }
  static char closing(char bracket) { return static_cast<char>(bracket + 2); }
  void close() { closes_[open_[--depth_].place] = at_++; }

  // Behind a value: whether another one has to follow. If not it is the last one, or something is wrong.
  bool goes_on() {
    while (depth_ > 0) {
      const char c = now(), bracket = open_[depth_ - 1].bracket;
      if (c == ',') {
        ++at_;
        return bracket == '[' || key();
      }
      if (c != closing(bracket)) return false;
      close();
    }
    return false;
  }

  bool key() {
    if (now() != '"') return false;
    ++at_;
    if (now() != ':') return false;
    ++at_;
    return true;
  }

  // What is neither blank nor a new entry belongs to the number or word: `1"a"` is one entry.
  bool scalar(char c) {
    if (at_ >= entries_) return false;
    const char* const begin = text_ + index_[at_++];
    if (c == '"') return true;
    const char* end = text_ + index_[at_];
    while (end[-1] == ' ' || end[-1] == '\n' || end[-1] == '\r' || end[-1] == '\t') --end;
    if (c == 't') return end - begin == 4 && std::memcmp(begin, "true", 4) == 0;
    if (c == 'f') return end - begin == 5 && std::memcmp(begin, "false", 5) == 0;
    if (c == 'n') return end - begin == 4 && std::memcmp(begin, "null", 4) == 0;
    return is_number(begin, end);
  }

  const char* const text_;
  const std::uint32_t* const index_;
  std::uint32_t* const closes_;
  const std::uint32_t entries_;
  std::uint32_t at_ = 0;
  unsigned depth_ = 0;
  Open open_[kDeepest];
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

bool is_one_value(std::string_view text, const std::uint32_t* index, std::uint32_t entries, std::uint32_t* closes) {
  return Grammar(text, index, entries, closes).one_value();
}

}  // namespace streamz::expr
