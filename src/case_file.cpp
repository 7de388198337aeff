// SPDX-License-Identifier: Apache-2.0
#include "case_file.h"

#include <algorithm>
#include <sstream>
#include <utility>

namespace streamz {

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out.push_back(text[i]);
      continue;
    }
    const char c = text[++i];
    if (c == 'x' && i + 2 < text.size()) {
      out.push_back(static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16)));
      i += 2;
    } else {
      out.push_back(c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == '0' ? '\0' : c);
    }
  }
  return out;
}

std::vector<std::string> split_values(std::string_view text) {
  std::vector<std::string> values;
  std::string value;
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!in_string && depth == 0 && (c == ' ' || c == '\t')) {
      if (!value.empty()) values.push_back(std::exchange(value, {}));
      continue;
    }
    value.push_back(c);
    if (in_string) {
      if (c == '\\' && i + 1 < text.size()) value.push_back(text[++i]);
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  if (!value.empty()) values.push_back(value);
  return values;
}

namespace {

Step parse_step(std::string_view line, int number) {
  Step step{Step::input, {}, {}, {}, number};
  const char mark = line.front();
  line.remove_prefix(1);
  if (mark == '<' && line.starts_with('<')) {
    step.kind = Step::raw;
    step.text = unescaped(line.substr(std::min<std::size_t>(line.size(), 2)));
    return step;
  }
  const std::size_t blank = std::min(line.find(' '), line.size());
  const std::string word(line.substr(0, blank));
  std::string rest(line.substr(std::min(line.size(), blank + 1)));
  switch (mark) {
    case '@':
      step.kind = Step::pass_time;
      break;
    case '!':
      step.kind = Step::error;
      break;
    case '>':
      step.kind = Step::expect;
      break;
    case '+':
      step.kind = Step::make_file;
      break;
    case '=':
      step.kind = Step::expect_file;
      break;
    default:
      break;
  }
  if (mark == '+' || mark == '=') {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    step.name = rest.substr(0, end);
    rest = unescaped(rest.substr(std::min(rest.size(), end + 1)));
  }
  step.port = word;
  step.text = std::move(rest);
  return step;
}

}  // namespace

std::vector<Case> parse_cases(std::string_view text) {
  std::vector<Case> cases;
  Case current;
  int number = 0;
  const auto finish = [&] {
    if (!current.chain.empty()) cases.push_back(std::move(current));
    current = Case{};
  };
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty()) {
      finish();
    } else if (line.front() == '#') {
      continue;
    } else if (!current.chain.empty() && std::string_view("<>@!+=").find(line.front()) != std::string_view::npos) {
      current.steps.push_back(parse_step(line, number));
    } else {
      if (current.chain.empty()) current.line = number;
      current.chain += (current.chain.empty() ? "" : "\n") + line;
    }
  }
  finish();
  return cases;
}

}  // namespace streamz
