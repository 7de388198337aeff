// SPDX-License-Identifier: Apache-2.0
#include "point.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <optional>

#include <streamz/spec.h>

using std::chrono::milliseconds;
using streamz::Error;

namespace {

// Seconds can have a fraction, which strptime does not read.
std::optional<std::int64_t> milliseconds_of(std::string text) {
  std::int64_t ms = 0;
  const std::size_t dot = text.find('.');
  if (dot != text.npos) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789", dot + 1), text.size());
    ms = std::atol((text.substr(dot + 1, end - dot - 1) + "000").substr(0, 3).c_str());
    text.erase(dot, end - dot);
  }
  for (const char* const form : {"%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z", "%Y-%m-%d"}) {
    std::tm parts{};
    const char* const end = strptime(text.c_str(), form, &parts);
    const long east = parts.tm_gmtoff;
    if (end != nullptr && *end == '\0') return (timegm(&parts) - east) * std::int64_t{1000} + ms;
  }
  return std::nullopt;
}

}  // namespace

Point Point::parse(const std::string& text) {
  if (text == "beginning") return {Kind::beginning};
  if (text == "end") return {Kind::end};
  try {
    long offset = 0;
    streamz::detail::host->read_argument(&offset, streamz::Type::integer, text);
    return {Kind::offset, offset};
  } catch (const Error&) {
  }
  if (const auto time = milliseconds_of(text)) return {Kind::time, *time};
  try {
    streamz::Duration ago{};
    streamz::detail::host->read_argument(&ago, streamz::Type::duration, text);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return {Kind::time, std::chrono::duration_cast<milliseconds>(now - ago).count()};
  } catch (const Error&) {
    throw Error("`" + text + "` is no point in a topic",
                "beginning, end, an offset, 2026-01-31T12:00:00Z, or 1h for an hour ago");
  }
}
