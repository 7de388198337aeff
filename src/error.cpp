// SPDX-License-Identifier: Apache-2.0
// The printer of diagnostics; see error.h. What each code means stands in error_codes.cpp.
// Tested by tests/error_test.cpp.
#include "error.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace streamz {
namespace {

// The length of the UTF-8 sequence at `at`, or 0 when the bytes there are none.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(at), second = byte(at + 1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(at + 1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second > 0x9F;
    return tail(at + 1) && tail(at + 2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool outside = (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
    return tail(at + 1) && tail(at + 2) && tail(at + 3) && !outside ? 4 : 0;
  }
  return 0;
}

// A terminal acts on control characters, and on U+0080 to U+009F as well.
bool is_control(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) return first < 0x20 || first == 0x7F;
  return sequence.size() == 2 && first == 0xC2 && static_cast<unsigned char>(sequence[1]) < 0xA0;
}

// One column for each code point, whatever is in the text.
std::string for_terminal(std::string_view text) {
  std::string shown;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(text, i);
    const std::string_view sequence = text.substr(i, std::max<std::size_t>(length, 1));
    if (sequence == "\t" || sequence == "\r") {
      shown += ' ';
    } else if (length == 0 || is_control(sequence)) {
      shown += '?';
    } else {
      shown += sequence;
    }
    i += sequence.size();
  }
  return shown;
}

std::size_t count_columns(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++count) i += std::max<std::size_t>(sequence_length(text, i), 1);
  return count;
}

struct Paint {
  bool on;
  std::string operator()(const char* style, const std::string& text) const {
    return on && !text.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", style, text) : text;
  }
};

std::string severity(const Diagnostic& diagnostic) { return diagnostic.is_warning() ? "warning" : "error"; }

// `style`: of the carets and what stands behind them.
std::string marked_line(std::string_view text, Span span, const std::string& label, const char* style,
                        const Paint& paint) {
  const std::size_t before = text.rfind('\n', span.begin == 0 ? 0 : span.begin - 1);
  const std::size_t begin = before == text.npos || span.begin == 0 ? 0 : before + 1;
  const std::size_t end = std::max(std::min(text.find('\n', span.begin), text.size()), span.begin);
  const std::string_view line = text.substr(begin, end - begin);
  const std::string_view marked = text.substr(span.begin, std::min(span.end, end) - span.begin);
  const std::string carets(std::max<std::size_t>(count_columns(marked), 1), '^');
  const std::string indent(count_columns(text.substr(begin, span.begin - begin)), ' ');
  return fmt::format("  | {}\n  | {}{}\n", for_terminal(line), indent,
                     paint(style, carets + (label.empty() ? "" : " ") + label));
}

// Of a chain of several lines only those that change.
std::string changed_lines(std::string_view text, std::string_view fix) {
  std::size_t first = 0;
  const std::size_t most = std::min(text.size(), fix.size());
  for (std::size_t i = 0; i < most && text[i] == fix[i]; ++i) {
    if (text[i] == '\n') first = i + 1;
  }
  std::size_t last = 0;  // bytes of whole lines that both have at their end
  for (std::size_t i = 1; i <= most - first && text[text.size() - i] == fix[fix.size() - i]; ++i) {
    if (fix[fix.size() - i] == '\n') last = i;
  }
  const std::string_view changed = fix.substr(first, fix.size() - first - last);
  std::string shown;
  for (const char c : changed.empty() ? fix : changed)
    shown += c == '\n' ? std::string("\n          ") : std::string(1, c);
  return shown;
}

std::string note_line(const std::string& kind, const std::string& text) {
  // One column for the usual kinds: "help: x" and "fix:  x"; and so for a fix that goes on: "or, …:  x".
  return fmt::format("  = {}:{} {}\n", kind, kind.size() == 4 || kind == "record" ? "" : " ", text);
}

}  // namespace

Diagnostic& Problems::add(std::string code, std::string message, Span span, std::string label) {
  for (Diagnostic& said : list_) {
    const bool same = said.code == code && said.span.begin == span.begin && said.span.end == span.end;
    if (same && said.message == message) return said;  // a reference that is fed and read is looked at twice
  }
  list_.push_back({std::move(code), std::move(message), span, std::move(label), {}, {}});
  return list_.back();
}

bool Problems::has_errors() const {
  return std::any_of(list_.begin(), list_.end(), [](const Diagnostic& one) { return !one.is_warning(); });
}

std::string masked(std::string_view text) {
  // "sword": also where password was mistyped.
  static constexpr std::string_view secrets[] = {"sword", "passwd", "passphrase", "secret", "token", "key.pem"};
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t equals = std::min(text.find('=', at), text.size() - 1);
    out += text.substr(at, equals + 1 - at);
    at = equals + 1;
    constexpr std::size_t longest = 10;
    std::string before(text.substr(equals - std::min(equals, longest), std::min(equals, longest)));
    std::transform(before.begin(), before.end(), before.begin(), [](unsigned char c) { return std::tolower(c); });
    const auto is_end = [&](std::string_view secret) { return before.ends_with(secret); };
    if (text.substr(at, 1) == "=" || std::none_of(std::begin(secrets), std::end(secrets), is_end)) continue;
    if (at < text.size() && (text[at] == '\'' || text[at] == '"')) out += text[at++];
    const std::size_t end = std::min(text.find_first_of(" \t\r\n,'\")\\\x1b", at), text.size());
    for (; at < end; at += std::max<std::size_t>(sequence_length(text, at), 1)) out += '*';
    at = end;
  }
  return out;
}

