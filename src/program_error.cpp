// SPDX-License-Identifier: Apache-2.0
// Why an expression does not compile, said in terms of the chain: most of these mistakes come from the
// shell or from the chain's own syntax, and jq's message alone would hide that.
// Tested by tests/program_error_test.cpp.
#include <algorithm>

#include <fmt/format.h>

#include "chain_lexer.h"
#include "expr/tokens.h"

namespace streamz {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::string_view blanks = " \t\r\n";

// A `|` outside brackets and strings, before the name of a stage.
struct Pipe {
  std::size_t at = 0;          // of `|`
  std::size_t name_begin = 0;  // of the stage's name
  std::size_t name_end = 0;
};

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':';
}

std::size_t name_end(std::string_view text, std::size_t begin) {
  while (begin < text.size() && is_name_byte(text[begin])) ++begin;
  return begin;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  return first == npos ? std::string_view() : text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

// The places of `c` outside strings and, unless `everywhere`, outside brackets.
std::vector<std::size_t> places_of(std::string_view text, char c, bool everywhere) {
  std::vector<std::size_t> found;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char at = text[i];
    if (at == '"') {
      while (++i < text.size() && text[i] != '"') i += text[i] == '\\' ? 1 : 0;
    } else if (at == '(' || at == '[' || at == '{') {
      ++depth;
    } else if (at == ')' || at == ']' || at == '}') {
      --depth;
    } else if (at == c && (everywhere || depth == 0)) {
      found.push_back(i);
    }
  }
  return found;
}

// Places of the bytes that a shell leaves of `text`; fails where its quoting does not end.
bool without_shell_quotes(std::string_view text, std::string& plain, std::vector<std::size_t>& places) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\'') {
      quoted = !quoted;
      continue;
    }
    if (text[i] == '\\' && !quoted && i + 1 < text.size()) ++i;
    plain += text[i];
    places.push_back(i);
  }
  return !quoted;
}

bool is_raw(const Chain& chain, const Argument& argument) {
  const Span span = argument.span;
  return span.end - span.begin == argument.value.size() &&
         chain.text.compare(span.begin, argument.value.size(), argument.value) == 0;
}

class Explainer {
 public:
  Explainer(const Chain& chain, const Stage& stage, const Argument& argument, const Index& index,
            const detail::ProgramError& error, Problems& problems)
      : chain_(chain), stage_(stage), argument_(argument), index_(index), error_(error), problems_(problems) {}

  void explain() {
    if (!explain_braces() && !explain_pipe() && !explain_link() && !explain_single_quotes() && !explain_field())
      explain_plainly();
  }

 private:
  const std::string& program() const { return argument_.value; }
  Span place(std::size_t begin, std::size_t end) const { return place_in_chain(chain_, argument_, begin, end); }
  bool is_positional() const { return argument_.key_span.empty(); }

  // The chain with another program here.
  std::string with_program(const std::string& other) const {
    const bool plain = is_raw(chain_, argument_) && !chain_.words;
    return replaced(chain_.text, argument_.span, plain ? other : shell_quote(other));
  }

  // `map {path,status}` arrives from the shell as `map path status`.
  bool explain_braces() {
    if (!chain_.words || !is_positional() || program().find(' ') == npos) return false;
    std::string braces;
    for (std::size_t at = 0; at < program().size();) {
      const std::size_t end = std::min(program().find(' ', at), program().size());
      const std::string word = program().substr(at, end - at);
      const std::string name = word.substr(0, word.find(':'));
      if (!is_identifier(name) || word.find_first_of("=|()\"") != npos) return false;
      braces += (braces.empty() ? "{" : ",") + word;
      at = end + 1;
    }
    braces += "}";
    problems_
        .add("E0201", fmt::format("`{}` is not a jq program", printable(program())), argument_.span,
             fmt::format("did the shell expand braces? quote it: {} '{}'", stage_.name, printable(braces)))
        .fix = replaced(chain_.text, argument_.span, shell_quote(braces));
    return true;
  }

  // ---- `|` between stages

  std::vector<Pipe> pipes() const {
    std::vector<Pipe> found;
    for (const std::size_t at : places_of(program(), '|', false)) {
      const std::size_t begin = std::min(program().find_first_not_of(blanks, at + 1), program().size());
      const std::size_t end = name_end(program(), begin);
      const bool call = end < program().size() && program()[end] == '(';
      const std::string name = program().substr(begin, end - begin);
      const bool whole_word = end == program().size() || blanks.find(program()[end]) != npos;
      if (!call && whole_word && is_identifier(name) && index_.find(fold(name)) != nullptr)
        found.push_back({at, begin, end});
    }
    return found;
  }

