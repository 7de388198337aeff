// SPDX-License-Identifier: Apache-2.0
// Words to values and back; see values.h. Whether a word fits a parameter is argument_check.cpp's
// business. Every function throws only the fact.
// Tested by tests/values_test.cpp.
#include "values.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "columns.h"
#include "error.h"

namespace streamz {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

constexpr const char* out_of_range = "E0112";
constexpr const char* duration_help = "write 10s, 500ms or 1m30s";

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};
constexpr Unit duration_units[] = {
    {"w", 604'800'000'000'000},
    {"d", 86'400'000'000'000},
    {"h", 3'600'000'000'000},
    {"m", 60'000'000'000},
    {"s", 1'000'000'000},
    {"ms", 1'000'000},
    {"us", 1'000},
    {"ns", 1},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string quoted(std::string_view text) { return "`" + printable(text) + "`"; }

// "1_000" is 1000; an underscore anywhere but between two digits stays, and is refused as a digit.
std::string without_underscores(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool between =
        text[i] == '_' && i > 0 && i + 1 < text.size() && is_digit(text[i - 1]) && is_digit(text[i + 1]);
    if (!between) result += text[i];
  }
  return result;
}

std::optional<double> to_double(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

// How many bytes of `text` are an unsigned decimal number: "1.5" of "1.5s".
std::size_t number_length(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size() && (is_digit(text[i]) || text[i] == '_')) ++i;
  if (i > 0 && i + 1 < text.size() && text[i] == '.' && is_digit(text[i + 1])) {
    ++i;
    while (i < text.size() && is_digit(text[i])) ++i;
  }
  return i;
}

std::optional<std::uint64_t> power_of(std::uint64_t base, std::string_view letter) {
  static constexpr std::string_view letters = "KMGTPE";
  if (letter == "k") letter = "K";
  const auto exponent = letter.size() == 1 ? letters.find(letter[0]) : std::string_view::npos;
  if (exponent == std::string_view::npos) return std::nullopt;
  std::uint64_t result = base;
  for (std::size_t i = 0; i < exponent; ++i) result *= base;
  return result;
}

// "": 1, "K" and "KiB": 1024, "KB": 1000.
std::optional<std::uint64_t> size_unit(std::string_view unit) {
  if (unit.empty() || unit == "B") return 1;
  if (unit.ends_with("iB")) return power_of(1024, unit.substr(0, unit.size() - 2));
  if (unit.ends_with("B")) return power_of(1000, unit.substr(0, unit.size() - 1));
  return power_of(1024, unit);
}

const Unit* find_unit(std::string_view name) {
  const auto* found = std::find_if(std::begin(duration_units), std::end(duration_units),
                                   [&](const Unit& unit) { return unit.name == name; });
  return found == std::end(duration_units) ? nullptr : found;
}

// Number times unit, in nanoseconds; whole numbers stay exact.
std::int64_t scaled(std::string_view text, std::string_view number, std::int64_t unit) {
  const Error too_long(quoted(text) + " is too long a duration", "at most about 292 years", out_of_range);
  const std::string digits = without_underscores(number);
  std::int64_t whole = 0, result = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
  if (error == std::errc() && end == digits.data() + digits.size()) {
    if (__builtin_mul_overflow(whole, unit, &result)) throw too_long;
    return result;
  }
  const double value = to_double(digits).value_or(1e300) * static_cast<double>(unit);
  if (value >= 9.2e18) throw too_long;
  return std::llround(value);
}

std::string shortest(double value) { return fmt::format("{}", value); }

}  // namespace

long parse_integer(std::string_view text) {
  const std::string clean = without_underscores(text);
  const std::string_view digits = std::string_view(clean).substr(clean.starts_with('+') ? 1 : 0);
  const Error not_one(quoted(text) + " is not a whole number");
  const Error too_large(quoted(text) + " is beyond 64 bits", {}, out_of_range);
  long value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const std::string_view rest(end, static_cast<std::size_t>(digits.data() + digits.size() - end));
  if (error == std::errc() && rest.empty()) return value;
  if (error == std::errc()) {
    if (const auto unit = power_of(1024, rest)) {
      if (__builtin_mul_overflow(value, static_cast<long>(*unit), &value)) throw too_large;
      return value;
    }
  }
  const auto real = to_double(digits);
  if (!real || *real != std::floor(*real)) throw not_one;
  if (std::abs(*real) >= 9.2e18) throw too_large;
  return static_cast<long>(*real);
}

double parse_number(std::string_view text) {
  const std::string clean = without_underscores(text);
  const auto value = to_double(std::string_view(clean).substr(clean.starts_with('+') ? 1 : 0));
  if (!value) throw Error(quoted(text) + " is not a number");
  return *value;
}

bool parse_boolean(std::string_view text) {
  if (text == "true" || text == "yes") return true;
  if (text == "false" || text == "no") return false;
  throw Error(quoted(text) + " is not true or false", "use true, false, yes or no");
}

Duration parse_duration(std::string_view text) {
  std::int64_t total = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t digits = number_length(rest);
    const std::string_view number = rest.substr(0, digits);
    if (digits == 0) throw Error(quoted(text) + " is not a duration", duration_help);
    rest.remove_prefix(digits);
    const auto letters = static_cast<std::size_t>(
        std::find_if(rest.begin(), rest.end(), [](char c) { return is_digit(c) || c == '.'; }) - rest.begin());
    const std::string_view name = rest.substr(0, letters);
    const bool bare = name.empty() && number.size() == text.size();
    const Unit* unit = bare ? find_unit("s") : find_unit(name);
    if (unit == nullptr) {
      throw Error(quoted(text) + " is not a duration",
                  name.empty() ? std::string(duration_help)
                               : fmt::format("unit {} unknown: use ns us ms s m h d w", quoted(name)));
    }
    if (__builtin_add_overflow(total, scaled(text, number, unit->nanoseconds), &total)) {
      throw Error(quoted(text) + " is too long a duration", "at most about 292 years", out_of_range);
    }
    rest.remove_prefix(letters);
  }
  if (text.empty()) throw Error("a duration is missing", duration_help);
  if (total <= 0) throw Error(quoted(text) + " must be more than 0", {}, out_of_range);
  return Duration(total);
}

Size parse_size(std::string_view text) {
  std::size_t digits = number_length(text);
  auto unit = size_unit(text.substr(digits));
  std::optional<double> number = digits > 0 ? to_double(without_underscores(text.substr(0, digits))) : std::nullopt;
  if (!unit && to_double(text)) {  // 1e6
    unit = 1;
    number = to_double(text);
  }
  if (!number) throw Error(quoted(text) + " is not a size", "write 64K, 64KB or 1GiB");
  if (!unit) {
    throw Error(quoted(text) + " is not a size",
                fmt::format("unit {} unknown: use K M G T (1024) or KB MB GB TB (1000)", quoted(text.substr(digits))));
  }
  const double bytes = *number * static_cast<double>(*unit);
  if (bytes < 0 || bytes >= 1.8e19) throw Error(quoted(text) + " is beyond 64 bits", {}, out_of_range);
  return Size{static_cast<std::uint64_t>(std::llround(bytes))};
}

Rate parse_rate(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string number = without_underscores(text.substr(0, slash));
  const auto count = to_double(number);
  if (slash == std::string_view::npos || !count) {
    throw Error(quoted(text) + " is not a rate",
                count ? fmt::format("{} what? {}/s", text, text) : std::string("write 10/s or 600/m"));
  }
  const std::string_view per = text.substr(slash + 1);
  double seconds = 0;
  if (const Unit* unit = find_unit(per)) {
    seconds = static_cast<double>(unit->nanoseconds) / 1e9;
  } else {
    if (!per.empty() && is_digit(per.back())) throw Error(quoted(text) + " is not a rate", "write 10/s or 600/m");
    try {
      seconds = static_cast<double>(parse_duration(per).count()) / 1e9;
    } catch (const Error& error) {
      throw Error(quoted(text) + " is not a rate", error.hint == duration_help ? "write 10/s or 600/m" : error.hint);
    }
  }
  if (*count <= 0) throw Error(quoted(text) + " must be more than 0", {}, out_of_range);
  return Rate{*count / seconds};
}

std::string parse_path(std::string_view text) {
  if (text.empty()) throw Error("the path is empty", {}, out_of_range);
  if (text.find('\0') != std::string_view::npos) throw Error(quoted(text) + " is not a path: it holds a zero byte");
  if (!text.starts_with("~/")) return std::string(text);
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') throw Error(quoted(text) + " cannot be expanded: HOME is not set");
  return home + std::string(text.substr(1));
}

std::string parse_json(std::string_view text) {
  if (text.empty()) throw Error("a JSON value is missing", "write null, 0, \"text\", [] or {}", out_of_range);
  if (!nlohmann::json::accept(text)) {
    const bool word = text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_ ") == text.npos;
    throw Error(quoted(text) + " is not a JSON value",
                word ? fmt::format("a JSON text is quoted: '\"{}\"'", printable(text)) : std::string());
  }
  return std::string(text);
}

std::string to_text(Duration duration) {
  std::int64_t rest = duration.count();
  if (rest == 0) return "0s";
  std::string result = rest < 0 ? "-" : "";
  for (const Unit& unit : duration_units) {
    const std::int64_t count = std::abs(rest / unit.nanoseconds);
    if (count != 0) result += fmt::format("{}{}", count, unit.name);
    rest %= unit.nanoseconds;
  }
  return result;
}

std::string to_text(Rate rate) {
  for (const auto& [per, name] : {std::pair{1.0, "s"}, {60.0, "m"}, {3600.0, "h"}, {86400.0, "d"}}) {
    const double count = rate.per_second * per;
    if (count >= 1 && count < 1e15 && count == std::floor(count) && count / per == rate.per_second) {
      return fmt::format("{:.0f}/{}", count, name);
    }
  }
  return shortest(rate.per_second) + "/s";
}

std::string to_text(Size size) {
  static constexpr const char* letters[] = {"", "K", "M", "G", "T", "P", "E"};
  std::uint64_t count = size.bytes;
  std::size_t letter = 0;
  for (; letter < 6 && count != 0 && count % 1024 == 0; ++letter) count /= 1024;
  return fmt::format("{}{}", count, letters[letter]);
}

std::vector<std::string_view> list_parts(std::string_view text, bool single_quotes) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  int depth = 0;
  const auto end_part = [&](std::size_t end) {
    std::string_view part = text.substr(begin, end - begin);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    parts.push_back(part);
    begin = end + 1;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      while (++i < text.size() && text[i] != '"') i += text[i] == '\\' ? 1 : 0;
    } else if (c == '\'' && single_quotes) {
      i = std::min(text.find('\'', i + 1), text.size());
    } else if (c == '(' || c == '[' || c == '{') {
      ++depth;
    } else if (c == ')' || c == ']' || c == '}') {
      --depth;
    } else if (c == ',' && depth <= 0) {
      end_part(i);
    }
  }
  end_part(text.size());
  return parts;
}

