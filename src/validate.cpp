// SPDX-License-Identifier: Apache-2.0
#include "validate.h"

#include <algorithm>

#include <fmt/format.h>

namespace streamz {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '+' ||
         c == '-' || c == '$';
}

// The length of the UTF-8 character at `at`, or 0: no overlong forms, no surrogates, at most U+10FFFF.
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned least = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned most = first == 0xED ? 0x9F : 0xBF;
    return byte(1) >= least && byte(1) <= most && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned least = first == 0xF0 ? 0x90 : 0x80;
    const unsigned most = first == 0xF4 ? 0x8F : 0xBF;
    return byte(1) >= least && byte(1) <= most && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

class Checker {
 public:
  Checker(std::string_view text, std::size_t max_depth) : text_(text), max_depth_(max_depth) {}

  std::optional<JsonFault> run() {
    bool good = true;
    while (good) {
      while (more() && is_blank(text_[at_])) ++at_;
      if (!more()) {
        good = ends();
        break;
      }
      good = step();
    }
    return good ? std::nullopt : std::optional<JsonFault>(std::move(fault_));
  }

 private:
  enum class State { value, first_value, key, first_key, colon, after };

  bool more() const { return at_ < text_.size(); }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool in_object() const { return !open_.empty() && open_.back() == '{'; }

  bool fail(std::string what, std::size_t offset) {
    fault_ = {std::move(what), offset};
    return false;
  }

  bool ends() {
    if (!open_.empty())
      return fail(in_object() ? "the text ends inside an object" : "the text ends inside an array", at_);
    return state_ == State::after || fail("there is no value", at_);
  }

  bool step() {
    const char c = text_[at_];
    switch (state_) {
      case State::first_value:
        if (c == ']') return close();
        return value();
      case State::value:
        return value();
      case State::first_key:
        if (c == '}') return close();
        return key();
      case State::key:
        return key();
      case State::colon:
        if (c != ':') return unexpected("expected a colon");
        ++at_;
        state_ = State::value;
        return true;
      case State::after:
        break;
    }
    return after();
  }

  bool after() {
    const char c = text_[at_];
    if (open_.empty()) {
      const bool begins_value = is_word(c) || c == '{' || c == '[' || c == '"';
      return unexpected(begins_value ? "two values on one line" : fmt::format("`{}` after the value", c));
    }
    if (c == ',') {
      ++at_;
      state_ = in_object() ? State::key : State::value;
      return true;
    }
    if (c == (in_object() ? '}' : ']')) return close();
    return unexpected(in_object() ? "expected a comma or `}`" : "expected a comma or `]`");
  }

  bool close() {
    open_.pop_back();
    ++at_;
    state_ = State::after;
    return true;
  }

  bool key() {
    const char c = text_[at_];
    if (c == '}') return fail("a comma before `}`", at_);
    if (c != '"') return unexpected("expected a key in double quotes");
    state_ = State::colon;
    return string();
  }

  bool value() {
    const char c = text_[at_];
    if (c == '{' || c == '[') {
      if (open_.size() == max_depth_) return fail(fmt::format("depth over {}", max_depth_), at_);
      open_.push_back(c);
      ++at_;
      state_ = c == '{' ? State::first_key : State::first_value;
      return true;
    }
    state_ = State::after;
    if (c == '"') return string();
    if (is_digit(c) || (c == '-' && !is_letter(peek(1)))) return number();
    if (is_word(c)) return literal();
    if (c == ']' && !open_.empty() && !in_object()) return fail("a comma before `]`", at_);
    return unexpected(fmt::format("a value is missing before `{}`", c));
  }

  static bool is_letter(char c) { return is_word(c) && !is_digit(c) && c != '.' && c != '+' && c != '-'; }

  std::string_view word(std::size_t begin) const {
    std::size_t end = begin;
    while (end < text_.size() && end < begin + 24 && is_word(text_[end])) ++end;
    return text_.substr(begin, end - begin);
  }

