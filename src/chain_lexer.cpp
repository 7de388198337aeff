// SPDX-License-Identifier: Apache-2.0
// The lexer of the chain language; the grammar is in `streamz help syntax`. Brackets and double quotes
// nest as in jq, so that an expression needs no quotes of ours. After a mistake it goes on at the next
// ` ! `, so that the rest of the chain is still checked.
// Tested by tests/chain_test.cpp.
#include "chain_lexer.h"

#include <algorithm>

#include <fmt/format.h>

namespace streamz {
namespace {

constexpr std::size_t npos = std::string_view::npos;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }
bool is_opener(char c) { return c == '(' || c == '[' || c == '{'; }
bool is_closer(char c) { return c == ')' || c == ']' || c == '}'; }
char closer_of(char opener) { return opener == '(' ? ')' : opener == '[' ? ']' : '}'; }

std::size_t identifier_length(std::string_view text) {
  if (text.empty() || !is_letter(text[0])) return 0;
  const auto end =
      std::find_if(text.begin(), text.end(), [](char c) { return !is_letter(c) && !is_digit(c) && c != '-'; });
  return static_cast<std::size_t>(end - text.begin());
}

// A group or a string, from its first byte to its end. Nesting is a list and not recursion: the text may
// be hostile.
struct Nested {
  std::size_t end = 0;
  std::size_t never_closed = npos;  // place of the outermost bracket or quote that is still open
  std::size_t wrong = npos;         // place of the first closer that does not fit,
  std::size_t wrong_for = npos;     // and of the bracket that was open there
};

Nested scan_nested(std::string_view text, std::size_t at) {
  Nested result;
  std::vector<std::size_t> open;
  std::size_t i = at;
  do {
    const char c = text[i];
    if (!open.empty() && text[open.back()] == '"') {
      if (c == '\\') {
        ++i;
        if (i < text.size() && text[i] == '(') open.push_back(i);
      } else if (c == '"') {
        open.pop_back();
      }
    } else if (c == '"' || is_opener(c)) {
      open.push_back(i);
    } else if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
    } else if (is_closer(c) && closer_of(text[open.back()]) == c) {
      open.pop_back();
    } else if (is_closer(c) && result.wrong == npos) {
      result.wrong = i;
      result.wrong_for = open.back();
      // It closes the nearest bracket that it fits, if there is one in this string. Later ones are let pass.
      std::size_t depth = open.size();
      while (depth > 0 && text[open[depth - 1]] != '"' && closer_of(text[open[depth - 1]]) != c) --depth;
      if (depth > 0 && text[open[depth - 1]] != '"') open.resize(depth - 1);
    }
    ++i;
  } while (!open.empty() && i < text.size());
  result.end = std::min(i, text.size());
  if (!open.empty()) result.never_closed = open.front();
  return result;
}

// Finds the key of a word. `key_shown` is how long the key is in the shown text.
void set_key(Word& word, std::size_t key_length, bool quoted, std::size_t key_shown) {
  word.value_span = word.span;
  if (key_length == 0) return;
  const std::string_view text = word.text;
  word.key = quoted ? json_string(text.substr(0, key_length)).value_or("") : std::string(text.substr(0, key_length));
  if (word.key.empty()) return;  // `""=` names nothing
  word.quoted_key = quoted;
  word.value = key_length + 1;
  word.key_span = {word.span.begin, word.span.begin + key_shown};
  word.value_span = {word.span.begin + key_shown + 1, word.span.end};
}

// The length of KEY, when `text` is KEY=value. `==` is jq's.
std::size_t key_length(std::string_view text) {
  std::size_t length = identifier_length(text);
  if (length == 0 && text.starts_with('"')) {
    const Nested string = scan_nested(text, 0);
    if (string.never_closed == npos && json_string(text.substr(0, string.end))) length = string.end;
  }
  if (length == 0 || length >= text.size() || text[length] != '=') return 0;
  return length + 1 < text.size() && text[length + 1] == '=' ? 0 : length;
}

Word word_at(std::string_view text, Span span) {
  Word word;
  word.span = span;
  word.text = text.substr(span.begin, span.end - span.begin);
  const std::size_t length = key_length(word.text);
  set_key(word, length, word.text.starts_with('"'), length);
  return word;
}