std::vector<std::string> split_list(std::string_view text) {
  const std::vector<std::string_view> parts = list_parts(text, false);
  return {parts.begin(), parts.end()};
}

void read_argument(void* target, Type type, std::string_view text) {
  using Read = void (*)(void* target, std::string_view text);
  static constexpr Read readers[] = {
      [](void* target, std::string_view text) { *static_cast<long*>(target) = parse_integer(text); },
      [](void* target, std::string_view text) { *static_cast<double*>(target) = parse_number(text); },
      [](void* target, std::string_view text) { *static_cast<bool*>(target) = parse_boolean(text); },
      [](void* target, std::string_view text) { *static_cast<std::string*>(target) = text; },
      [](void* target, std::string_view text) { *static_cast<Duration*>(target) = parse_duration(text); },
      [](void* target, std::string_view text) { *static_cast<Size*>(target) = parse_size(text); },
      [](void* target, std::string_view text) { *static_cast<Rate*>(target) = parse_rate(text); },
      [](void* target, std::string_view text) { static_cast<Path*>(target)->name = parse_path(text); },
      [](void* target, std::string_view text) { static_cast<Json*>(target)->text = parse_json(text); },
      [](void* target, std::string_view text) { *static_cast<Expr*>(target) = Expr(text); },
      nullptr,
      [](void* target, std::string_view text) { *static_cast<Named*>(target) = parse_named(text); },
      [](void* target, std::string_view text) { *static_cast<Call*>(target) = parse_call(text); },
  };
  const auto index = static_cast<std::size_t>(type);
  if (index >= std::size(readers) || readers[index] == nullptr) throw Error("an enumeration is read by its words");
  readers[index](target, text);
}

