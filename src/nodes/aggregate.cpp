// SPDX-License-Identifier: Apache-2.0
#include "aggregate.h"

#include <algorithm>
#include <charconv>
#include <new>

#include "fold_windows.h"

namespace streamz {

const char* const column_help =
    "Functions: count (of records; of values with EXPR), sum, mean, min, max, var and std (with n - 1), median, "
    "p50, p99.9 and so on (between the two nearest values), first, last, nunique (distinct values) and list. null "
    "and what is missing is left out by all of them; several results of EXPR are several values. Sums of integers "
    "are exact while they fit 64 bits. min and max go by jq's order; for the others, except first, last, nunique "
    "and list, a value that is no number is a record error.";

namespace {

// ---- functions: what a value is, what is kept of it, how the result is written

struct Nothing {};
struct CountedRecords : Counted {
  using Counted::add;
  void add(Nothing) { Counted::add(); }
};

struct Count {
  using Value = Nothing;
  using Fold = CountedRecords;
  static constexpr bool bag = false, canonical = false;
  static Value value(std::string_view) { return {}; }
  void write(const Fold& fold, std::string& out) const { append_number(out, fold.count); }
};

template <bool mean>
struct Sum {
  using Value = Number;
  using Fold = Total;
  static constexpr bool bag = false, canonical = false;
  static Value value(std::string_view json) { return read_number(json); }
  void write(const Fold& fold, std::string& out) const {
    if (mean) {
      append_number(out, fold.value() / static_cast<double>(fold.count));
    } else if (fold.integer) {
      append_number(out, fold.whole);
    } else {
      append_number(out, fold.value());
    }
  }
};

template <bool root>
struct Variance {
  using Value = Number;
  using Fold = Spread;
  static constexpr bool bag = false, canonical = false;
  static Value value(std::string_view json) { return read_number(json); }
  void write(const Fold& fold, std::string& out) const {
    append_number(out, root ? std::sqrt(fold.variance()) : fold.variance());
  }
};

template <class Picks>
struct Pick {
  using Value = std::string;
  using Fold = Picks;
  static constexpr bool bag = false, canonical = false;
  static Value value(std::string_view json) { return std::string(json); }
  void write(const Fold& fold, std::string& out) const { out += fold.text.value_or("null"); }
};

struct Quantile {
  using Value = double;
  using Fold = Quantiles;
  static constexpr bool bag = true, canonical = false;
  double share = 0.5;
  static Value value(std::string_view json) { return read_number(json).real; }
  void write(Fold& bag, std::string& out) const { append_number(out, bag.at(share)); }
};

struct CountDistinct {
  using Value = std::string;
  using Fold = Distinct;
  static constexpr bool bag = true, canonical = true;
  static Value value(std::string_view json) { return std::string(json); }
  void write(const Fold& bag, std::string& out) const { append_number(out, static_cast<std::int64_t>(bag.size())); }
};

struct Texts {
  QueueOf<std::string> texts;
  void add(const std::string& text) { texts.push(text); }
  void remove(const std::string&) { texts.pop(); }
  void merge(const Texts& later) {
    for (const std::string& text : later.texts) add(text);
  }
  void save(std::string& out) const {
    out += '[';
    for (const std::string& text : texts) {
      if (out.back() != '[') out += ',';
      out += text;
    }
    out += ']';
  }
  void restore(std::string_view saved) {
    text::each_element(saved, [&](std::string_view element) { return add(std::string(element)), true; });
  }
};
struct List {
  using Value = std::string;
  using Fold = Texts;
  static constexpr bool bag = true, canonical = false;
  static Value value(std::string_view json) { return std::string(json); }
  void write(const Fold& bag, std::string& out) const {
    bool first = true;
    out += '[';
    for (const std::string& text : bag.texts) {
      if (!std::exchange(first, false)) out += ',';
      out += text;
    }
    out += ']';
  }
};

// ---- columns

template <class F, class State>
class ColumnOf final : public Column {
 public:
  ColumnOf(F function, Call&& call) : function_(function), call_(std::move(call)) {
    if (F::canonical && !call_.of) call_.of = Expr(".");
  }