// One argv word; a key stays outside the shell's quotes.
Word word_of(const std::string& text, std::string& shown) {
  Word word;
  word.text = text;
  const std::size_t length = key_length(text);
  const std::string key = length == 0 ? "" : shell_quote(std::string_view(text).substr(0, length));
  const std::string_view rest = std::string_view(text).substr(length == 0 ? 0 : length + 1);
  word.span.begin = shown.size();
  shown += length == 0 ? shell_quote(rest) : key + "=" + (rest.empty() ? "" : shell_quote(rest));
  word.span.end = shown.size();
  set_key(word, length, text.starts_with('"'), key.size());
  return word;
}

class TextLexer {
 public:
  TextLexer(std::string_view text, Problems& problems) : text_(text), problems_(problems) {}

  std::vector<Word> run() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (is_blank(c)) {
        ++at_;
      } else if (const std::size_t length = continued_line()) {
        at_ += length;
      } else if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == '\n' || c == ';') {
        Word& word = words_.emplace_back();
        word.kind = c == ';' ? Word::Kind::separator : Word::Kind::newline;
        word.text = c;
        word.span = {at_, at_ + 1};
        ++at_;
      } else {
        lex_word();
      }
    }
    return std::move(words_);
  }

 private:
  // A backslash before a newline is a blank.
  std::size_t continued_line() const {
    const std::string_view rest = text_.substr(at_);
    return rest.starts_with("\\\n") ? 2 : rest.starts_with("\\\r\n") ? 3 : 0;
  }
  bool ends_word() const {
    const char c = text_[at_];
    return is_blank(c) || c == '\n' || c == ';' || continued_line() != 0;
  }

  void lex_word() {
    const std::size_t begin = at_;
    bool bad = false;
    while (at_ < text_.size() && !ends_word()) {
      const char c = text_[at_];
      if (c == '\'') {
        const std::size_t end = text_.find('\'', at_ + 1);
        bad |= end == npos && never_closed(at_);
        at_ = end == npos ? at_ : end + 1;
      } else if (c == '"' || is_opener(c)) {
        bad |= lex_nested();
      } else {
        if (is_closer(c)) {
          problems_.add("E0004", fmt::format("`{}` closes nothing", c), {at_, at_ + 1}, "no bracket is open here")
              .note("note", balance_note);
          bad = true;
        }
        ++at_;
      }
    }
    words_.push_back(word_at(text_, {begin, at_}));
    words_.back().bad = bad;
  }

  // Returns whether something was wrong.
  bool lex_nested() {
    const Nested group = scan_nested(text_, at_);
    if (group.wrong != npos) {
      const char opener = text_[group.wrong_for];
      problems_
          .add("E0004",
               fmt::format("`{}` does not close the `{}` opened at {}", text_[group.wrong], opener,
                           place_name(text_, group.wrong_for)),
               {group.wrong, group.wrong + 1}, fmt::format("expected `{}` first", closer_of(opener)))
          .note("note", balance_note);
      if (group.never_closed != npos) return resume_after(group.wrong);
    } else if (group.never_closed != npos) {
      return never_closed(group.never_closed);
    }
    at_ = group.end;
    return group.wrong != npos;
  }

  bool never_closed(std::size_t place) {
    problems_.add("E0001", fmt::format("`{}` is never closed", text_[place]), {place, place + 1}, "opened here");
    return resume_after(place);
  }
  // The word ends before the next ` ! `.
  bool resume_after(std::size_t place) {
    at_ = std::min(text_.find(" ! ", place), text_.size());
    return true;
  }

  static constexpr const char* balance_note =
      "brackets and quotes inside a jq argument must balance; `!` inside them is not a separator";
  std::string_view text_;
  Problems& problems_;
  std::vector<Word> words_;
  std::size_t at_ = 0;
};

// Rule 8: `!` stands alone. A word that begins or ends with it is split, and reported.
class Links {
 public:
  Links(std::string_view text, bool words, Problems& problems) : text_(text), words_(words), problems_(problems) {}

  std::vector<Word> split(std::vector<Word> all) {
    for (Word& word : all) {
      const bool candidate = word.kind == Word::Kind::word && !word.bad && could_hold_links(word);
      if (candidate && word.text.find_first_not_of('!') == npos) {
        for (std::size_t i = 0; i < word.text.size(); ++i) add_link(words_ ? word.span : at(word, i, i + 1));
      } else if (candidate && word.text.front() == '!' && word.text[1] != '=') {
        split_front(word);
      } else if (candidate && word.text.back() == '!') {
        split_back(word);
      } else {
        out_.push_back(std::move(word));
      }
    }
    return std::move(out_);
  }

