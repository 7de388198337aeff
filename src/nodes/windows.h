// SPDX-License-Identifier: Apache-2.0
// Where the records of agg belong and when their groups go out: all of them together, windows side by side,
// sessions, or one window that slides. Goes in: a record's key and time, with its values read into the columns
// before; and how far time has come. Goes out: rows.
// Tested by tests/cases/agg.test and tests/windows_test.cpp.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "event_time.h"
#include "groups.h"

namespace streamz {

// When a stage gives its result.
struct When {
  enum Kind { update, change, final, regular } kind = final;
  Duration every{};  // of `regular`
};

struct Span {
  Time start, end;
};

// Makes a group's row and gives it away.
class Rows {
 public:
  using Emit = std::function<bool(JsonText row, const Acks& from)>;
  Rows(const By& by, const Columns& columns, const EventTime& time, Emit emit)
      : by_(by), columns_(columns), time_(time), emit_(std::move(emit)) {}

  std::size_t min_periods = 0;  // with fewer values a column is null

  // False: nobody wants more.
  bool one(const Groups& groups, Groups::Group& group, const std::optional<Span>& window, const Acks& from);
  bool all(const Groups& groups, const std::optional<Span>& window, const Acks& from);

 private:
  const By& by_;
  const Columns& columns_;
  const EventTime& time_;
  Emit emit_;
  std::string row_;
};

class Windows {
 public:
  virtual ~Windows() = default;
  // Whether records have to come in the order of their times.
  virtual bool ordered() const = 0;
  // Whether the window of a record of that time is over.
  virtual bool late(Time /*time*/) const { return false; }
  virtual void add(std::string_view key, Time time, const Record& x) = 0;
  // Of all records together: those that others have put into groups.
  virtual void merge(const Groups& /*later*/, const Record& /*from*/) {}
  // No record before `time` follows: what is over goes out.
  virtual void come_to(Time /*time*/) {}
  // When come_to() has something to do, if no record comes.
  virtual Time next() const { return Time::max(); }
  virtual void end() = 0;
  virtual void save(State& state) const = 0;
  virtual void restore(const State& state) = 0;
};

// All records together. `grouped`: without it there is one group, also of nothing.
std::unique_ptr<Windows> all_together(const Columns& columns, Rows& rows, When when, bool grouped);
std::unique_ptr<Windows> side_by_side(const Columns& columns, Rows& rows, const EventTime& time, Duration length);
std::unique_ptr<Windows> side_by_side(const Columns& columns, Rows& rows, std::size_t records);
std::unique_ptr<Windows> sessions(const Columns& columns, Rows& rows, Duration gap);
// The last records, or those of the last while. The columns must be sliding ones.
std::unique_ptr<Windows> sliding(const Columns& columns, Rows& rows, When when, std::size_t records);
std::unique_ptr<Windows> sliding(const Columns& columns, Rows& rows, When when, Duration length);

}  // namespace streamz
