// SPDX-License-Identifier: Apache-2.0
// OUT=FN[:EXPR], as agg and rolling have it: a column reads the values of a record and adds them to the state
// of whatever the record belongs to. null, and what an expression does not give, is no value; each of several
// results is one. A sliding state can also let go of its oldest record.
// Tested by tests/cases/agg.test and tests/windows_test.cpp.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "../streamz/spec.h"

namespace streamz {

// Declares the free parameter `columns` of stage T.
template <class T>
auto describe_columns(Spec<T>& s, list<Call> T::*columns) {
  return s.param("OUT", columns, "a column of the result: a function of what EXPR gives, `.` when it is not given")
      .free()
      .required()
      .one_of(
          {"count", "sum", "mean", "min", "max", "var", "std", "median", "pNN", "first", "last", "nunique", "list"});
}
// What the help of these stages says about the functions.
extern const char* const column_help;

class Column {
 public:
  virtual ~Column() = default;

  // The values of x, for add(). Throws Error when one is of the wrong kind; no state has changed then.
  virtual void read(const Record& x) = 0;

  // A state lives in `size()` bytes of somebody else's, aligned to 16.
  virtual std::size_t size() const = 0;
  virtual void create(void* state) const = 0;
  virtual void destroy(void* state) const noexcept = 0;
  virtual void add(void* state) const = 0;
  virtual bool exact() const = 0;  // the order in which states with the values of x are merged makes no difference
  virtual void merge(void* state, void* later) const = 0;  // states that do not slide
  virtual void remove(void* state) const = 0;              // the values of the oldest record; sliding states
  virtual std::size_t values(void* state) const = 0;       // how many there are; sliding states
  virtual void write(void* state, std::string& out) const = 0;
  virtual void save(void* state, std::string& out) const = 0;  // as JSON text
  virtual void restore(void* state, std::string_view saved) const = 0;
};

// All columns of a stage; a state is one of each, one behind the other.
class Columns {
 public:
  // Takes the expressions out of `calls`.
  void bind(list<Call>& calls, bool sliding);

  void read(const Record& x) const;
  std::size_t size() const { return size_; }
  void create(char* state) const;
  void destroy(char* state) const noexcept;
  void add(char* state) const;
  // For states of records that came one after the other. Whether the functions are such that the result is the same,
  // bit for bit, as of one state, and the values of this record too.
  static bool combine(const list<Call>& calls);
  bool exact() const;
  void merge(char* state, char* later) const;
  void remove(char* state) const;
  // `,"OUT":value` for each. With fewer values than `min_periods` a column is null.
  void write(char* state, std::string& out, std::size_t min_periods = 0) const;
  std::string saved(char* state) const;
  void restore(char* state, std::string_view saved) const;

 private:
  struct Placed {
    std::unique_ptr<Column> column;
    std::size_t offset;
    std::string name;  // as a JSON string
  };
  std::vector<Placed> columns_;
  std::size_t size_ = 0;
};

}  // namespace streamz
