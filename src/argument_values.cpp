// SPDX-License-Identifier: Apache-2.0
#include "argument_values.h"

#include <algorithm>

#include <fmt/format.h>

#include "columns.h"
#include "values.h"

namespace streamz {

bool takes_expression(const Param& param) {
  return std::find(param.types.begin(), param.types.end(), Type::expr) != param.types.end();
}

bool holds_expression(const Param& param) {
  const Type type = param.types.front();
  return takes_expression(param) || type == Type::named || type == Type::call;
}

const Param* free_param(const StageSpec& spec) {
  const auto found = std::find_if(spec.params.begin(), spec.params.end(), [](const Param& p) { return p.free; });
  return found == spec.params.end() ? nullptr : &*found;
}

std::string meant_column(std::string_view key, std::string_view value) {
  return fmt::format("a column of that name: \"{}\"={}", key, printable(value));
}

namespace {

bool keeps_double_quotes(const Param& param) {
  return holds_expression(param) || std::find(param.types.begin(), param.types.end(), Type::json) != param.types.end();
}

class Values {
 public:
  Values(const Chain& chain, Stage& stage, Problems& problems)
      : chain_(chain), stage_(stage), spec_(*stage.entry->spec()), problems_(problems) {}

  void add(const Param& param, const Word& word, Span key_span) {
    const std::string_view raw = word.value_text();
    const std::optional<std::string_view> inner = chain_.words ? std::nullopt : single_quoted(raw);
    const auto index = static_cast<std::size_t>(&param - spec_.params.data());
    Argument argument{param.free ? word.key : param.name, std::string(inner.value_or(raw)), word.value_span, key_span,
                      index};
    if (param.list) return add_list(param, argument, inner || chain_.words);
    if (!inner && !chain_.words && !keeps_double_quotes(param)) argument.value = without_quotes(raw);
    add_checked(param, std::move(argument));
  }

 private:
  // One argument for each part. `shell`: single quotes in it are plain text.
  void add_list(const Param& param, const Argument& whole, bool shell) {
    const bool exact = chain_.text.compare(whole.span.begin, whole.value.size(), whole.value) == 0;
    for (const std::string_view part : list_parts(whole.value, !shell)) {
      Argument argument = whole;
      if (exact && !part.empty()) {
        argument.span.begin = whole.span.begin + static_cast<std::size_t>(part.data() - whole.value.data());
        argument.span.end = argument.span.begin + part.size();
      }
      argument.value = part;
      if (part.empty()) {
        problems_.add("E0112", fmt::format("`{}` has an empty part", param.name),
                      whole.span.empty() ? stage_.span : whole.span);
        continue;
      }
      if (!keeps_double_quotes(param))
        argument.value = shell ? json_string(part).value_or(argument.value) : without_quotes(part);
      add_checked(param, std::move(argument));
    }
  }

  void add_checked(const Param& param, Argument argument) {
    if (takes_expression(param) && param.types.size() == 1) {
      check_program(argument);
    } else if (const std::optional<Error> error = check_argument(param, argument.value)) {
      const bool range = error->code == "E0112" && std::string_view(error->what()).starts_with(param.name);
      Diagnostic& problem =
          problems_.add(error->code.empty() ? "E0113" : error->code, (range ? stage_.name + ": " : "") + error->what(),
                        argument.span, error->hint);
      add_other_parameter(param, argument, problem);
      const std::string better = corrected(param, argument.value);
      if (!better.empty()) problem.fix = replaced(chain_.text, argument.span, better);
    }
    stage_.arguments.push_back(std::move(argument));
  }

  // A column was given to another parameter, or what was to be another parameter is taken for a column.
  void add_other_parameter(const Param& param, const Argument& argument, Diagnostic& problem) const {
    const Param* const free = free_param(spec_);
    if (free != nullptr && !param.free && is_call(*free, argument.value)) {
      problem.label = meant_column(argument.param, argument.value);
    }
    if (!param.free) return;
    std::vector<std::string> names = {"name", "on_error"};
    for (const Param& other : spec_.params) {
      if (!other.free) names.push_back(other.name);
    }
    const std::string close = nearest(fold(argument.param), names);
    if (!close.empty()) problem.label = fmt::format("did you mean `{}=`?", close);
  }

  void check_program(const Argument& argument) {
    const std::string& program = argument.value;
    if (program.find_first_not_of(" \t\r\n") == program.npos) {
      problems_.add("E0112", "empty expression", argument.span, "write `.` for the record itself");
      return;
    }
    const std::string& name = stage_.entry->same_as.empty() ? stage_.entry->name : stage_.entry->same_as;
    if (name == "filter" && stage_.entry->package == "streamz") check_condition(chain_, argument, problems_);
  }

  const Chain& chain_;
  Stage& stage_;
  const StageSpec& spec_;
  Problems& problems_;
};

}  // namespace

void add_argument(const Chain& chain, Stage& stage, const Param& param, const Word& word, Span key_span,
                  Problems& problems) {
  Values(chain, stage, problems).add(param, word, key_span);
}

}  // namespace streamz
