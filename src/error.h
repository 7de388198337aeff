// SPDX-License-Identifier: Apache-2.0
// Everything the tool says when something is wrong: one shape, one printer, one table of codes.
// Goes in: diagnostics of all steps. Goes out: text or JSON on standard error.
// Tested by tests/error_test.cpp and by every case that expects an error.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "streamz/record.h"

namespace streamz {

// Memory that there is no more of, whoever asked for it.
inline constexpr const char* kMemoryError = "E0904";
// What could not be written; the writer has tried again as often as it was told to.
inline constexpr const char* kWriteError = "E0902";

// Bytes [begin, end) of the chain as it is shown to the user (Chain::text). Empty: no place.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool empty() const { return begin >= end; }
};

// error[CODE]: message / the chain with a caret and a label / "= note", "= help", "= file", "= fix".
struct Diagnostic {
  std::string code;  // "E0101"; a warning begins with W
  std::string message;
  Span span;
  std::string label;                                       // stands right of the carets
  std::vector<std::pair<std::string, std::string>> notes;  // {"help", "streamz plugins list --kind node"}
  std::string fix;  // the whole chain, corrected; only ever a mechanical edit of what was typed

  Diagnostic& note(std::string kind, std::string text) {
    notes.emplace_back(std::move(kind), std::move(text));
    return *this;
  }
  bool is_warning() const { return !code.empty() && code.front() == 'W'; }
};

// Collects what the steps find, so that all errors of a chain are reported and not the first alone.
class Problems {
 public:
  Diagnostic& add(std::string code, std::string message, Span span = {}, std::string label = {});
  bool has_errors() const;
  const std::vector<Diagnostic>& all() const { return list_; }
  std::vector<Diagnostic>& all() { return list_; }

  // The chain text the spans point into. Diagnostics are printed in the order of their place.
  std::string text;

 private:
  std::vector<Diagnostic> list_;
};

enum class ErrorFormat { text, json };
enum class Color { automatic, always, never };

// Line and column of a byte, both from 1; columns count code points.
struct LineColumn {
  std::size_t line = 1;
  std::size_t column = 1;
};
LineColumn line_and_column(std::string_view text, std::size_t offset);

// The line of the span, and the carets under it with the label. It ends with a newline.
std::string marked_line(std::string_view text, Span span, const std::string& label);

// Prints one diagnostic for a chain, as language help shows it; multi-line chains show the line of
// the span. `color` is decided by the caller.
std::string to_text(const Diagnostic& diagnostic, std::string_view chain_text, bool color = false);
std::string to_json(const Diagnostic& diagnostic, std::string_view chain_text);  // one line
void print(const Problems& problems, ErrorFormat format, bool color);            // on stderr

// A code's row: what it is called where Python would raise it, and what it means ("streamz help E0110").
struct CodeInfo {
  const char* code;
  const char* type;  // UnknownStage, ManifestError, ...; "" where there is none
  const char* meaning;
};
const std::vector<CodeInfo>& code_table();
const CodeInfo* find_code(std::string_view code);

// The nearest of `candidates` within edit distance 2 (transpositions count 1; 1 for names of up to 3
// letters), or "".
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

// With a star for each character of what follows `password=`, `secret=` and their like: nothing that is shown or kept
// of a chain gives a secret away.
std::string masked(std::string_view text);

// Control characters and bytes that are not UTF-8 become \n, \x1b, ...; for quoting foreign text in a
// message. At most `limit` bytes, then "…".
std::string printable(std::string_view text, std::size_t limit = 80);

}  // namespace streamz
