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
  Grammar(const char* text, const std::uint32_t* index, std::uint32_t entries, std::uint32_t* closes)
      : text_(text), index_(index), closes_(closes), entries_(entries) {}

  std::uint32_t one_value() {
    while (true) {
      Place place = Place::behind_value;
      if (const char c = now(); !opens(c)) {
        if (!scalar(c)) return 0;
      } else {
        if (depth_ == kDeepest) return 0;
        open_[depth_++] = {at_++, c};
        if (now() != closing(c)) {
          place = members(c);
        } else {
          close();
        }
      }
      while (place == Place::behind_value && depth_ > 0) {
        const char c = now(), bracket = open_[depth_ - 1].bracket;
        if (c == ',') {
          ++at_;
          place = members(bracket);
        } else if (c == closing(bracket)) {
          close();
        } else {
          return 0;
        }
      }
      if (place != Place::before_value) return place == Place::wrong ? 0 : at_;
    }
  }

 private:
  struct Open {
    std::uint32_t place;
    char bracket;
  };

  enum class Place { wrong, before_value, behind_value };

  // Behind the end there is nothing that could stand anywhere.
  char now() const { return at_ < entries_ ? text_[index_[at_]] : '\0'; }
  static char closing(char bracket) { return static_cast<char>(bracket + 2); }
  void close() { closes_[open_[--depth_].place] = at_++; }

  // Past elements, or fields, as long as their values are scalars, as most are.
  Place members(char bracket) { return bracket == '[' ? elements() : fields(); }
  Place elements() {
    while (true) {
      const char c = now();
      if (opens(c)) return Place::before_value;
      if (!scalar(c)) return Place::wrong;
      if (now() != ',') return Place::behind_value;
      ++at_;
    }
  }
  Place fields() {
    while (entries_ - at_ >= 4) {  // key, colon, value, and what has to follow
      const std::uint32_t* const entry = index_ + at_;
      if (text_[entry[0]] != '"' || text_[entry[1]] != ':') return Place::wrong;
      const char c = text_[entry[2]];
      at_ += 2;
      if (opens(c)) return Place::before_value;
      if (!scalar(c)) return Place::wrong;
      if (text_[entry[3]] != ',') return Place::behind_value;
      ++at_;
    }
    return Place::wrong;
  }

  bool scalar(char c) {
    if (c == '"') return ++at_, true;
    return at_ < entries_ && word_or_number(c);
  }

  // What is neither blank nor a new entry belongs to the number or word: `1"a"` is one entry.
  bool word_or_number(char c) {
    const char* const begin = text_ + index_[at_++];
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

std::uint32_t entries_of_value(const char* text, const std::uint32_t* index, std::uint32_t entries,
                               std::uint32_t* closes) {
  return Grammar(text, index, entries, closes).one_value();
}

}  // namespace streamz::expr
