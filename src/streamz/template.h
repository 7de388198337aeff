// SPDX-License-Identifier: Apache-2.0
// A text with holes, as a parameter of a stage: `orders-{.user}-%F.jsonl`. `{EXPR}` is what a jq program gives for the
// record, `{{` a brace. Used by the stages that write to many places.
// Tested by plugins/streamz_files/to_files.test.
#pragma once

#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "spec.h"
#include "text.h"

namespace streamz {

class Template {
 public:
  Template() = default;
  // Throws Error: a hole that is not closed or empty, or what its program is wrong with.
  explicit Template(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
      if (text[at] != '{') {
        literal() += text[at++];
      } else if (text.substr(at, 2) == "{{") {
        literal() += '{';
        at += 2;
      } else {
        const std::size_t end = end_of_hole(text, at);
        if (end == std::string_view::npos) throw Error("`{` is not closed", "a brace itself is written `{{`");
        pieces_.push_back({std::string(text.substr(at, end + 1 - at)), Expr(text.substr(at + 1, end - at - 1))});
        at = end + 1;
      }
    }
  }

  // The text before the first hole.
  std::string_view begin() const {
    return pieces_.empty() || pieces_.front().expr ? std::string_view() : std::string_view(pieces_.front().text);
  }
  bool is_literal() const { return pieces_.empty() || (pieces_.size() == 1 && !pieces_.front().expr); }
  // Calls literal(text) and value(text, hole) in turn, in the order of the template. A string is its characters, a
  // number or a boolean its JSON; anything else, and no result, is the record's fault.
  template <class Literal, class Value>
  void render(const Record& x, Literal literal, Value value) {
    for (Piece& piece : pieces_) {
      if (!piece.expr) {
        literal(std::string_view(piece.text));
        continue;
      }
      bool any = false;
      piece.expr.each(x, [&](JsonText result) {
        any = true;
        const std::string_view json = text::trimmed(result.text);
        if (json.starts_with('"')) {
          value(text::decoded(json), piece.text);
        } else if (json == "true" || json == "false" || text::is_number(json)) {
          value(std::string(json), piece.text);
        } else {
          refuse(piece, text::kind_of(json));
        }
        return false;
      });
      if (!any) refuse(piece, "nothing");
    }
  }

 private:
  struct Piece {
    std::string text;  // of a hole with its braces
    Expr expr;
  };
  std::vector<Piece> pieces_;

  [[noreturn]] static void refuse(const Piece& hole, const std::string& what) {
    const std::string program = hole.text.substr(1, hole.text.size() - 2);
    const std::string hint = what == "null" || what == "nothing" ? "`{" + program + " // \"none\"}` gives it a value"
                                                                 : "a text, a number or a boolean can stand there";
    throw Error("`" + hole.text + "` is " + what, hint, kRecordError);
  }

  std::string& literal() {
    if (pieces_.empty() || pieces_.back().expr) pieces_.emplace_back();
    return pieces_.back().text;
  }

  // A brace in a string or in inner braces is the program's.
  static std::size_t end_of_hole(std::string_view text, std::size_t at) {
    int depth = 0;
    for (; at < text.size(); ++at) {
      if (text[at] == '"') {
        for (++at; at < text.size() && text[at] != '"'; ++at) at += text[at] == '\\' ? 1 : 0;
      } else if (text[at] == '{') {
        ++depth;
      } else if (text[at] == '}' && --depth == 0) {
        return at;
      }
    }
    return std::string_view::npos;
  }
};

}  // namespace streamz
