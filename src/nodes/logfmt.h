// SPDX-License-Identifier: Apache-2.0
// A line of key=value pairs as a JSON object. Header only. Tested by tests/cases/parse.test.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../streamz/record.h"
#include "../streamz/text.h"

namespace streamz {

class LogfmtLine {
 public:
  explicit LogfmtLine(std::string_view line) : rest_(line) {}

  // Throws Error when the line has no pair, or a quote is not closed.
  std::string to_json() {
    bool any_pair = false;
    for (skip_blanks(); !rest_.empty(); skip_blanks()) {
      const std::string_view key = take_until(" \t=");
      if (key.empty()) throw Error("a `=` has no key before it");
      const bool pair = rest_.starts_with('=');
      if (pair) rest_.remove_prefix(1);
      any_pair |= pair;
      set(text::quoted(key), pair ? value() : "true");
    }
    if (!any_pair) throw Error("there is no key=value in it");
    std::string out = "{";
    for (const auto& [key, value] : fields_) {
      if (out.size() > 1) out += ',';
      out.append(key).append(":").append(value);
    }
    return out += '}';
  }

 private:
  std::string_view rest_;
  std::vector<std::pair<std::string, std::string>> fields_;

  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }

  std::string_view take_until(const char* ends) {
    const std::string_view taken = rest_.substr(0, rest_.find_first_of(ends));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string value() {
    if (!rest_.starts_with('"')) return text::number_or_string(take_until(" \t"));
    std::string out;
    std::size_t at = 1;
    for (; at < rest_.size() && rest_[at] != '"'; ++at) {
      const bool escape = rest_[at] == '\\' && at + 1 < rest_.size();
      const char c = escape ? rest_[++at] : rest_[at];
      out += !escape ? c : c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
    }
    if (at == rest_.size()) throw Error("a quote is not closed");
    rest_.remove_prefix(at + 1);
    return text::quoted(out);
  }

  // Of a key that is there twice the last counts, as in JSON.
  void set(std::string key, std::string value) {
    const auto found =
        std::find_if(fields_.begin(), fields_.end(), [&](const auto& field) { return field.first == key; });
    if (found == fields_.end()) {
      fields_.emplace_back(std::move(key), std::move(value));
    } else {
      found->second = std::move(value);
    }
  }
};

inline std::string logfmt_to_json(std::string_view line) { return LogfmtLine(line).to_json(); }

}  // namespace streamz
