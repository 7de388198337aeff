// SPDX-License-Identifier: Apache-2.0
// The sum, product, least or largest of a value so far. Tested by tests/cases/cumulative.test.
#include <unordered_map>

#include "../streamz/text.h"
#include "folds.h"
#include "groups.h"
#include "one_result.h"

namespace streamz {

namespace {

struct CumulativeNode : Stream {
  enum class Function { sum, prod, min, max };
  Expr expr;
  Function function = Function::sum;
  list<Named> by;

  static void describe(Spec<CumulativeNode>& s) {
    s.summary("the sum, product, least or largest so far");
    s.details(
        "A value for each record. null gives null and changes nothing. Integers are exact while they fit 64 bits; "
        "the least and the largest go by jq's order.");
    s.param("expr", &CumulativeNode::expr, "the value; not given: the record").positional();
    s.param("function", &CumulativeNode::function, "what is calculated").one_of({"sum", "prod", "min", "max"});
    describe_by(s, &CumulativeNode::by, "one for each value of these");
    s.state("one value for each value of by=");
    s.example("$NAME", "1 2 3", "1 3 6");
    s.example("$NAME .v function=max by=.k", "{\"k\":1,\"v\":5} {\"k\":2,\"v\":1} {\"k\":1,\"v\":3}", "5 1 5");
  }

  void update(const Record& x) override {
    one_result(expr, x, "the expression", text_);
    if (text_ == "null") {
      emit(JsonText{"null"});
      return;
    }
    const bool number = function == Function::sum || function == Function::prod;
    const Number value = number ? read_number(text_) : Number();
    by_.key(x, key_);
    SoFar& so_far = values_[key_];
    if (function == Function::sum) {
      so_far.total.add(value);
    } else if (function == Function::prod) {
      so_far.multiply(value);
    } else if (so_far.text.empty() || compare_json(text_, so_far.text) * (function == Function::min ? -1 : 1) > 0) {
      so_far.text = text_;
    }
    text_ = so_far.shown(function);
    emit(JsonText{text_});
  }

  void save(State& state) const override {
    for (const auto& [key, so_far] : values_) {
      std::string row = "[" + text::quoted(key) + ",";
      so_far.total.save(row);
      row += so_far.product.integer ? ",true," : ",false,";
      append_number(row, so_far.product.whole);
      row += ',';
      append_number(row, so_far.product.real);
      state.add("so_far", row + "," + (so_far.text.empty() ? "null" : so_far.text) + "]");
    }
  }
  void restore(const State& state) override {
    state.each("so_far", [&](std::string_view row) {
      SoFar& so_far = values_[text::decoded(*text::element(row, 0))];
      so_far.total.restore(*text::element(row, 1));
      so_far.product.integer = *text::element(row, 2) == "true";
      so_far.product.whole = read_number(*text::element(row, 3)).whole;
      so_far.product.real = read_number(*text::element(row, 4)).real;
      const std::string_view value = *text::element(row, 5);
      if (value != "null") so_far.text = value;
    });
  }

 private:
  struct SoFar {
    Total total;
    Number product{1, 1, true};
    std::string text;

    // An integer until it no longer fits.
    void multiply(const Number& by) {
      std::int64_t whole = 0;
      product.integer = product.integer && by.integer && !__builtin_mul_overflow(product.whole, by.whole, &whole);
      product.whole = whole;
      product.real *= by.real;
    }
    std::string shown(Function function) const {
      if (function == Function::min || function == Function::max) return text;
      std::string out;
      if (function == Function::prod) {
        if (product.integer) {
          append_number(out, product.whole);
        } else {
          append_number(out, product.real);
        }
      } else if (total.integer) {
        append_number(out, total.whole);
      } else {
        append_number(out, total.value());
      }
      return out;
    }
  };
  By by_{by};
  std::unordered_map<std::string, SoFar> values_;
  std::string text_, key_;
};

}  // namespace

extern constinit const StageClass cumulative_stage = stage_class<CumulativeNode>("CumulativeNode");

}  // namespace streamz
