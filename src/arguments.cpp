// SPDX-License-Identifier: Apache-2.0
// Keys are bound first, wherever they stand; then what a second name presets; then the words without a
// key, to the parameters not yet set, in the order of declaration. A positional expression takes all
// words that are left.
// Tested by tests/chain_test.cpp.
#include "arguments.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "argument_values.h"
#include "columns.h"
#include "common_arguments.h"
#include "help.h"
#include "values.h"

namespace streamz {
namespace {

const Param* find_param(const StageSpec& spec, std::string_view name) {
  const auto found =
      std::find_if(spec.params.begin(), spec.params.end(), [&](const Param& p) { return !p.free && p.name == name; });
  return found == spec.params.end() ? nullptr : &*found;
}

// The parameter of a key. Where any key will do, one in quotes is none of the others.
const Param* param_of(const StageSpec& spec, const Word& word) {
  const Param* const free = free_param(spec);
  const Param* const named = word.quoted_key && free != nullptr ? nullptr : find_param(spec, word.folded_key());
  return named != nullptr ? named : free;
}

// "did you mean `maxsize` (count, default unlimited)?"
std::string in_brackets(const Param& param) {
  const bool count = param.types == std::vector{Type::integer};
  std::string text = count ? "count" : type_label(param);
  // As in the reference, a bound of 0 is none.
  if (count && !param.positional && param.min == 0.0 && param.value == "0") return text + ", default unlimited";
  if (!param.value.empty()) text += ", default " + printable(param.value);
  return text;
}

// A word that goes on with the expression before it: `key=.a + .b`.
bool begins_with_operator(const Word& word) {
  return word.text.find_first_of("+-*/%=<>|,!") == 0 || word.text == "and" || word.text == "or" || word.text == "as";
}

class Binder {
 public:
  Binder(const Chain& chain, Stage& stage, std::span<const Word> words, Problems& problems)
      : chain_(chain), stage_(stage), words_(words.begin(), words.end()), problems_(problems) {}

  void bind() {
    const bool bad = std::any_of(words_.begin(), words_.end(), [](const Word& word) { return word.bad; });
    spec_ = stage_.entry == nullptr ? nullptr : stage_.entry->spec();
    if (stage_.entry == nullptr || bad) {  // reported already; the name still counts for references
      for (const Word& word : words_) {
        if (is_common_argument(word)) bind_common_argument(chain_, stage_, word, problems_);
      }
      return;
    }
    if (spec_ == nullptr) return bind_unchecked();
    given_.assign(spec_->params.size(), false);
    if (chain_.words) forget_keys_in_brackets();
    bind_keys();
    bind_presets();
    bind_positionals();
    report_missing();
  }

 private:
  // ---- keys

  // In word form a bracket may be open across words; nothing in it is a key.
  void forget_keys_in_brackets() {
    const auto is_slot = [](const Param& param) { return param.positional && takes_expression(param); };
    if (std::none_of(spec_->params.begin(), spec_->params.end(), is_slot)) return;
    std::string program;
    for (Word& word : words_) {
      if (!word.key.empty() && !is_open(program)) continue;
      word.key.clear();
      word.value = 0;
      word.value_span = word.span;
      program += word.text + " ";
    }
  }

  void bind_keys() {
    std::vector<const Word*> first(spec_->params.size());
    std::map<std::string, const Word*> free;
    for (std::size_t at = 0; at < words_.size(); ++at) {
      const Word& word = words_[at];
      if (word.key.empty()) {
        positionals_.push_back(at);
        continue;
      }
      if (is_common_argument(word)) {
        bind_common(word);
        continue;
      }
      const Param* param = param_of(*spec_, word);
      if (param == nullptr) {
        report_unknown(word);
        continue;
      }
      const auto index = static_cast<std::size_t>(param - spec_->params.data());
      const Word*& before = param->free ? free[word.key] : first[index];
      if (before != nullptr && !param->repeats) {
        problems_.add("E0115", fmt::format("`{}` is given twice", param->free ? word.key : param->name), word.key_span,
                      fmt::format("the first is `{}`", printable(before->text)));
        continue;
      }
      before = &word;
      given_[index] = true;
      at = bind_key(word, at, *param);
    }
  }