 private:
  // In word form a word with blanks, or the value of a key, is data.
  bool could_hold_links(const Word& word) const {
    if (word.text.empty()) return false;
    return !words_ || (word.key.empty() && word.text.find_first_of(" \t\n") == npos);
  }
  Span at(const Word& word, std::size_t begin, std::size_t end) const {
    return words_ ? word.span : Span{word.span.begin + begin, word.span.begin + end};
  }
  void add_link(Span span) {
    Word& link = out_.emplace_back();
    link.kind = Word::Kind::link;
    link.span = span;
    link.text = "!";
  }
  void add_rest(const Word& word, std::size_t begin, std::size_t end) {
    Word rest = words_ ? word : word_at(text_, at(word, begin, end));
    rest.text = word.text.substr(begin, end - begin);
    out_.push_back(std::move(rest));
  }
  std::string quoted(std::string_view word) const { return words_ ? shell_quote(word) : std::string(word); }

  void split_front(const Word& word) {
    const std::string rest = word.text.substr(1);
    Diagnostic& problem = problems_.add("E0002", "`!` must stand alone", word.span);
    if (identifier_length(rest) == 0) {  // somebody meant "not"
      problem.label = "`!` joins stages";
      problem.note("note", fmt::format("jq negates with `| not`: ({} | not)", printable(rest)));
    } else {
      const std::string stage = rest.substr(0, identifier_length(rest));
      problem.label = fmt::format("write `! {0}` (in bash, zsh and tcsh `!{0}` would recall history)", stage);
      problem.fix = replaced(text_, word.span, "! " + quoted(rest));
      add_link(at(word, 0, 1));
    }
    add_rest(word, 1, word.text.size());
  }

  void split_back(const Word& word) {
    const std::string rest = word.text.substr(0, word.text.size() - 1);
    problems_.add("E0002", "`!` must stand alone", word.span, fmt::format("write `{} !`", printable(rest))).fix =
        replaced(text_, word.span, quoted(rest) + " !");
    add_rest(word, 0, rest.size());
    add_link(at(word, rest.size(), word.text.size()));
  }

  std::string_view text_;
  bool words_;
  Problems& problems_;
  std::vector<Word> out_;
};

}  // namespace

std::vector<Word> lex(std::string_view text, Problems& problems) {
  return Links(text, false, problems).split(TextLexer(text, problems).run());
}

std::vector<Word> lex(std::span<const std::string> words, std::string& shown, Problems& problems) {
  std::vector<Word> all;
  for (const std::string& word : words) {
    if (!shown.empty()) shown += ' ';
    all.push_back(word_of(word, shown));
    if (word == ";") all.back().kind = Word::Kind::separator;
  }
  return Links(shown, true, problems).split(std::move(all));
}

bool is_identifier(std::string_view text) { return !text.empty() && identifier_length(text) == text.size(); }

std::optional<Reference> as_reference(const Word& word) {
  const std::size_t length = identifier_length(word.text);
  if (word.kind != Word::Kind::word || length == 0 || length >= word.text.size() || word.text[length] != '.') return {};
  const std::string port = word.text.substr(length + 1);
  if (!port.empty() && !is_identifier(port) && !std::all_of(port.begin(), port.end(), is_digit)) return {};
  return Reference{fold(word.text.substr(0, length)), fold(port), word.span};
}

bool is_open(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '"' && !is_opener(text[i])) {
      ++i;
      continue;
    }
    const Nested group = scan_nested(text, i);
    if (group.never_closed != npos) return true;
    i = group.end;
  }
  return false;
}

std::optional<std::string_view> single_quoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '\'' || text.find('\'', 1) != text.size() - 1) return std::nullopt;
  return text.substr(1, text.size() - 2);
}

std::string without_quotes(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i + 1;
    if (text[i] == '\'') {
      end = std::min(text.find('\'', i + 1), text.size() - 1) + 1;
      result += text.substr(i + 1, end - i - 2);
    } else if (text[i] == '"') {
      end = scan_nested(text, i).end;
      result += json_string(text.substr(i, end - i)).value_or(std::string(text.substr(i + 1, end - i - 2)));
    } else {
      if (is_opener(text[i])) end = scan_nested(text, i).end;
      result += text.substr(i, end - i);
    }
    i = end;
  }
  return result;
}

}  // namespace streamz
