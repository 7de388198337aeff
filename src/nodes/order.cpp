// SPDX-License-Identifier: Apache-2.0
#include "order.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <vector>

#include "../streamz/text.h"

namespace streamz {

namespace {

int rank_of(std::string_view json) {
  switch (text::detail::first(json)) {
    case 'n':
      return 0;
    case 'f':
      return 1;
    case 't':
      return 2;
    case '"':
      return 4;
    case '[':
      return 5;
    case '{':
      return 6;
    default:
      return 3;
  }
}

template <class T>
int sign_of(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

// Numbers beyond all doubles are compared as the largest.
double real(std::string_view json) {
  double value = 0;
  const auto read = std::from_chars(json.data(), json.data() + json.size(), value);
  if (read.ec != std::errc::result_out_of_range) return value;
  const std::size_t exponent = json.find_first_of("eE");
  const bool small = exponent != json.npos && json.substr(exponent + 1).starts_with('-');
  if (small) return 0;
  return (json.starts_with('-') ? -1 : 1) * std::numeric_limits<double>::infinity();
}

int compare_numbers(std::string_view a, std::string_view b) {
  long whole_a = 0, whole_b = 0;
  const auto read_a = std::from_chars(a.data(), a.data() + a.size(), whole_a);
  const auto read_b = std::from_chars(b.data(), b.data() + b.size(), whole_b);
  const bool integers = read_a.ec == std::errc() && read_a.ptr == a.data() + a.size() && read_b.ec == std::errc() &&
                        read_b.ptr == b.data() + b.size();
  return integers ? sign_of(whole_a, whole_b) : sign_of(real(a), real(b));
}

// UTF-8 sorts as its characters do, byte by byte.
int compare_strings(std::string_view a, std::string_view b) {
  const bool plain = a.find('\\') == a.npos && b.find('\\') == b.npos;
  if (plain) return a.substr(1, a.size() - 2).compare(b.substr(1, b.size() - 2));
  return text::decoded(a).compare(text::decoded(b));
}

int compare_arrays(std::string_view a, std::string_view b) {
  std::vector<std::string_view> elements;
  text::each_element(b, [&](std::string_view element) { return elements.push_back(element), true; });
  std::size_t at = 0;
  int result = 0;
  text::each_element(a, [&](std::string_view element) {
    result = at == elements.size() ? 1 : compare_json(element, elements[at]);
    ++at;
    return result == 0;
  });
  return result == 0 && at < elements.size() ? -1 : result;
}

std::map<std::string, std::string_view> fields_of(std::string_view object) {
  std::map<std::string, std::string_view> fields;
  text::each_field(object, [&](std::string_view key, std::string_view value) { fields[text::decoded(key)] = value; });
  return fields;
}

int compare_objects(std::string_view a, std::string_view b) {
  const auto left = fields_of(a), right = fields_of(b);
  const auto key_less = [](const auto& x, const auto& y) { return x.first < y.first; };
  if (std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end(), key_less)) return -1;
  if (std::lexicographical_compare(right.begin(), right.end(), left.begin(), left.end(), key_less)) return 1;
  for (auto x = left.begin(), y = right.begin(); x != left.end(); ++x, ++y) {
    if (const int result = compare_json(x->second, y->second)) return result;
  }
  return 0;
}

std::string_view trimmed(std::string_view json) {
  json.remove_prefix(text::detail::skip_blanks(json, 0));
  while (!json.empty() && std::string_view(" \t\r\n").find(json.back()) != std::string_view::npos)
    json.remove_suffix(1);
  return json;
}

}  // namespace

int compare_json(std::string_view a, std::string_view b) {
  const int rank = rank_of(a), other = rank_of(b);
  if (rank != other) return rank - other;
  switch (rank) {
    case 3:
      return compare_numbers(trimmed(a), trimmed(b));
    case 4:
      return compare_strings(trimmed(a), trimmed(b));
    case 5:
      return compare_arrays(a, b);
    case 6:
      return compare_objects(a, b);
    default:
      return 0;
  }
}

}  // namespace streamz