  bool literal() {
    const std::string_view found = word(at_);
    if (found == "true" || found == "false" || found == "null") {
      at_ += found.size();
      return true;
    }
    std::string lower(found);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower == "none") lower = "null";
    const bool known = lower == "true" || lower == "false" || lower == "null";
    return fail(fmt::format("`{}` is not JSON{}", found, known ? ": write `" + lower + "`" : ""), at_);
  }

  bool digits(const char* where) {
    if (!is_digit(peek())) return fail(fmt::format("a digit is missing {}", where), at_);
    while (is_digit(peek())) ++at_;
    return true;
  }

  bool number() {
    const std::size_t begin = at_;
    if (peek() == '-') ++at_;
    if (peek() == '0' && is_digit(peek(1))) return fail("a number has a leading zero", begin);
    if (!digits("after `-`")) return false;
    if (peek() == '.') {
      ++at_;
      if (!digits("after the point")) return false;
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!digits("in the exponent")) return false;
    }
    if (is_word(peek())) return fail(fmt::format("`{}` is not a number", word(begin)), begin);
    return true;
  }

  bool string() {
    const std::size_t begin = at_++;
    while (more()) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\\') {
        if (!escape()) return false;
      } else if (c < 0x20) {
        return fail(fmt::format("a control character (0x{0:02x}) inside a string: write \\u{0:04x}", c), at_);
      } else {
        const std::size_t length = utf8_length(text_, at_);
        if (length == 0) return not_utf8();
        at_ += length;
      }
    }
    return fail("a string is not closed", begin);
  }

  bool escape() {
    const char c = peek(1);
    if (at_ + 1 == text_.size()) {
      ++at_;
      return true;
    }
    if (c == 'u') {
      for (std::size_t i = 2; i < 6; ++i) {
        const char digit = peek(i);
        const bool hex = is_digit(digit) || (digit >= 'a' && digit <= 'f') || (digit >= 'A' && digit <= 'F');
        if (!hex) return fail("\\u needs four hexadecimal digits", at_);
      }
      at_ += 6;
      return true;
    }
    if (std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos) {
      const bool shown = c >= 0x20 && c < 0x7F;
      return fail(shown ? fmt::format("`\\{}` is not an escape", c) : "a backslash before no escape", at_);
    }
    at_ += 2;
    return true;
  }

  bool not_utf8() { return fail(fmt::format("not UTF-8 (0x{:02x})", static_cast<unsigned char>(text_[at_])), at_); }

  // A byte that stands where it must not. Some have a better explanation than what was expected there.
  bool unexpected(const std::string& what) {
    const auto c = static_cast<unsigned char>(text_[at_]);
    if (at_ == 0 && text_.starts_with("\xEF\xBB\xBF")) return fail("a byte order mark before the value", at_);
    if (c == '\'') return fail("JSON strings use double quotes", at_);
    if (c == '#' || (c == '/' && (peek(1) == '/' || peek(1) == '*'))) return fail("JSON has no comments", at_);
    if (c < 0x20 || c == 0x7F) return fail(fmt::format("a control character (0x{:02x}) outside a string", c), at_);
    if (c < 0x80) return fail(what, at_);
    const std::size_t length = utf8_length(text_, at_);
    if (length == 0) return not_utf8();
    return fail(fmt::format("`{}` outside a string", text_.substr(at_, length)), at_);
  }

  std::string_view text_;
  std::size_t max_depth_;
  std::size_t at_ = 0;
  State state_ = State::value;
  std::string open_;  // the brackets that are open
  JsonFault fault_;
};

}  // namespace

std::optional<JsonFault> validate_json(std::string_view text, std::size_t max_depth) {
  return Checker(text, max_depth).run();
}