LineColumn line_and_column(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t newline = before.rfind('\n');
  const std::string_view line = newline == before.npos ? before : before.substr(newline + 1);
  return {static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1, count_columns(line) + 1};
}

std::string marked_line(std::string_view text, Span span, const std::string& label) {
  return marked_line(text, span, label, "", Paint{false});
}

std::string to_text(const Diagnostic& diagnostic, std::string_view chain_text, bool color) {
  const Paint paint{color};
  const std::string code = diagnostic.code.empty() ? "" : "[" + diagnostic.code + "]";
  std::string out = paint(diagnostic.is_warning() ? "1;33" : "1;31", severity(diagnostic) + code);
  out += ": " + paint("1", diagnostic.message) + "\n";
  if (!diagnostic.span.empty() && diagnostic.span.begin < chain_text.size()) {
    out += marked_line(chain_text, diagnostic.span, diagnostic.label, diagnostic.is_warning() ? "33" : "31", paint);
  } else if (!diagnostic.label.empty()) {
    out += note_line("help", diagnostic.label);
  }
  std::string fix = diagnostic.fix.empty() ? "" : note_line("fix", changed_lines(chain_text, diagnostic.fix));
  for (const auto& [kind, text] : diagnostic.notes) {
    if (kind.starts_with("or,")) out += std::exchange(fix, "");  // an alternative to the fix comes after it
    out += note_line(kind, text);
  }
  return masked(out + fix);
}

std::string to_json(const Diagnostic& diagnostic, std::string_view chain_text) {
  json notes = json::array();
  for (const auto& [kind, text] : diagnostic.notes) notes.push_back({{"kind", kind}, {"text", text}});
  json line, column, begin, end;  // null where there is no place
  if (!diagnostic.span.empty()) {
    const LineColumn place = line_and_column(chain_text, diagnostic.span.begin);
    line = place.line;
    column = place.column;
    begin = diagnostic.span.begin;
    end = diagnostic.span.end;
  }
  const json fix = diagnostic.fix.empty() ? json() : json(diagnostic.fix);
  const json object = {{"code", diagnostic.code},
                       {"severity", severity(diagnostic)},
                       {"message", diagnostic.message},
                       {"line", line},
                       {"column", column},
                       {"begin", begin},
                       {"end", end},
                       {"label", diagnostic.label},
                       {"notes", notes},
                       {"fix", fix}};
  return masked(object.dump(-1, ' ', false, json::error_handler_t::replace));
}

void print(const Problems& problems, ErrorFormat format, bool color) {
  if (problems.all().empty()) return;
  std::vector<const Diagnostic*> sorted;
  for (const Diagnostic& one : problems.all()) sorted.push_back(&one);
  const auto place = [](const Diagnostic* one) { return one->span.empty() ? std::string::npos : one->span.begin; };
  std::stable_sort(sorted.begin(), sorted.end(), [&](const auto* a, const auto* b) { return place(a) < place(b); });
  std::string out;
  for (const Diagnostic* one : sorted) {
    out += format == ErrorFormat::json ? to_json(*one, problems.text) + "\n" : to_text(*one, problems.text, color);
  }
  std::fwrite(out.data(), 1, out.size(), stderr);
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  const std::size_t limit = word.size() <= 3 ? 1 : 2;
  std::size_t best = limit + 1;
  std::string result;
  std::vector<std::size_t> older, old, row;
  for (const std::string& candidate : candidates) {
    const std::size_t longer = std::max(word.size(), candidate.size());
    if (longer - std::min(word.size(), candidate.size()) > limit) continue;
    // Rows of the Damerau-Levenshtein table: two rows ago, one row ago, this one. No later row is below the
    // least of the last two.
    older.assign(candidate.size() + 1, 0);
    row = old = older;
    for (std::size_t j = 0; j < old.size(); ++j) old[j] = j;
    for (std::size_t i = 1; i <= word.size(); ++i) {
      row[0] = i;
      for (std::size_t j = 1; j <= candidate.size(); ++j) {
        const bool same = word[i - 1] == candidate[j - 1];
        row[j] = std::min({old[j] + 1, row[j - 1] + 1, old[j - 1] + (same ? 0 : 1)});
        const bool swapped = i > 1 && j > 1 && word[i - 1] == candidate[j - 2] && word[i - 2] == candidate[j - 1];
        if (swapped) row[j] = std::min(row[j], older[j - 2] + 1);
      }
      older.swap(old);
      old.swap(row);
      if (std::min(*std::ranges::min_element(old), *std::ranges::min_element(older)) > limit) break;
    }
    if (old.back() < best) {
      best = old.back();
      result = candidate;
    }
  }
  return result;
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string shown;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(text, i);
    const std::string_view sequence = text.substr(i, std::max<std::size_t>(length, 1));
    std::string piece(sequence);
    if (sequence == "\n" || sequence == "\t" || sequence == "\r") {
      piece = sequence == "\n" ? "\\n" : sequence == "\t" ? "\\t" : "\\r";
    } else if (length == 0 || is_control(sequence)) {
      piece.clear();
      for (const char c : sequence) piece += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    if (shown.size() + piece.size() > limit) return shown + "…";
    shown += piece;
    i += sequence.size();
  }
  return shown;
}

}  // namespace streamz
