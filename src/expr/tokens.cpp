// SPDX-License-Identifier: Apache-2.0
#include "tokens.h"

#include <algorithm>

#include <fmt/format.h>

#include "utf8.h"

namespace streamz::detail {

namespace {

constexpr std::string_view kOperators[] = {
    "?//", "//=", "!=", "==", "<=", ">=", "|=", "+=", "-=", "*=", "/=", "%=", "//", "..", "&&", "||"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> run() {
    // libjq would take it for the end of the program.
    const std::size_t nul = text_.find('\0');
    if (nul != std::string_view::npos) fail("a NUL byte in the program", "", nul, nul + 1);
    const std::string mended = expr::valid_utf8(std::string(text_));
    if (mended != text_) {
      auto at = static_cast<std::size_t>(std::ranges::mismatch(text_, mended).in1 - text_.begin());
      while (!expr::begins_character(mended[at])) --at;  // what replaced it may begin with the same bytes
      fail("the program is not UTF-8", fmt::format("byte 0x{:02x}", static_cast<unsigned char>(text_[at])), at, at + 1);
    }
    while (at_ < text_.size()) {
      if (is_blank(text_[at_])) {
        ++at_;
      } else if (text_[at_] == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        token();
      }
    }
    if (!open_.empty()) {
      const std::size_t begin = open_.back().begin;
      fail(fmt::format("`{}` is not closed", text_[begin]), "", begin, begin + 1);
    }
    return std::move(tokens_);
  }

 private:
  struct Open {
    char bracket;
    std::size_t begin;
    std::size_t string;  // of `\(`: where its string begins
  };
  static constexpr std::size_t kNoString = std::string_view::npos;

  [[noreturn]] static void fail(const std::string& text, std::string hint, std::size_t begin, std::size_t end) {
    throw program_error("E0201", "jq: " + text, std::move(hint), begin, end);
  }

  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void add(Token::Kind kind, std::size_t begin) {
    tokens_.push_back({kind, begin, at_, open_.empty() ? '\0' : open_.back().bracket});
  }

  void skip_name() {
    while (is_letter(peek()) || is_digit(peek()) || (peek() == ':' && peek(1) == ':' && is_letter(peek(2)))) {
      at_ += peek() == ':' ? 2 : 1;
    }
  }

  void token() {
    const std::size_t begin = at_;
    const char c = peek();
    if (c == '\'') single_quote();
    if (c == '"') return ++at_, string(begin);
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (is_letter(c)) return skip_name(), add(Token::name, begin);
    if (c == '.' && is_letter(peek(1))) return ++at_, skip_name(), add(Token::field, begin);
    if (c == '@') return ++at_, skip_name(), add(Token::format, begin);
    if (c == '$') return variable();
    if (c == '(' || c == '[' || c == '{') return open(begin, kNoString);
    if (c == ')' || c == ']' || c == '}') return close(c);
    for (const std::string_view symbol : kOperators) {
      if (text_.substr(at_).starts_with(symbol)) return at_ += symbol.size(), add(Token::symbol, begin);
    }
    do {
      ++at_;
    } while ((static_cast<unsigned char>(peek()) & 0xC0U) == 0x80U);  // the rest of a UTF-8 character
    add(Token::symbol, begin);
  }

  void single_quote() {
    const std::size_t closing = text_.find('\'', at_ + 1);
    const std::size_t end = closing == std::string_view::npos ? at_ + 1 : closing + 1;
    fail("a single quote in the program", "jq strings use double quotes", at_, end);
  }

  void number() {
    const std::size_t begin = at_;
    while (is_digit(peek()) || peek() == '.') ++at_;
    if (peek() == 'e' || peek() == 'E') {
      const std::size_t digits = peek(1) == '+' || peek(1) == '-' ? 2 : 1;
      if (is_digit(peek(digits))) at_ += digits;
      while (is_digit(peek())) ++at_;
    }
    add(Token::number, begin);
  }

  // jq allows blanks after the dollar.
  void variable() {
    const std::size_t begin = at_++;
    while (is_blank(peek())) ++at_;
    if (is_letter(peek())) skip_name();
    add(Token::variable, begin);
  }

  void open(std::size_t begin, std::size_t string) {
    const char bracket = peek();
    ++at_;
    add(Token::symbol, begin);
    open_.push_back({bracket, at_ - 1, string});
  }

  void close(char c) {
    const std::size_t begin = at_;
    if (open_.empty()) fail(fmt::format("`{}` closes nothing", c), "", begin, begin + 1);
    const Open innermost = open_.back();
    const char expected = innermost.bracket == '(' ? ')' : innermost.bracket == '[' ? ']' : '}';
    if (c != expected) {
      fail(fmt::format("`{}` does not close the `{}`", c, innermost.bracket),
           fmt::format("expected `{}` first", expected), begin, begin + 1);
    }
    open_.pop_back();
    ++at_;
    add(Token::symbol, begin);
    if (innermost.string != kNoString) string(innermost.string);
  }

  // On from inside a string that begins at `begin`.
  void string(std::size_t begin) {
    const std::size_t piece = at_ == begin + 1 ? begin : at_;
    while (at_ < text_.size()) {
      const char c = peek();
      if (c == '\\' && peek(1) == '(') {
        add(Token::string, piece);
        const std::size_t bracket = at_++;
        return open(bracket, begin);
      }
      at_ += c == '\\' ? 2 : 1;
      if (c == '"') return add(Token::string, piece);
    }
    const bool inside = !open_.empty() && open_.back().string != kNoString;
    fail("a string is not closed", inside ? "or the `\\(` before it is not" : "", begin, text_.size());
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Open> open_;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view program) { return Lexer(program).run(); }

ProgramError program_error(std::string code, const std::string& text, std::string hint, std::size_t begin,
                           std::size_t end) {
  ProgramError error(text, std::move(hint), std::move(code));
  error.begin = begin;
  error.end = end;
  return error;
}

}  // namespace streamz::detail