ValueSplitter::Found ValueSplitter::next(std::string_view buffer, bool last) {
  if (inside_ == Inside::gap) {
    if (!skip_gap(buffer)) return Found::fault;
    begin_ = at_;
    if (at_ == buffer.size()) return last ? ends(buffer) : Found::more;
    const char c = buffer[at_];
    depth_ = c == '{' || c == '[' ? 1 : 0;
    inside_ = c == '"' ? Inside::string : depth_ == 1 ? Inside::brackets : Inside::word;
    ++at_;
  }
  if (!skip_value(buffer) && !(last && inside_ == Inside::word)) return last ? ends(buffer) : Found::more;
  end_ = at_;
  inside_ = Inside::gap;
  expected_ = Expected::comma_or_end;
  return Found::value;
}

// Goes on to the first byte of the next value, or to the end of the buffer. False: something else is there.
bool ValueSplitter::skip_gap(std::string_view buffer) {
  for (; at_ < buffer.size(); ++at_) {
    const char c = buffer[at_];
    if (is_blank(c)) continue;
    if (stream_ == Stream::unknown) {
      stream_ = c == '[' ? Stream::elements : Stream::values;
      if (c == '[') continue;
    }
    if (stream_ == Stream::closed) {
      failed("more after the array whose elements are the values: for an array a line use format=jsonl", at_);
      return false;
    }
    if (c == ',' || c == ':' || c == ']' || c == '}') {
      if (punctuation(c)) continue;
      return false;
    }
    if (stream_ == Stream::elements && expected_ == Expected::comma_or_end) {
      failed("expected a comma or `]`", at_);
      return false;
    }
    return true;
  }
  return true;
}

bool ValueSplitter::punctuation(char c) {
  if (stream_ == Stream::values) {
    failed(fmt::format("`{}` between two values", c), at_);
    return false;
  }
  if (c == ',' && expected_ == Expected::comma_or_end) {
    expected_ = Expected::element;
    return true;
  }
  if (c == ']' && expected_ != Expected::element) {
    stream_ = Stream::closed;
    return true;
  }
  if (c == ']') {
    failed("a comma before `]`", at_);
  } else {
    failed(expected_ == Expected::comma_or_end ? "expected a comma or `]`"
                                               : fmt::format("a value is missing before `{}`", c),
           at_);
  }
  return false;
}

// Goes on to the end of the value. False: the buffer ends before it, as far as can be seen.
bool ValueSplitter::skip_value(std::string_view buffer) {
  for (; at_ < buffer.size(); ++at_) {
    const char c = buffer[at_];
    switch (inside_) {
      case Inside::gap:
      case Inside::word:
        if (is_blank(c) || std::string_view(",:[]{}\"").find(c) != std::string_view::npos) return true;
        break;
      case Inside::brackets:
        if (c == '"') inside_ = Inside::string;
        if (c == '{' || c == '[') ++depth_;
        if ((c == '}' || c == ']') && --depth_ == 0) return ++at_, true;
        break;
      case Inside::string:
        if (c == '\\') inside_ = Inside::escape;
        if (c == '"' && depth_ == 0) return ++at_, true;
        if (c == '"') inside_ = Inside::brackets;
        break;
      case Inside::escape:
        inside_ = Inside::string;
        break;
    }
  }
  return false;
}

// The stream ends here, and not behind a word.
ValueSplitter::Found ValueSplitter::ends(std::string_view buffer) {
  if (inside_ == Inside::string || inside_ == Inside::escape) return failed("a string is not closed", begin_);
  if (inside_ == Inside::brackets) return failed("the input ends inside a value", buffer.size());
  if (stream_ == Stream::elements) return failed("the input ends before the array is closed", buffer.size());
  return Found::more;
}

ValueSplitter::Found ValueSplitter::failed(std::string what, std::size_t offset) {
  fault_ = {std::move(what), offset};
  return Found::fault;
}

void ValueSplitter::dropped(std::size_t bytes) {
  begin_ -= std::min(begin_, bytes);
  end_ -= std::min(end_, bytes);
  at_ -= bytes;
}

}  // namespace streamz
