// SPDX-License-Identifier: Apache-2.0
#include "strict_json.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <new>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "error.h"
#include "streamz/record.h"

namespace streamz {

namespace {

constexpr std::size_t size_limit = 1 << 20;
constexpr int depth_limit = 32;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// Not JSON at all: perhaps the file is being written at this moment.
struct NotJson : Error {
  using Error::Error;
};

[[noreturn]] void refuse(const std::string& fact) { throw Error(fact, "", "E0141"); }

std::string read_file(const std::string& file) {
  // Not blocking: a FIFO must not hang the scan.
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const auto unreadable = [&] { refuse(fmt::format("cannot read {}: {}", file, std::strerror(errno))); };
  if (fd < 0) unreadable();
  const std::shared_ptr<void> closer(nullptr, [fd](void*) { close(fd); });
  struct stat info {};
  if (fstat(fd, &info) != 0) unreadable();
  if (!S_ISREG(info.st_mode)) refuse(fmt::format("{}: not a regular file", file));
  if (static_cast<std::size_t>(info.st_size) > size_limit) {
    refuse(fmt::format("{}: {} bytes, limit {}", file, info.st_size, size_limit));
  }
  std::string text(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    const ssize_t got = read(fd, text.data() + have, text.size() - have);
    if (got < 0) unreadable();
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  text.resize(have);
  return text;
}

// simdjson only says that it is wrong; where and why, nlohmann does.
[[noreturn]] void refuse_text(const std::string& file, const std::string& text) {
  const auto bounded = [&](int depth, json::parse_event_t event, const json& /*piece*/) {
    const bool opens = event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
    if (opens && depth >= depth_limit) refuse(fmt::format("{}: nested deeper than {}", file, depth_limit));
    return true;
  };
  try {
    [[maybe_unused]] const json unused = json::parse(text, bounded);
  } catch (const json::parse_error& error) {
    const std::string_view before = std::string_view(text).substr(0, error.byte > 0 ? error.byte - 1 : 0);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
    // "[…] parse error at line 1, column 24: syntax error while parsing value - REASON; last read: …"
    std::string reason = error.what();
    if (const auto dash = reason.find(" - "); dash != std::string::npos) reason.erase(0, dash + 3);
    if (const auto rest = reason.find("; last read"); rest != std::string::npos) reason.erase(rest);
    for (const std::string_view prefix : {"invalid string: ", "invalid number; "}) {
      if (reason.starts_with(prefix)) reason.erase(0, prefix.size());
    }
    throw NotJson(fmt::format("{}:{}:{}: not JSON: {}", file, line, column, printable(reason)), "", "E0141");
  } catch (const json::exception&) {
  }
  refuse(file + ": a number in it is out of range");
}

void require_no_nul(const std::string& file, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) refuse(file + ": a string holds a NUL character");
}

std::optional<std::string_view> key_twice(simdjson::dom::object object) {
  if (object.size() <= 1) return std::nullopt;
  std::vector<std::string_view> keys;
  keys.reserve(object.size());
  for (const auto& field : object) keys.push_back(field.key);
  const auto shorter = [](std::string_view a, std::string_view b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  };
  std::sort(keys.begin(), keys.end(), shorter);
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  return twice == keys.end() ? std::nullopt : std::optional(*twice);
}

// What simdjson lets pass. The depth is bounded by now.
void require_strict(const std::string& file, simdjson::dom::element value) {
  if (value.is_string()) require_no_nul(file, std::string_view(value));
  if (value.is_array()) {
    for (const simdjson::dom::element element : simdjson::dom::array(value)) require_strict(file, element);
  }
  if (!value.is_object()) return;
  const simdjson::dom::object object(value);
  for (const auto& [key, element] : object) {
    require_no_nul(file, key);
    require_strict(file, element);
  }
  if (const auto key = key_twice(object)) refuse(fmt::format("{}: key \"{}\" appears twice", file, printable(*key)));
}

const char* article(simdjson::dom::element value) {
  using simdjson::dom::element_type;
  switch (value.type()) {
    case element_type::OBJECT:
      return "an object";
    case element_type::ARRAY:
      return "an array";
    case element_type::STRING:
      return "a string";
    case element_type::BOOL:
      return "a boolean";
    case element_type::NULL_VALUE:
      return "null";
    default:
      return "a number";
  }
}

bool changed_just_now(const std::string& file) {
  struct stat info {};
  return stat(file.c_str(), &info) == 0 && std::time(nullptr) - info.st_ctime <= 2;
}

}  // namespace

simdjson::dom::element parse_strictly(simdjson::dom::parser& parser, const std::string& file, const std::string& text) {
  const std::size_t begin = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  if (parser.allocate(text.size() + simdjson::SIMDJSON_PADDING, depth_limit + 1) != simdjson::SUCCESS) {
    throw std::bad_alloc();
  }
  simdjson::dom::element top;
  if (parser.parse(text.data() + begin, text.size() - begin).get(top) != simdjson::SUCCESS) refuse_text(file, text);
  require_strict(file, top);
  return top;
}

simdjson::dom::element parse_strictly(simdjson::dom::parser& parser, const std::string& file) {
  try {
    return parse_strictly(parser, file, read_file(file));
  } catch (const NotJson&) {
    if (!changed_just_now(file)) throw;
  }
  // An installation may be writing it: `cmake --install` truncates, then writes.
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  return parse_strictly(parser, file, read_file(file));
}

void must_be(bool right, simdjson::dom::element value, const std::string& where, const char* what) {
  if (!right) refuse(fmt::format("{} must be {}, is {}", printable(where), what, article(value)));
}

StrictObject::StrictObject(Value value, std::string where) : where_(std::move(where)) {
  must_be(value.is_object(), value, where_, "an object");
  object_ = value;
}

std::optional<simdjson::dom::element> StrictObject::find(std::string_view key) const {
  Value found;
  if (object_.at_key(key).get(found) != simdjson::SUCCESS) return std::nullopt;
  return found;
}

std::string StrictObject::text(std::string_view key) const {
  const std::optional<Value> found = find(key);
  if (!found) return {};
  if (!found->is_string()) must_be(false, *found, below(key), "a string");
  return std::string(std::string_view(*found));
}

bool StrictObject::flag(std::string_view key) const {
  const std::optional<Value> found = find(key);
  if (!found) return false;
  if (!found->is_bool()) must_be(false, *found, below(key), "a boolean");
  return bool(*found);
}

std::optional<double> StrictObject::number(std::string_view key) const {
  const std::optional<Value> found = find(key);
  if (!found) return std::nullopt;
  if (!found->is_number()) must_be(false, *found, below(key), "a number");
  return double(*found);
}

std::vector<std::string> StrictObject::words(std::string_view key) const {
  std::vector<std::string> words;
  const std::optional<Value> found = find(key);
  if (!found) return words;
  if (!found->is_array()) must_be(false, *found, below(key), "an array");
  for (const Value element : simdjson::dom::array(*found)) {
    if (!element.is_string()) must_be(false, element, below(key) + '/' + std::to_string(words.size()), "a string");
    words.emplace_back(std::string_view(element));
  }
  return words;
}

}  // namespace streamz
