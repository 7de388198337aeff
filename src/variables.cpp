// SPDX-License-Identifier: Apache-2.0
#include "variables.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "chain_text.h"
#include "error.h"
#include "validate.h"
#include "values.h"

namespace streamz {

namespace {

// One use of an option, for messages about it.
struct Use {
  const std::string &option, &name, &value;

  // Marks bytes [begin, end) of one of the words.
  [[noreturn]] void refuse(const std::string& text, std::string_view marked, std::size_t begin, std::size_t end,
                           const std::string& label) const {
    std::string line = option;
    Span span;
    for (const std::string* const word : {&name, &value}) {
      line += ' ';
      const std::string quoted = shell_quote(*word);
      if (word->data() == marked.data()) {
        // Where single quotes inside were escaped the place is lost.
        const std::size_t quote = quoted == *word ? 0 : 1;
        const bool kept = quoted.size() == word->size() + 2 * quote;
        span = {line.size() + (kept ? begin + quote : 0), line.size() + (kept ? end + quote : quoted.size())};
      }
      line += quoted;
    }
    // What is long is not shown again.
    std::string place = line.size() < 400 ? "\n" + marked_line(line, span, label) : fmt::format(" ({})\n", label);
    place.pop_back();
    throw Error(fmt::format("{}: {}{}", option, text, place), {}, "usage");
  }
  [[noreturn]] void refuse_name(const std::string& text, const std::string& label) const {
    refuse(text, name, 0, name.size(), label);
  }
  [[noreturn]] void refuse_value(const std::string& text, const std::string& label) const {
    refuse(text, value, 0, value.size(), label);
  }
};

bool is_identifier(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto fits = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && is_letter(name[0]) && std::ranges::all_of(name, fits);
}

void check_name(const Use& use) {
  const std::string shown = printable(use.name);
  if (use.name.starts_with('$') && is_identifier(std::string_view(use.name).substr(1))) {
    use.refuse_name(fmt::format("`{}` is no name", shown),
                    fmt::format("without the dollar here: {} {}", use.option, shown.substr(1)));
  }
  if (!is_identifier(use.name)) {
    use.refuse_name(fmt::format("`{}` is no name", shown), "letters, digits and `_`; no digit first");
  }
  if (use.name == "state") use.refuse_name("`$state` is taken", "stages such as accumulate set it; take another name");
  if (use.name == "ENV" || use.name == "ARGS" || use.name == "__loc__") {
    use.refuse_name(fmt::format("`${}` is taken", use.name), "it is jq's own; take another name");
  }
}

// The first byte that is no UTF-8.
std::optional<JsonFault> utf8_fault(std::string_view text) {
  std::optional<JsonFault> fault = validate_json(json_quote(text));
  if (!fault) return std::nullopt;
  std::size_t at = 0, quoted = 1;
  while (quoted < fault->offset) quoted += json_quote(text.substr(at++, 1)).size() - 2;
  return JsonFault{fault->what, at};
}

std::string from_argument(const Use& use) {
  if (const auto fault = utf8_fault(use.value)) {
    use.refuse(fmt::format("`{}` is not UTF-8", printable(use.name)), use.value, fault->offset, fault->offset + 1,
               fault->what);
  }
  return json_quote(use.value);
}

std::string from_json(const Use& use) {
  const std::string_view text = use.value;
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    use.refuse_value(fmt::format("`{}` has no value", use.name), "write null, 0, '\"text\"', [] or {}");
  }
  const std::optional<JsonFault> fault = validate_json(text);
  if (!fault) return use.value;
  const bool word = text.find_first_of("{}[]\",:0123456789") == std::string_view::npos;
  const std::size_t at = std::min(fault->offset, text.size() - 1);
  use.refuse(fmt::format("`{}` is not JSON", use.name), text, at, at + 1,
             word ? fmt::format("{}; for a text use --arg", fault->what) : fault->what);
}

std::string file_text(const Use& use) {
  if (use.value == "-") use.refuse_value("standard input is the chain's", "name a file");
  try {
    return read_file(use.value);
  } catch (const Error& error) {
    const std::string_view words = error.what();
    use.refuse_value("cannot read " + printable(use.value), std::string(words.substr(words.rfind(": ") + 2)));
  }
}

[[noreturn]] void refuse_file(const Use& use, std::string_view text, const JsonFault& fault) {
  const LineColumn place = line_and_column(text, fault.offset);
  use.refuse_value(fmt::format("{}:{}:{}: {}", printable(use.value), place.line, place.column, fault.what),
                   fmt::format("line {}, column {} of it", place.line, place.column));
}

std::string from_raw_file(const Use& use) {
  const std::string text = file_text(use);
  if (const auto fault = utf8_fault(text)) refuse_file(use, text, *fault);
  return json_quote(text);
}

// All values of the file, in an array.
std::string from_slurped_file(const Use& use) {
  const std::string text = file_text(use);
  std::string all = "[";
  ValueSplitter splitter(ValueSplitter::arrays_whole);
  ValueSplitter::Found found = splitter.next(text, true);
  for (; found == ValueSplitter::Found::value; found = splitter.next(text, true)) {
    const std::string_view value = splitter.value(text);
    if (auto fault = validate_json(value)) {
      fault->offset += splitter.begin();
      refuse_file(use, text, *fault);
    }
    if (all.size() > 1) all += ',';
    all += value;
  }
  if (found == ValueSplitter::Found::fault) refuse_file(use, text, splitter.fault());
  return all + "]";
}

}  // namespace

void Variables::add(const std::string& option, const std::string& name, const std::string& value) {
  const Use use{option, name, value};
  check_name(use);
  for (const Given& given : given_) {
    if (given.name == name) {
      use.refuse_name(fmt::format("`{}` is given twice", name), fmt::format("the first is of {}", given.option));
    }
  }
  const auto read = option == "--arg"       ? from_argument
                    : option == "--argjson" ? from_json
                    : option == "--rawfile" ? from_raw_file
                                            : from_slurped_file;
  given_.push_back({option, name, read(use)});
}

std::vector<std::pair<std::string, std::string>> Variables::with_args() const {
  std::vector<std::pair<std::string, std::string>> all;
  std::string named;
  for (const Given& given : given_) {
    all.emplace_back(given.name, given.json);
    named += fmt::format("{}{}:{}", named.empty() ? "" : ",", json_quote(given.name), given.json);
  }
  all.emplace_back("ARGS", fmt::format(R"({{"positional":[],"named":{{{}}}}})", named));
  return all;
}

}  // namespace streamz