  // `name=first:.name` where a column called `name` was meant.
  void bind_common(const Word& word) {
    const Param* const free = free_param(*spec_);
    if (free == nullptr || !is_call(*free, word.value_text())) {
      return bind_common_argument(chain_, stage_, word, problems_);
    }
    unknown_key_ = true;
    problems_.add("E0112", fmt::format("`{}` is an argument that every stage has", word.key), word.span,
                  meant_column(word.key, word.value_text()));
  }
  // Returns the last word that belongs to it.
  std::size_t bind_key(const Word& word, std::size_t at, const Param& param) {
    const bool missing = word.value_text().empty() && !(chain_.words && param.types == std::vector{Type::string});
    if (missing) {
      problems_.add("E0112", fmt::format("`{}` has no value", param.name), word.span,
                    fmt::format("write {}={}, without blanks round `=`", param.name, type_label(param)));
      return at;
    }
    std::size_t last = at;
    if (holds_expression(param) && at + 1 < words_.size() && words_[at + 1].key.empty() &&
        begins_with_operator(words_[at + 1])) {
      while (last + 1 < words_.size() && words_[last + 1].key.empty()) ++last;
      const std::string all = joined(at, last);
      const std::size_t begin = takes_expression(param) ? 0 : expression_begin(param.types.front(), all);
      const std::string program = fmt::format("{}({})", all.substr(0, begin), all.substr(begin));
      const Span whole{word.value_span.begin, words_[last].span.end};
      problems_
          .add("E0111", "an expression with blanks needs brackets here", whole,
               fmt::format("brackets: {}={}", param.free ? word.key : param.name, printable(program)))
          .fix = replaced(chain_.text, whole, shown_in(chain_, program));
      return last;
    }
    add_argument(chain_, stage_, param, word, word.key_span, problems_);
    return at;
  }

  void report_unknown(const Word& word) {
    unknown_key_ = true;
    std::vector<std::string> names;
    for (const Param& param : spec_->params) names.push_back(param.name);
    names.insert(names.end(), {"name", "on_error"});
    Diagnostic& problem = problems_.add(
        "E0110", fmt::format("`{}` has no argument `{}`", stage_.name, printable(word.key)), word.key_span);
    const std::string close = nearest(word.folded_key(), names);
    const Param* meant = find_param(*spec_, close);
    const Param* next = next_positional();
    const bool taken =
        (meant != nullptr && meant->positional) ||
        std::any_of(words_.begin(), words_.end(), [&](const Word& each) { return each.folded_key() == close; });
    if (!close.empty() && !taken) problem.fix = replaced(chain_.text, word.key_span, close);
    if (meant != nullptr) {
      problem.label = fmt::format("did you mean `{}` ({})?", close, in_brackets(*meant));
    } else if (!close.empty()) {
      problem.label = fmt::format("did you mean `{}`?", close);
    } else if (next != nullptr && next->types.front() == Type::path) {
      problem.label = "a path: ./" + printable(word.text);
      problem.fix = replaced(chain_.text, {word.span.begin, word.span.begin}, "./");
    } else if (next != nullptr && takes_expression(*next)) {
      problem.label = fmt::format("part of the jq program? ({})", printable(word.text));
    }
    problem.note("help", fmt::format("{}     streamz help {}", usage_line(*stage_.entry), stage_.entry->name));
  }

  // ---- presets and positionals

  void bind_presets() {
    for (const auto& [key, value] : stage_.entry->preset) {
      const Param* param = find_param(*spec_, key);
      const auto index = static_cast<std::size_t>(param - spec_->params.data());
      if (param == nullptr || given_[index]) continue;
      given_[index] = true;
      stage_.arguments.push_back({param->name, value, stage_.span, {}, index});
    }
  }

  const Param* next_positional() const {
    for (std::size_t i = 0; i < spec_->params.size(); ++i) {
      const Param& param = spec_->params[i];
      if (param.positional && (param.repeats || !given_[i])) return &param;
    }
    return nullptr;
  }

  void bind_positionals() {
    for (std::size_t i = 0; i < positionals_.size(); ++i) {
      const Param* param = next_positional();
      if (param == nullptr) return report_excess(i);
      const auto index = static_cast<std::size_t>(param - spec_->params.data());
      if (takes_expression(*param)) {
        given_[index] = true;
        return bind_program(*param, positionals_[i], positionals_.back());
      }
      given_[index] = true;
      add_argument(chain_, stage_, *param, words_[positionals_[i]], {}, problems_);
    }
  }

  // All words that are left are one program.
  void bind_program(const Param& param, std::size_t first, std::size_t last) {
    for (std::size_t at = first; at <= last; ++at) {
      if (!words_[at].key.empty()) return report_key_inside(first, last, at);
    }
    Word program = words_[first];
    program.span = program.value_span = {words_[first].span.begin, words_[last].span.end};
    program.text = joined(first, last);
    add_argument(chain_, stage_, param, program, {}, problems_);
  }

  // The program of some words: the slice of the source, or the words joined.
  std::string joined(std::size_t first, std::size_t last) const {
    if (chain_.words) {
      std::string text(words_[first].value_text());
      for (std::size_t at = first + 1; at <= last; ++at) text += " " + words_[at].text;
      return text;
    }
    const std::size_t begin = words_[first].value_span.begin;
    std::string text = chain_.text.substr(begin, words_[last].span.end - begin);
    std::size_t at = single_quoted(text) ? text.npos : text.find("\\\n");
    for (; at != text.npos; at = text.find("\\\n", at)) text.replace(at, 2, "  ");
    return text;
  }

