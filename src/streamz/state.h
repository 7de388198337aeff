// SPDX-License-Identifier: Apache-2.0
// What a stage writes down of itself in save() and takes up again in restore(): rows of a name and a JSON
// text, in the order in which they were added. Include <streamz/plugin.h>, not this.
// Tested by `streamz test --restore` over every case file.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record.h"
#include "text.h"

namespace streamz {

class State {
 public:
  // A name may come more than once: held records are a row each. `json_text` is one JSON value.
  void add(std::string_view name, std::string_view json_text) {
    rows_.push_back({std::string(name), std::string(json_text)});
  }
  void add(std::string_view name, std::int64_t number) { add(name, std::to_string(number)); }
  void add(std::string_view name, Time time) {
    add(name, static_cast<std::int64_t>(time.time_since_epoch() / Duration(1)));
  }
  template <class Records>
  void add_all(std::string_view name, const Records& held) {
    for (const Record& x : held) add(name, x.raw());
  }

  // Held records as one JSON text, for text::each_element(): where several groups of them are saved.
  template <class Records>
  static std::string list_of(const Records& held) {
    std::string list = "[";
    for (const Record& x : held) {
      if (list.size() > 1) list += ',';
      list += x.raw();
    }
    return list += ']';
  }

  // Calls f(json_text) for each row of that name, in order.
  template <class F>
  void each(std::string_view name, F f) const {
    for (const Row& row : rows_) {
      if (row.name == name) f(std::string_view(row.text));
    }
  }
  // The first row of that name.
  std::optional<std::string_view> find(std::string_view name) const {
    for (const Row& row : rows_) {
      if (row.name == name) return row.text;
    }
    return std::nullopt;
  }
  // Throws Error when the row is missing or no integer: then this is no state of that stage.
  std::int64_t integer(std::string_view name) const { return number(name, find(name).value_or("")); }
  Time time(std::string_view name) const { return Time(Duration(integer(name))); }
  // A number of a row that is an array. Throws Error when there is none.
  template <class Number>
  static Number number_at(std::string_view array, long index) {
    const std::string_view digits = text::element(array, index).value_or("");
    Number number{};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc() && end == digits.data() + digits.size() && !digits.empty()) return number;
    throw Error("its saved state has no number " + std::to_string(index) + " in a list");
  }
  // Calls f(time) for each row of that name.
  template <class F>
  void each_time(std::string_view name, F f) const {
    each(name, [&](std::string_view text) { f(Time(Duration(number(name, text)))); });
  }

  struct Row {
    std::string name, text;
  };
  const std::vector<Row>& rows() const { return rows_; }

 private:
  static std::int64_t number(std::string_view name, std::string_view text);  // in stage.h: the host's

  std::vector<Row> rows_;
};

}  // namespace streamz