  // The one whose stage holds the error; jq's own `flatten` before it is not to blame.
  const Pipe* to_blame(const std::vector<Pipe>& found) const {
    const bool unplaced = error_.end == 0 || (error_.begin == 0 && error_.end >= program().size());
    if (unplaced) return found.empty() ? nullptr : &found.front();
    const std::vector<std::size_t> all = places_of(program(), '|', false);
    for (const Pipe& pipe : found) {
      const auto next = std::upper_bound(all.begin(), all.end(), pipe.at);
      const std::size_t end = next == all.end() ? npos : *next;
      const bool undefined = error_.code == "E0202";
      const bool inside =
          undefined ? error_.begin == pipe.name_begin : error_.begin >= pipe.name_begin && error_.begin <= end;
      if (inside) return &pipe;
    }
    return nullptr;
  }

  bool explain_pipe() {
    if (!is_positional()) return false;
    const std::vector<Pipe> found = pipes();
    const Pipe* const blamed = to_blame(found);
    if (blamed == nullptr) return false;
    const std::string name = program().substr(blamed->name_begin, blamed->name_end - blamed->name_begin);
    Diagnostic& problem =
        problems_.add("E0105", "`|` joins jq filters; stages are joined with `!`", place(blamed->at, blamed->at + 1),
                      fmt::format("`{}` is a stage name, so this is probably a new stage", name));
    problem.fix = replaced(chain_.text, argument_.span, as_stages(found));
    // Of the stage names these are jq's too, and take one argument there.
    static constexpr std::string_view of_jq[] = {"map", "flatten", "join", "first", "last", "unique"};
    const bool is_of_jq = std::find(std::begin(of_jq), std::end(of_jq), name) != std::end(of_jq);
    if (!is_of_jq || found.size() > 1) return true;
    const std::string before(trimmed(program().substr(0, blamed->at)));
    const std::string after(trimmed(program().substr(blamed->name_end)));
    const std::string call = after.empty() ? name : fmt::format("{}({})", name, after);
    problem.note("or, if jq was meant", fmt::format("{} ({} | {})", stage_.name, printable(before), printable(call)));
    return true;
  }

  // The program with its stages apart: `.ok ! map .id`.
  std::string as_stages(const std::vector<Pipe>& found) const {
    const bool plain = is_raw(chain_, argument_) && !chain_.words;
    const auto quoted = [&](std::string_view part) { return plain ? std::string(part) : shell_quote(part); };
    std::string text = quoted(trimmed(std::string_view(program()).substr(0, found.front().at)));
    for (std::size_t i = 0; i < found.size(); ++i) {
      const std::size_t end = i + 1 < found.size() ? found[i + 1].at : program().size();
      const Pipe& pipe = found[i];
      text += " ! " + program().substr(pipe.name_begin, pipe.name_end - pipe.name_begin);
      const std::string_view rest = trimmed(std::string_view(program()).substr(pipe.name_end, end - pipe.name_end));
      if (!rest.empty()) text += " " + quoted(rest);
    }
    return text;
  }

  // `.ok!map`: a link without blanks in the middle of a word.
  bool explain_link() {
    for (const std::size_t at : places_of(program(), '!', true)) {
      if (at + 1 < program().size() && program()[at + 1] == '=') continue;
      Diagnostic& problem = problems_.add("E0002", "`!` must stand alone", place(at, at + 1),
                                          "jq has no `!`: between stages it needs a blank on both sides");
      problem.note("note", "jq negates with `| not`");
      return true;
    }
    return false;
  }

  // ---- mistakes inside jq

  bool explain_single_quotes() {
    const std::vector<std::size_t> quotes = places_of(program(), '\'', true);
    if (quotes.size() < 2) return false;
    std::string corrected = program();
    for (const std::size_t at : quotes) corrected[at] = '"';
    const std::string text = program().substr(quotes[0] + 1, quotes[1] - quotes[0] - 1);
    Diagnostic& problem = problems_.add("E0201", "jq strings use double quotes", place(quotes[0], quotes[1] + 1),
                                        fmt::format("write \"{}\"", printable(text)));
    if (text.find('"') == npos) problem.fix = with_program(corrected);
    return true;
  }

  // `name == "x"` and `key=id` miss the dot.
  bool explain_field() {
    if (error_.code != "E0202" || error_.end == 0 || error_.end > program().size()) return false;
    const std::size_t end = name_end(program(), error_.begin);
    const std::string name = program().substr(error_.begin, end - error_.begin);
    const std::size_t next = program().find_first_not_of(blanks, end);
    const std::string_view rest = next == npos ? std::string_view() : std::string_view(program()).substr(next);
    const bool compared =
        rest.starts_with("==") || rest.starts_with("!=") || rest.starts_with('<') || rest.starts_with('>');
    const bool whole = trimmed(program()) == name;
    if (!is_identifier(name) || rest.starts_with('(')) return false;
    if (!compared && !(whole && !is_positional()) && !error_.hint.empty()) return false;  // a builtin is as likely
    add("E0202", error_.begin, end, fmt::format("did you mean `.{}`?", name)).fix =
        with_program(program().substr(0, error_.begin) + "." + program().substr(error_.begin));
    return true;
  }

