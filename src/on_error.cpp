// SPDX-License-Identifier: Apache-2.0
#include "on_error.h"

#include <charconv>

#include <fmt/format.h>

#include "error.h"
#include "streamz/record.h"

namespace streamz {

namespace {

constexpr unsigned kMostRetries = 1000;

bool read_word(std::string_view word, OnError::Then& then) {
  if (word == "fail") then = OnError::fail;
  if (word == "skip") then = OnError::skip;
  if (word == "dead") then = OnError::dead;
  return word == "fail" || word == "skip" || word == "dead";
}

bool read_retries(std::string_view number, unsigned& retries) {
  const char* const end = number.data() + number.size();
  const auto [stopped, error] = std::from_chars(number.data(), end, retries);
  return error == std::errc() && stopped == end && retries >= 1 && retries <= kMostRetries;
}

}  // namespace

OnError parse_on_error(std::string_view text) {
  OnError policy;
  constexpr std::string_view kRetry = "retry:";
  if (!text.starts_with(kRetry)) {
    if (read_word(text, policy.then)) return policy;
    throw Error(fmt::format("`{}` is no value of `on_error`", printable(text)), "use fail, skip, dead or retry:N");
  }
  const std::string_view rest = text.substr(kRetry.size());
  const std::size_t comma = rest.find(',');
  if (!read_retries(rest.substr(0, comma), policy.retries)) {
    throw Error(fmt::format("`{}` is no number of retries", printable(rest.substr(0, comma))),
                fmt::format("retry:N with N between 1 and {}", kMostRetries));
  }
  if (comma != rest.npos && !read_word(rest.substr(comma + 1), policy.then)) {
    throw Error(fmt::format("`{}` cannot follow the retries", printable(rest.substr(comma + 1))),
                "use fail, skip or dead");
  }
  return policy;
}

}  // namespace streamz
