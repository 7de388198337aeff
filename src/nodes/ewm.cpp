// SPDX-License-Identifier: Apache-2.0
// The mean of a number, in which older records weigh less and less. Tested by tests/cases/ewm.test.
#include <cmath>
#include <unordered_map>

#include "../streamz/text.h"
#include "groups.h"
#include "numbers.h"
#include "one_result.h"

namespace streamz {

namespace {

struct EwmNode : Stream {
  Expr expr;
  std::optional<double> alpha, span, halflife, com;
  list<Named> by;

  static void describe(Spec<EwmNode>& s) {
    s.summary("the mean so far, in which older records weigh less and less");
    s.details(
        "A number for each record. Each record weighs 1 - alpha of the one after it, and the weights are divided by "
        "their sum (pandas: adjust=True). One of alpha=, span= (alpha is 2 / (span + 1)), halflife= (records until a "
        "weight is half) and com= (alpha is 1 / (1 + com)) says how fast. null changes nothing but the weights.");
    s.param("expr", &EwmNode::expr, "the number; not given: the record").positional();
    s.param("alpha", &EwmNode::alpha, "the weight of what is new, more than 0").min(0).max(1);
    s.param("span", &EwmNode::span, "as of a moving average of so many records").min(1);
    s.param("halflife", &EwmNode::halflife, "records until a weight is half, more than 0").min(0);
    s.param("com", &EwmNode::com, "the centre of mass").min(0);
    describe_by(s, &EwmNode::by, "a mean for each value of these");
    s.state("two numbers for each value of by=");
    s.example("$NAME alpha=0.5", "1 2 4", "1 1.6666666666666667 3");
    s.example("$NAME .v span=3 by=.k", "{\"k\":1,\"v\":1} {\"k\":2,\"v\":8} {\"k\":1,\"v\":4}", "1 8 3");
  }

  void check() override {
    const int given = (alpha ? 1 : 0) + (span ? 1 : 0) + (halflife ? 1 : 0) + (com ? 1 : 0);
    if (given != 1) throw Error("one of alpha=, span=, halflife= and com= must be given");
    if (alpha && *alpha == 0) throw Error("alpha must be more than 0");
    if (halflife && *halflife == 0) throw Error("halflife must be more than 0");
  }

  void start() override {
    const double weight = alpha  ? *alpha
                          : span ? 2 / (*span + 1)
                          : com  ? 1 / (1 + *com)
                                 : 1 - std::exp(std::log(0.5) / *halflife);
    fade_ = 1 - weight;
  }

  void update(const Record& x) override {
    one_result(expr, x, "the expression", text_);
    const bool is_null = text_ == "null";
    const double number = is_null ? 0 : read_number(text_).real;
    by_.key(x, key_);
    Mean& mean = means_[key_];
    mean.weight *= fade_;
    if (!is_null) {
      mean.value = mean.weight == 0 ? number : (mean.weight * mean.value + number) / (mean.weight + 1);
      mean.weight += 1;
      mean.any = true;
    }
    text_.clear();
    append_number(text_, mean.any ? mean.value : std::nan(""));
    emit(JsonText{text_});
  }

  void save(State& state) const override {
    for (const auto& [key, mean] : means_) {
      std::string row = "[" + text::quoted(key) + ",";
      append_number(row, mean.value);
      row += ',';
      append_number(row, mean.weight);
      state.add("mean", row + (mean.any ? ",true]" : ",false]"));
    }
  }
  void restore(const State& state) override {
    state.each("mean", [&](std::string_view row) {
      Mean& mean = means_[text::decoded(*text::element(row, 0))];
      mean.value = read_number(*text::element(row, 1)).real;
      mean.weight = read_number(*text::element(row, 2)).real;
      mean.any = *text::element(row, 3) == "true";
    });
  }

 private:
  struct Mean {
    double value = 0;
    double weight = 0;  // of all so far, in units of the last one's
    bool any = false;
  };
  By by_{by};
  double fade_ = 0;
  std::unordered_map<std::string, Mean> means_;
  std::string text_, key_;
};

}  // namespace

extern constinit const StageClass ewm_stage = stage_class<EwmNode>("EwmNode");

}  // namespace streamz