  void report_key_inside(std::size_t first, std::size_t last, std::size_t inside) {
    std::string program, keys;
    for (std::size_t at = first; at <= last; ++at) {
      const Span span = words_[at].span;
      std::string& to = words_[at].key.empty() ? program : keys;
      to += (at == first ? "" : " ") + chain_.text.substr(span.begin, span.end - span.begin);
    }
    const std::string key = printable(words_[inside].text);
    problems_
        .add("E0006", fmt::format("`{}` stands inside the expression", key), words_[inside].span,
             fmt::format("move `{}` to the end", key))
        .fix = replaced(chain_.text, {words_[first].span.begin, words_[last].span.end}, program + keys);
  }

  void report_excess(std::size_t from) {
    const Span span{words_[positionals_[from]].span.begin, words_[positionals_.back()].span.end};
    problems_.add("E0112", fmt::format("too many arguments for `{}`", stage_.name), span, excess_label())
        .note("help", fmt::format("{}     streamz help {}", usage_line(*stage_.entry), stage_.entry->name));
  }

  std::string excess_label() const {
    const bool command = !spec_->params.empty() && spec_->params.front().name == "cmd";
    const std::string& last = words_[positionals_.back()].text;
    if (!command && looks_like_file(last) && stage_.entry->kind != Kind::source) {
      return "input files go before the chain: -i " + printable(last);
    }
    std::vector<const Param*> free;
    for (const Param& param : spec_->params) {
      if (param.positional) free.push_back(&param);
    }
    if (free.empty()) return "it takes none without a key";
    if (!command && (free.size() > 1 || free[0]->types.front() != Type::string)) {
      return fmt::format("it takes at most {} without a key", free.size());
    }
    std::string all;
    for (const std::size_t at : positionals_) all += (all.empty() ? "" : " ") + words_[at].text;
    return fmt::format("quote the {}: {} '{}'", command ? "command" : free[0]->name, stage_.name, printable(all));
  }

  void report_missing() {
    if (unknown_key_) return;  // most likely that is it
    for (std::size_t i = 0; i < spec_->params.size(); ++i) {
      const Param& param = spec_->params[i];
      if (!param.required || given_[i]) continue;
      problems_.add("E0112", fmt::format("`{}` needs {}", stage_.name, param.name), stage_.span,
                    "write " + usage_line(*stage_.entry));
    }
  }

  // A plugin whose manifest does not hold its spec: the loader will know.
  void bind_unchecked() {
    for (const Word& word : words_) {
      if (is_common_argument(word)) {
        bind_common_argument(chain_, stage_, word, problems_);
        continue;
      }
      Argument argument{word.key.empty() ? "" : word.folded_key(), std::string(word.value_text()), word.value_span,
                        word.key_span, 0};
      if (!chain_.words) argument.value = single_quoted(argument.value).value_or(argument.value);
      stage_.arguments.push_back(std::move(argument));
    }
  }

  const Chain& chain_;
  Stage& stage_;
  std::vector<Word> words_;
  Problems& problems_;
  const StageSpec* spec_ = nullptr;
  std::vector<bool> given_;               // by parameter
  std::vector<std::size_t> positionals_;  // words without a key
  bool unknown_key_ = false;
};

// What the words before the last one leave of a stage's positional parameters.
struct Left {
  bool complete = true;  // no required one is missing
  bool room = false;     // one could take a further word
};

Left left_by(const Entry& entry, std::span<const Word> words) {
  const StageSpec* spec = entry.spec();
  if (spec == nullptr) return {true, true};
  const std::span<const Word> rest = words.first(words.size() - 1);
  auto count = std::count_if(rest.begin(), rest.end(), [](const Word& word) { return word.key.empty(); });
  Left left;
  for (const Param& param : spec->params) {
    const auto is_it = [&](const Word& word) { return !word.key.empty() && word.folded_key() == param.name; };
    const auto is_preset = [&](const auto& preset) { return preset.first == param.name; };
    if (!param.positional || std::any_of(rest.begin(), rest.end(), is_it) ||
        std::any_of(entry.preset.begin(), entry.preset.end(), is_preset)) {
      continue;
    }
    if (count == 0) {
      left.complete &= !param.required;
      left.room = true;
    } else if (takes_expression(param)) {
      count = 0;
      left.room |= rest.back().key.empty();  // behind a key no expression goes on
    } else if (param.repeats) {
      count = 0;
      left.room = true;
    } else {
      --count;
    }
  }
  return left;
}

}  // namespace

bool complete_without_last(const Entry& entry, std::span<const Word> words) { return left_by(entry, words).complete; }
bool takes_last(const Entry& entry, std::span<const Word> words) { return left_by(entry, words).room; }

void bind_arguments(const Chain& chain, Stage& stage, std::span<const Word> words, Problems& problems) {
  Binder(chain, stage, words, problems).bind();
}

}  // namespace streamz