// Zero is how a stage says "not given" where no user can write it: it is shown as nothing.
std::string show_argument(const void* target, Type type) {
  using Show = std::string (*)(const void* target);
  static constexpr Show printers[] = {
      [](const void* target) { return fmt::format("{}", *static_cast<const long*>(target)); },
      [](const void* target) { return shortest(*static_cast<const double*>(target)); },
      [](const void* target) { return std::string(*static_cast<const bool*>(target) ? "true" : "false"); },
      [](const void* target) { return *static_cast<const std::string*>(target); },
      [](const void* target) {
        const Duration value = *static_cast<const Duration*>(target);
        return value == Duration::zero() ? std::string() : to_text(value);
      },
      [](const void* target) {
        const Size value = *static_cast<const Size*>(target);
        return value.bytes == 0 ? std::string() : to_text(value);
      },
      [](const void* target) {
        const Rate value = *static_cast<const Rate*>(target);
        return value.per_second == 0 ? std::string() : to_text(value);
      },
      [](const void* target) { return static_cast<const Path*>(target)->name; },
      [](const void* target) { return static_cast<const Json*>(target)->text; },
  };
  const auto index = static_cast<std::size_t>(type);
  return index < std::size(printers) ? printers[index](target) : std::string();
}

std::string read_file(const std::string& name) {
  const std::unique_ptr<std::FILE, CloseFile> file(name == "-" ? stdin : std::fopen(name.c_str(), "re"));
  std::string text;
  char block[4096];
  while (file != nullptr && std::feof(file.get()) == 0 && std::ferror(file.get()) == 0) {
    text.append(block, std::fread(block, 1, sizeof block, file.get()));
  }
  if (file == nullptr || std::ferror(file.get()) != 0) {
    throw Error(fmt::format("{}: {}", printable(name), std::strerror(errno)), {}, "usage");
  }
  return text;
}

bool names_program_file(std::string_view word) {
  return word.starts_with('@') && (word.find('/') != std::string_view::npos || word.ends_with(".jq")) &&
         word.find_first_of(" \t\n|") == std::string_view::npos;
}

}  // namespace streamz