  Diagnostic& add(const std::string& code, std::size_t begin, std::size_t end, const std::string& label) {
    const std::string fact = error_.what();
    return problems_.add(code, fact.starts_with("jq: ") ? fact : "jq: " + fact, place(begin, end), label);
  }

  void explain_plainly() {
    Diagnostic& problem = add(error_.code.empty() ? "E0201" : error_.code, error_.begin, error_.end, error_.hint);
    const std::size_t last = program().find_last_of(blanks);
    const std::string word = last == npos ? "" : program().substr(last + 1);
    if (is_positional() && looks_like_file(word)) {
      problem.note("note", "input files go before the chain: -i " + printable(word));
    }
    // What a shell leaves of `.a == $x`, or of `"$x"`.
    constexpr std::string_view ends = "jq: the program ends after `";
    const std::string_view said = error_.what();
    if (said.starts_with(ends) && std::string_view("=<>+-*/%").find(said[ends.size()]) != npos) {
      problem.note("note", "a $name outside single quotes is the shell's");
    }
    if (error_.code != "E0202" || error_.end == 0 || error_.end > program().size()) return;
    if (program()[error_.begin] == '$') {
      problem.note("help", "--arg NAME TEXT before the chain gives $NAME; see streamz help syntax");
    }
    const std::size_t end = name_end(program(), error_.begin);
    const std::string name = program().substr(error_.begin, end - error_.begin);
    const bool call = end < program().size() && program()[end] == '(';
    if (is_identifier(name) && !call) problem.note("note", fmt::format("for a field write `.{}`", name));
  }

  const Chain& chain_;
  const Stage& stage_;
  const Argument& argument_;
  const Index& index_;
  const detail::ProgramError& error_;
  Problems& problems_;
};

// Where a program that is one assignment has its `=`, or npos.
std::size_t sign_of_assignment(std::string_view program) {
  std::size_t sign = program.npos;
  try {
    for (const detail::Token& token : detail::tokens_of(program)) {
      const std::string_view text = token.text(program);
      if (token.bracket != '\0' || (token.kind != detail::Token::symbol && token.kind != detail::Token::name)) continue;
      if (text == "=" && sign == program.npos) sign = token.begin;
      if (text == "|" || text == "," || text == "def" || text == "if" || text == "as") return program.npos;
    }
  } catch (const Error&) {  // it will be reported
    return program.npos;
  }
  return sign;
}

}  // namespace

void check_condition(const Chain& chain, const Argument& argument, Problems& problems) {
  const std::string& program = argument.value;
  if (const std::size_t sign = sign_of_assignment(program); sign != program.npos) {
    const Span place = place_in_chain(chain, argument, sign, sign + 1);
    problems.add("W0203", "the condition is always true: `=` assigns", place, "`==` compares");
    return;
  }
  const std::optional<std::string> meant = json_string(program);  // `".a == 1"`, where .a == 1 was meant
  if (!meant) return;
  Diagnostic& problem =
      problems.add("W0203", "the condition is always true: it is a string", argument.span, "single quotes were meant");
  if (meant->find('\'') == meant->npos) problem.fix = replaced(chain.text, argument.span, "'" + *meant + "'");
}

Span place_in_chain(const Chain& chain, const Argument& argument, std::size_t begin, std::size_t end) {
  const std::size_t size = argument.value.size();
  if (size == 0 || end == 0 || begin > size) return argument.span;
  if (begin == size && size > 0) begin = size - 1;  // "unexpected end": the caret stands under the last byte
  end = std::clamp(end, begin + 1, size);
  std::string_view text(chain.text);
  text = text.substr(argument.span.begin, argument.span.end - argument.span.begin);
  // As it stands in the text; a continued line became blanks, byte by byte.
  if (text.size() == size && (text == argument.value || text.find("\\\n") != npos)) {
    return {argument.span.begin + begin, argument.span.begin + end};
  }
  std::string plain;
  std::vector<std::size_t> places;
  if (!without_shell_quotes(text, plain, places) || plain != argument.value) return argument.span;
  return {argument.span.begin + places[begin], argument.span.begin + places[end - 1] + 1};
}

void explain_program_error(const Chain& chain, const Index& index, const Stage& stage, const Argument& argument,
                           const detail::ProgramError& error, Problems& problems) {
  Explainer(chain, stage, argument, index, error, problems).explain();
}

}  // namespace streamz
