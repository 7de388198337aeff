// SPDX-License-Identifier: Apache-2.0
// A Chain back to text: keys after the expression, quotes only where the lexer would read something else
// without them. What is printed parses to the same chain.
// Tested by tests/chain_test.cpp.
#include <algorithm>
#include <set>

#include "chain_lexer.h"
#include "columns.h"
#include "values.h"

namespace streamz {
namespace {

using Names = std::set<std::string>;  // of the chain: what a word may be read as a reference to

bool has_type(const Param* param, Type type) {
  return param != nullptr && std::find(param->types.begin(), param->types.end(), type) != param->types.end();
}
// An expression, or one with something before it.
bool has_expression(const Param* param) {
  return has_type(param, Type::expr) || has_type(param, Type::named) || has_type(param, Type::call);
}

// Whether the lexer gives `text` back as plain words, from its first to its last byte.
bool reads_back(const std::string& text, bool one_word, const Names& names) {
  Problems problems;
  const std::vector<Word> words = lex(text, problems);
  const auto plain = [](const Word& word) { return word.kind == Word::Kind::word && word.key.empty(); };
  if (!problems.all().empty() || words.empty() || !std::all_of(words.begin(), words.end(), plain)) return false;
  if (words.front().span.begin != 0 || words.back().span.end != text.size() || (one_word && words.size() > 1))
    return false;
  const std::optional<Reference> reference = as_reference(words.back());
  const bool joined = text.find("\\\n") != text.npos;  // would become a blank
  return !joined && !single_quoted(text) && !text.starts_with('=') && !(reference && names.contains(reference->id));
}

std::string in_quotes(const std::string& text) {
  return text.find('\'') == text.npos ? "'" + text + "'" : json_quote(text);
}

// Double quotes are jq's here, so what holds a single quote goes into brackets; a comment in it needs a
// newline before the bracket.
std::string expression(const std::string& program, bool one_word, const Names& names) {
  if (reads_back(program, one_word, names)) return program;
  if (program.find('\'') == program.npos) return "'" + program + "'";
  const std::string bracketed = "(" + program + (program.find('#') == program.npos ? ")" : "\n)");
  // Brackets and quotes that do not balance can stand inside single quotes, as they came in: it is no jq program.
  return reads_back(bracketed, one_word, names) ? bracketed : program;
}

// A part of a list keeps its commas in double quotes.
std::string list_part(const Argument& argument, const Param& param) {
  if (has_expression(&param) || has_type(&param, Type::json)) return argument.value;
  const bool plain = argument.value.find_first_of(",\"'()[]{}; \t\n") == std::string::npos && !argument.value.empty();
  return plain ? argument.value : json_quote(argument.value);
}

class StagePrinter {
 public:
  StagePrinter(const Stage& stage, const Names& names)
      : stage_(stage), names_(names), spec_(stage.entry == nullptr ? nullptr : stage.entry->spec()) {}

  std::string print() {
    out_ = stage_.name;
    print_arguments(true);
    print_arguments(false);
    if (!stage_.id.empty()) out_ += " name=" + stage_.id;
    if (!stage_.on_error.empty()) out_ += " on_error=" + stage_.on_error;
    return out_;
  }

 private:
  // What a second name presets stands where the name stands: it is not printed.
  bool is_preset(const Argument& argument) const {
    return argument.key_span.empty() && argument.span.begin == stage_.span.begin;
  }

  void print_arguments(bool positional) {
    const std::vector<Argument>& all = stage_.arguments;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].key_span.empty() != positional || is_preset(all[i])) continue;
      const Param* param = spec_ == nullptr ? nullptr : &spec_->params[all[i].index];
      const bool free = param != nullptr && param->free;
      out_ += " " + (positional ? "" : (free ? free_key(all[i].param) : key_text(all[i].param)) + "=");
      out_ += param != nullptr && param->list ? list_text(i, *param) : value_text(all[i], param);
    }
  }

  std::string value_text(const Argument& argument, const Param* param) const {
    const bool positional = argument.key_span.empty();
    if (has_expression(param)) return with_expression(argument.value, *param, !positional);
    if (has_type(param, Type::json)) return expression(argument.value, true, names_);
    const bool plain = reads_back(argument.value, true, names_) && without_quotes(argument.value) == argument.value;
    return plain ? argument.value : in_quotes(argument.value);
  }

  // What stands before an expression stays outside its brackets.
  std::string with_expression(const std::string& text, const Param& param, bool one_word) const {
    const bool prefixed = !has_type(&param, Type::expr) && text.find('\'') != text.npos;
    if (!prefixed || reads_back(text, one_word, names_)) return expression(text, one_word, names_);
    const std::size_t begin = expression_begin(param.types.front(), text);
    return text.substr(0, begin) + expression(text.substr(begin), one_word, names_);
  }

  // The list that begins at argument `i`, which becomes its last.
  std::string list_text(std::size_t& i, const Param& param) const {
    const std::vector<Argument>& all = stage_.arguments;
    std::string text = list_part(all[i], param);
    const std::size_t key = all[i].key_span.begin;
    while (i + 1 < all.size() && all[i + 1].param == param.name && all[i + 1].key_span.begin == key) {
      text += "," + list_part(all[++i], param);
    }
    if (reads_back(text, true, names_)) return text;
    return has_expression(&param) ? expression(text, true, names_) : in_quotes(text);
  }

  // A column that is called as a parameter needs its quotes.
  std::string free_key(const std::string& key) const {
    const auto is_it = [&](const Param& param) { return !param.free && param.name == fold(key); };
    return std::any_of(spec_->params.begin(), spec_->params.end(), is_it) ? json_quote(key) : key_text(key);
  }
  static std::string key_text(const std::string& key) {
    const bool common = key == "name" || key == "on_error";
    return is_identifier(key) && !common ? key : json_quote(key);
  }

  const Stage& stage_;
  const Names& names_;
  const StageSpec* spec_;
  std::string out_;
};

std::string reference_text(const Reference& reference) { return reference.id + "." + reference.port; }

}  // namespace

std::string Chain::to_string() const {
  Names names;
  for (const Segment& segment : segments) {
    for (const Stage& stage : segment.stages) names.insert(stage.id);
  }
  std::string out;
  for (const Segment& segment : segments) {
    std::vector<std::string> parts;
    if (segment.from) parts.push_back(reference_text(*segment.from));
    for (const Stage& stage : segment.stages) parts.push_back(StagePrinter(stage, names).print());
    if (segment.to) parts.push_back(reference_text(*segment.to));
    if (!out.empty()) out += " ; ";
    for (std::size_t i = 0; i < parts.size(); ++i) out += (i == 0 ? "" : " ! ") + parts[i];
  }
  return out;
}

}  // namespace streamz