  void read(const Record& x) override {
    values_.clear();
    if constexpr (F::canonical) {
      call_.of.key(x, text_);
      for (std::string_view rest = text_; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        take(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
    } else if (call_.of) {
      call_.of.each(x, [this](JsonText result) { return take(result.text), true; });
    } else if constexpr (std::is_same_v<F, Count>) {
      values_.emplace_back();
    } else {
      take(x.raw());
    }
  }

  std::size_t size() const override { return sizeof(State); }
  void create(void* state) const override { new (state) State(); }
  void destroy(void* state) const noexcept override { of(state).~State(); }
  void add(void* state) const override { of(state).add(values_); }
  // Sums of integers are; of others rounding depends on the order.
  bool exact() const override {
    if constexpr (std::is_same_v<typename F::Fold, Total>) {
      return std::all_of(values_.begin(), values_.end(), [](const Number& number) { return number.integer; });
    }
    return true;
  }
  void merge(void* state, void* later) const override {
    if constexpr (requires { of(state).merge(of(later)); }) of(state).merge(of(later));
  }
  void remove(void* state) const override { of(state).remove(); }
  std::size_t values(void* state) const override { return of(state).values(); }
  void write(void* state, std::string& out) const override {
    auto&& result = of(state).result();
    function_.write(result, out);
  }
  void save(void* state, std::string& out) const override { of(state).save(out); }
  void restore(void* state, std::string_view saved) const override { of(state).restore(saved); }

 private:
  F function_;
  Call call_;
  std::vector<typename F::Value> values_;
  std::string text_;

  static State& of(void* state) { return *std::launder(static_cast<State*>(state)); }

  void take(std::string_view json) {
    if (json == "null") return;
    try {
      values_.push_back(F::value(json));
    } catch (const Error& error) {
      throw Error(call_.name + "=" + call_.function + ": " + error.what());
    }
  }
};

template <class F>
std::unique_ptr<Column> make(F function, Call&& call, bool sliding) {
  using Value = typename F::Value;
  using Fold = typename F::Fold;
  if (!sliding) return std::make_unique<ColumnOf<F, Growing<Fold, Value>>>(function, std::move(call));
  if constexpr (F::bag) {
    return std::make_unique<ColumnOf<F, Queued<Fold, Value>>>(function, std::move(call));
  } else {
    return std::make_unique<ColumnOf<F, Stacks<Fold, Value>>>(function, std::move(call));
  }
}

template <class F>
std::unique_ptr<Column> make_plain(Call&& call, bool sliding) {
  return make(F(), std::move(call), sliding);
}

std::unique_ptr<Column> make_column(Call&& call, bool sliding) {
  static constexpr std::pair<std::string_view, std::unique_ptr<Column> (*)(Call&&, bool)> functions[] = {
      {"count", make_plain<Count>},           {"sum", make_plain<Sum<false>>},
      {"mean", make_plain<Sum<true>>},        {"min", make_plain<Pick<Extreme<-1>>>},
      {"max", make_plain<Pick<Extreme<1>>>},  {"var", make_plain<Variance<false>>},
      {"std", make_plain<Variance<true>>},    {"median", make_plain<Quantile>},
      {"first", make_plain<Pick<First>>},     {"last", make_plain<Pick<Last>>},
      {"nunique", make_plain<CountDistinct>}, {"list", make_plain<List>},
  };
  for (const auto& [name, maker] : functions) {
    if (name == call.function) return maker(std::move(call), sliding);
  }
  Quantile quantile;  // the argument was checked: p and a number
  const std::string& word = call.function;
  std::from_chars(word.data() + 1, word.data() + word.size(), quantile.share);
  quantile.share /= 100;
  return make(quantile, std::move(call), sliding);
}

}  // namespace

void Columns::bind(list<Call>& calls, bool sliding) {
  for (Call& call : calls) {
    const std::string name = text::quoted(call.name);
    std::unique_ptr<Column> column = make_column(std::move(call), sliding);
    const std::size_t size = (column->size() + 15) / 16 * 16;
    columns_.push_back({std::move(column), size_, "," + name + ":"});
    size_ += size;
  }
}

void Columns::read(const Record& x) const {
  for (const Placed& each : columns_) each.column->read(x);
}
void Columns::create(char* state) const {
  for (const Placed& each : columns_) each.column->create(state + each.offset);
}
void Columns::destroy(char* state) const noexcept {
  for (const Placed& each : columns_) each.column->destroy(state + each.offset);
}
void Columns::add(char* state) const {
  for (const Placed& each : columns_) each.column->add(state + each.offset);
}
bool Columns::combine(const list<Call>& calls) {
  return std::none_of(calls.begin(), calls.end(),
                      [](const Call& call) { return call.function == "var" || call.function == "std"; });
}
bool Columns::exact() const {
  return std::all_of(columns_.begin(), columns_.end(), [](const Placed& each) { return each.column->exact(); });
}
void Columns::merge(char* state, char* later) const {
  for (const Placed& each : columns_) each.column->merge(state + each.offset, later + each.offset);
}
void Columns::remove(char* state) const {
  for (const Placed& each : columns_) each.column->remove(state + each.offset);
}
void Columns::write(char* state, std::string& out, std::size_t min_periods) const {
  for (const Placed& each : columns_) {
    out += each.name;
    if (each.column->values(state + each.offset) < min_periods) {
      out += "null";
    } else {
      each.column->write(state + each.offset, out);
    }
  }
}
std::string Columns::saved(char* state) const {
  std::string out = "[";
  for (const Placed& each : columns_) {
    if (out.size() > 1) out += ',';
    each.column->save(state + each.offset, out);
  }
  return out += ']';
}
void Columns::restore(char* state, std::string_view saved) const {
  auto each = columns_.begin();
  text::each_element(saved, [&](std::string_view one) {
    if (each == columns_.end()) throw Error("its saved state has other columns");
    each->column->restore(state + each->offset, one);
    return ++each, true;
  });
}

}  // namespace streamz
