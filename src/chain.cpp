// SPDX-License-Identifier: Apache-2.0
// Step 1: words to segments, stages and references. What a word is, is decided in chain_lexer.cpp; what a
// stage's words mean, in arguments.cpp; a Chain is printed by chain_print.cpp, and a program that does not
// compile is explained by program_error.cpp. Entry points: the two parse().
//
// Every mistake is reported and stepped over at the next `!` or `;`, so that one reading shows them all.
// Tested by tests/chain_test.cpp and tests/chains/*.
#include "chain.h"

#include <algorithm>

#include <fmt/format.h>

#include "arguments.h"
#include "common_arguments.h"

namespace streamz {
namespace {

using Words = std::span<const Word>;

bool begins_like_jq(std::string_view text) { return text.find_first_of(".[{($\"") == 0; }

// IDENT or PACKAGE:NAME
bool is_stage_name(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == text.npos) return is_identifier(text);
  return is_identifier(text.substr(0, colon)) && is_identifier(text.substr(colon + 1));
}

std::string list_of(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

class Parser {
 public:
  Parser(Chain& chain, const Index& index, std::vector<Word> words, Problems& problems)
      : chain_(chain), index_(index), words_(std::move(words)), problems_(problems) {}

  void run() {
    join_programs();
    drop_newlines();
    collect_names();
    for (auto at = words_.begin(); at != words_.end();) {
      const auto end = std::find_if(at, words_.end(), is_end);
      if (at != end) parse_segment({&*at, static_cast<std::size_t>(end - at)});
      at = end == words_.end() ? end : end + 1;
    }
    if (chain_.segments.empty() && !problems_.has_errors()) problems_.add("E0100", "the chain holds no stage");
    check_names();
    for (const Segment& segment : chain_.segments) {
      if (segment.from) check_reference(*segment.from, true);
      if (segment.to) check_reference(*segment.to, false);
    }
  }

 private:
  static bool is_end(const Word& word) {
    return word.kind == Word::Kind::separator || word.kind == Word::Kind::newline;
  }
  static bool is_link(const Word& word) { return word.kind == Word::Kind::link; }
  static bool is_part_of_stage(const Word& word) { return word.kind == Word::Kind::word; }

  const Entry* find(const Word& word) const {
    return is_stage_name(word.text) ? index_.find(fold(word.text)) : nullptr;
  }

  // ---- before segments are known

  // `map def f: .+1; f`: where a program begins with def, reduce or foreach, and no stage name follows the
  // `;`, the `;` is part of the program. Said once, and taken as it was meant.
  void join_programs() {
    for (std::size_t i = 1; i < words_.size(); ++i) {
      const std::string& text = words_[i].text;
      const bool program = text == "def" || text == "reduce" || text == "foreach";
      if (!program || !is_part_of_stage(words_[i]) || !is_part_of_stage(words_[i - 1])) continue;
      if (i >= 2 && is_part_of_stage(words_[i - 2])) continue;  // not the first argument
      std::size_t end = i;
      bool joined = false;
      for (; end < words_.size(); ++end) {
        if (is_part_of_stage(words_[end])) continue;
        if (words_[end].kind != Word::Kind::separator || !is_program_after(end)) break;
        words_[end].kind = Word::Kind::word;
        joined = true;
      }
      if (joined) report_unbracketed(i, end - 1);
      i = end;
    }
  }
  bool is_program_after(std::size_t separator) const {
    if (separator + 1 >= words_.size() || !is_part_of_stage(words_[separator + 1])) return false;
    const Word& next = words_[separator + 1];
    const bool alone = separator + 2 >= words_.size() || !is_part_of_stage(words_[separator + 2]);
    return find(next) == nullptr && !(alone && as_reference(next));
  }
  void report_unbracketed(std::size_t first, std::size_t last) {
    while (last > first && !words_[last].key.empty()) --last;
    std::string program;
    for (std::size_t i = first; i <= last; ++i) program += (i == first ? "" : " ") + words_[i].text;
    const Span span{words_[first].span.begin, words_[last].span.end};
    if (!chain_.words) program = chain_.text.substr(span.begin, span.end - span.begin);
    const std::string bracketed = "(" + program + ")";
    problems_
        .add("E0111", "a program with `;` needs brackets or quotes", span,
             fmt::format("brackets: {} {}", words_[first - 1].text, printable(bracketed)))
        .fix = replaced(chain_.text, span, shown_in(chain_, bracketed));
  }

  // Rule 8: a newline beside `!` ends nothing.
  void drop_newlines() {
    std::vector<Word> kept;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (words_[i].kind == Word::Kind::newline) {
        std::size_t next = i;
        while (next < words_.size() && words_[next].kind == Word::Kind::newline) ++next;
        const bool inside = (!kept.empty() && is_link(kept.back())) || (next < words_.size() && is_link(words_[next]));
        if (!inside) kept.push_back(words_[i]);
        i = next - 1;
      } else {
        kept.push_back(std::move(words_[i]));
      }
    }
    words_ = std::move(kept);
  }

  // Names are known before the first reference is read: forward references are fine.
  void collect_names() {
    for (const Word& word : words_) {
      if (const std::optional<std::string> name = name_given(word, chain_)) names_.push_back(*name);
    }
  }
  bool is_named(const std::string& id) const { return std::find(names_.begin(), names_.end(), id) != names_.end(); }

  // ---- segments

  void parse_segment(Words words) {
    std::vector<Words> groups;
    for (std::size_t i = 0; i < words.size();) {
      const std::size_t begin = i;
      const bool links = is_link(words[i]);
      while (i < words.size() && is_link(words[i]) == links) ++i;
      const Words run = words.subspan(begin, i - begin);
      if (!links) {
        groups.push_back(run);
      } else if (begin == 0 || i == words.size() || run.size() > 1) {
        report_links(run, begin == 0, i == words.size());
      }
    }
    Segment segment;
    for (std::size_t i = 0; i < groups.size(); ++i) parse_group(groups[i], i == 0, i + 1 == groups.size(), segment);
    if (!groups.empty()) chain_.segments.push_back(std::move(segment));
  }

  void report_links(Words links, bool first, bool last) {
    Span span{links.front().span.begin, links.back().span.end};
    const char* message = first ? "nothing before `!`" : last ? "nothing after `!`" : "nothing between two `!`";
    const bool removed = first || last;
    const char* label = removed ? "a stage is missing here, or this `!` is too many"
                                : "a stage is missing here, or one `!` is too many";
    Diagnostic& problem = problems_.add("E0003", message, span, label);
    const std::string& text = chain_.text;
    if (first) {
      while (span.end < text.size() && text[span.end] == ' ') ++span.end;
    } else if (last) {
      while (span.begin > 0 && text[span.begin - 1] == ' ') --span.begin;
    }
    problem.fix = replaced(text, span, removed ? "" : "!");
  }

  // One stage, or one reference, of a segment.
  void parse_group(Words words, bool first, bool last, Segment& segment) {
    const std::optional<Reference> alone = words.size() == 1 ? as_reference(words[0]) : std::nullopt;
    if (alone && first) {
      segment.from = alone;
    } else if (alone && last) {
      segment.to = alone;
    } else if (alone) {
      report_fed_and_read(words[0]);
      split_at(*alone, segment, true);
    } else if (!last && starts_new_segment(words)) {
      segment.stages.push_back(make_stage(words.first(words.size() - 1)));
      split_at(*as_reference(words.back()), segment, false);
    } else {
      segment.stages.push_back(make_stage(words));
    }
  }

  void split_at(const Reference& reference, Segment& segment, bool fed) {
    if (fed) segment.to = reference;
    chain_.segments.push_back(std::move(segment));
    segment = Segment();
    segment.from = reference;
  }

  void report_fed_and_read(const Word& word) {
    const std::string separator = chain_.words ? "';'" : ";";
    problems_
        .add("E0007", fmt::format("`{}` is fed here and read here", word.text), word.span,
             fmt::format("write `! {0} ; {0} !`", word.text))
        .fix = replaced(chain_.text, word.span, fmt::format("{0} {1} {0}", word.text, separator));
  }

  // Rule 7: a reference directly before `!` begins a new segment, so that no `;` needs quoting. One that
  // nobody has named does so too, to be reported as such, where the stage could not take the word.
  bool starts_new_segment(Words words) const {
    if (words.size() < 2) return false;
    const std::optional<Reference> reference = as_reference(words.back());
    const Entry* entry = find(words[0]);
    if (!reference || entry == nullptr || !complete_without_last(*entry, words.subspan(1))) return false;
    return is_named(reference->id) || (!takes_last(*entry, words.subspan(1)) && !looks_like_file(words.back().text));
  }

  // ---- stages

  Stage make_stage(Words words) {
    Stage stage;
    stage.name = words[0].text;
    stage.span = words[0].span;
    if (!words[0].bad) stage.entry = find_stage(words);
    bind_arguments(chain_, stage, words.subspan(1), problems_);
    return stage;
  }

  const Entry* find_stage(Words words) {
    const Word& word = words[0];
    const std::string_view inner = chain_.words ? std::string_view(word.text) : single_quoted(word.text).value_or("");
    if (inner.find_first_of(" \t\n") != inner.npos) {
      report_whole_chain(word, inner);
      return nullptr;
    }
    if (const Entry* entry = find(word)) return entry;
    const std::string shown = printable(word.text);
    const std::string extra = is_stage_name(word.text) ? Index::extra_of(fold(word.text)) : "";
    if (!extra.empty()) {
      problems_.add("E0102", fmt::format("`{}` is in the extra `{}`, which is not installed", shown, extra), word.span)
          .note("help", fmt::format("apt install streamz-{0}, or cmake --build . --target streamz_{0}", extra));
      return nullptr;
    }
    Diagnostic& problem = problems_.add("E0101", fmt::format("no stage named `{}`", shown), word.span);
    if (!word.key.empty()) {
      problem.label = "the name of a stage comes first, then its arguments";
    } else if (looks_like_file(word.text)) {
      problem.label = "to read a file: from_file " + shown;
    } else if (begins_like_jq(word.text)) {
      problem.label = "to run jq on each record: map " + shown;
      problem.fix = replaced(chain_.text, {word.span.begin, word.span.begin}, "map ");
    } else {
      suggest_stage(word, problem);
      for (const std::string& unread : index_.unread()) problem.note("note", "a manifest is not usable: " + unread);
    }
    return nullptr;
  }

  void suggest_stage(const Word& word, Diagnostic& problem) const {
    const std::string close = nearest(fold(word.text), index_.names());
    const Entry* meant = close.empty() ? nullptr : index_.find(close);
    if (meant != nullptr) {
      problem.label = fmt::format("did you mean `{}`?", close);
      problem.fix = replaced(chain_.text, word.span, close);
    }
    problem.note("help", meant == nullptr ? "streamz plugins list"
                                          : fmt::format("streamz plugins list --kind {}", to_string(meant->kind)));
  }

  void report_whole_chain(const Word& word, std::string_view inner) {
    Diagnostic& problem = problems_.add("E0005", "one argument holds a whole chain; quote all of it or none of it",
                                        word.span, "this is one word");
    // Only where blanks alone part it is taking the quotes off a mechanical edit.
    if (inner.find_first_of("'\"()[]{}\\\n\t") != inner.npos) return;
    std::string words;
    for (std::size_t at = 0; at < inner.size();) {
      const std::size_t end = std::min(inner.find(' ', at), inner.size());
      if (end > at) words += (words.empty() ? "" : " ") + shown_in(chain_, inner.substr(at, end - at));
      at = end + 1;
    }
    problem.fix = replaced(chain_.text, word.span, words);
  }

  // ---- names and references

  const Stage* stage_named(const std::string& id) const {
    for (const Segment& segment : chain_.segments) {
      for (const Stage& stage : segment.stages) {
        if (stage.id == id) return &stage;
      }
    }
    return nullptr;
  }

  void check_names() {
    for (const Segment& segment : chain_.segments) {
      for (const Stage& stage : segment.stages) {
        if (stage.id.empty()) continue;
        const Stage* first = stage_named(stage.id);
        if (first == &stage) continue;
        problems_.add("E0121", fmt::format("two stages are named `{}`", stage.id), stage.span,
                      fmt::format("this one and `{}` at {}", first->name, place_name(chain_.text, first->span.begin)));
      }
    }
  }

  void check_reference(const Reference& reference, bool reads) {
    const Stage* stage = stage_named(reference.id);
    if (stage == nullptr) {
      if (!is_named(reference.id)) report_unnamed(reference, reads);
      return;
    }
    const StageSpec* spec = stage->entry == nullptr ? nullptr : stage->entry->spec();
    if (spec == nullptr || reference.port.empty()) return;
    if (stage->entry->kind == (reads ? Kind::sink : Kind::source)) return;  // no port at all: the graph says so
    const bool number = reference.port.find_first_not_of("0123456789") == reference.port.npos;
    const std::vector<std::string>& ports = reads ? spec->outputs : spec->inputs;
    if (std::find(ports.begin(), ports.end(), reference.port) != ports.end()) return;
    if (reads && reference.port == "errors") return;  // every stage has it
    if (!reads && spec->any_inputs && number) return;
    std::vector<std::string> names;
    names.reserve(ports.size() + 1);
    for (const std::string& port : ports) names.push_back(reference.id + "." + port);
    if (!reads && spec->any_inputs) names.push_back(reference.id + ".0 ...");
    const std::string close = nearest(reference.port, ports);
    const char* what = reads ? "output" : "input";
    Diagnostic& problem = problems_.add(
        "E0122", fmt::format("`{}` has no {} `{}`", stage->name, what, reference.port), reference.span,
        close.empty() ? fmt::format("{}s: {}", what, list_of(names))
                      : fmt::format("did you mean `{}.{}`? {}s: {}", reference.id, close, what, list_of(names)));
    if (!close.empty()) problem.fix = replaced(chain_.text, reference.span, reference.id + "." + close);
  }

  void report_unnamed(const Reference& reference, bool reads) {
    const std::string typed = chain_.text.substr(reference.span.begin, reference.span.end - reference.span.begin);
    const std::string close = nearest(reference.id, names_);
    Diagnostic& problem = problems_.add("E0120", fmt::format("nothing is named `{}`", reference.id), reference.span);
    if (!close.empty()) {
      problem.label = fmt::format("did you mean `{}.{}`? ", close, reference.port);
      problem.fix = replaced(chain_.text, reference.span, close + "." + reference.port);
    }
    if (close.empty() && looks_like_file(typed)) {
      problem.label = fmt::format("{} {}", reads ? "to read a file: from_file" : "to write a file: to_file", typed);
    } else {
      problem.label += names_.empty() ? "no stage has a name" : "named stages: " + list_of(names_);
    }
    problem.note("help", "names are set with name=X and read with X. or X.PORT");
  }

  Chain& chain_;
  const Index& index_;
  std::vector<Word> words_;
  Problems& problems_;
  std::vector<std::string> names_;
};

}  // namespace

Chain parse(std::string_view text, const Index& index, Problems& problems) {
  Chain chain;
  chain.text = text;
  problems.text = text;
  Parser(chain, index, lex(chain.text, problems), problems).run();
  return chain;
}

Chain parse(std::span<const std::string> words, const Index& index, Problems& problems) {
  Chain chain;
  chain.words = true;
  std::vector<Word> lexed = lex(words, chain.text, problems);
  problems.text = chain.text;
  Parser(chain, index, std::move(lexed), problems).run();
  return chain;
}

}  // namespace streamz
