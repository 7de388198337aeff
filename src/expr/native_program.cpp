// SPDX-License-Identifier: Apache-2.0
#include "native_program.h"

#include <algorithm>
#include <optional>

#include "../validate.h"
#include "evaluator.h"
#include "numbers.h"
#include "wording.h"
#include "write.h"

namespace streamz::expr {

namespace {

constexpr std::size_t kPadding = 64;  // simdjson reads beyond the end

std::vector<std::string> names_of(const detail::Declared& declared) {
  std::vector<std::string> names;
  for (const auto& [name, value] : declared) names.push_back(name);
  return names;
}

// jq's own words, begun in lower case. What a program throws by error() is shown as it is.
std::string message_of(Value& failure) {
  if (!failure.is_string()) {
    std::string text;
    append_json(text, failure);
    return text;
  }
  return reworded(std::string(failure.text()));
}

// The text of a value that stands in the record as it is; otherwise it is made in `made`.
std::string_view text_of(const Value& value, std::string& made) {
  switch (value.kind()) {
    case Value::null:
      return "null";
    case Value::no:
      return "false";
    case Value::yes:
      return "true";
    case Value::literal:
      return value.slice();
    case Value::raw:
      return {value.slice().data() - 1, value.slice().size() + 2};
    case Value::array_slice:
    case Value::object_slice:
      if (const auto text = value.document().compact(value.place())) return *text;
      break;
    default:
      break;
  }
  made.clear();
  append_json(made, value);
  return made;
}

// Scalars need no index.
std::optional<Value> scalar(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  text = text.substr(0, text.find_last_not_of(kBlanks) + 1);
  if (text.empty() || text[0] == '{' || text[0] == '[') return std::nullopt;
  const auto size = static_cast<std::uint32_t>(text.size());
  switch (text[0]) {
    case '"':
      return Value(Value::raw, text.data() + 1, size - 2);
    case 't':
      return Value(true);
    case 'f':
      return Value(false);
    case 'n':
      return Value();
    default:
      return Value(Value::literal, text.data(), size);
  }
}

}  // namespace

NativeProgram::NativeProgram(const Node& program, const detail::Declared& declared)
    : code_(compile_native(program, names_of(declared))), globals_(code_.globals.size()) {
  given_.resize(globals_.size());
  for (const auto& [name, value] : declared) set(name, value);
}

void NativeProgram::set(std::string_view variable, std::string_view json_text) {
  const auto found = std::ranges::find(code_.globals, variable);
  if (found == code_.globals.end()) return;  // the program does not read it
  const auto n = static_cast<std::size_t>(found - code_.globals.begin());
  // The old value stays where the new one is none.
  std::unique_ptr<Given>& fresh = given_[n].spare;
  if (fresh == nullptr) fresh = std::make_unique<Given>();
  fresh->text = json_text;
  fresh->text.append(kPadding, ' ');
  const std::string_view text = std::string_view(fresh->text).substr(0, json_text.size());
  if (!fresh->parse.validate(text)) {
    if (const auto fault = validate_json(text)) throw Error("is not JSON: " + fault->what);
  }
  globals_[n] = fresh->parse.document().root();
  std::swap(given_[n].current, fresh);
}

namespace {

// What comes last in a pipe is handed to `use` as an operation, so that its text need not be made of a value.
template <class Use>
bool each_of(Evaluator& evaluator, const Op& op, Value in, const Use& use) {
  if (op.single) return use(op, in, evaluator);
  if (op.kind == Op::pipe) {
    const auto rest = [&](Item&& item) { return each_of(evaluator, *op.kids[1], std::move(item.value), use); };
    return evaluator.each(op.kids[0], Item{std::move(in), {}}, EnvRef(), rest);
  }
  const auto pass = [&](Item&& item) { return use(std::move(item.value)); };
  return evaluator.each(&op, Item{std::move(in), {}}, EnvRef(), pass);
}

}  // namespace

template <class Use>
bool NativeProgram::each_result(const Record& x, Use use) {
  std::optional<Lease> lease;
  std::optional<Value> in = scalar(x.raw());
  if (!in) {
    lease.emplace(x);
    in = lease->document().root();
  }
  Evaluator evaluator(globals_);
  try {
    return each_of(evaluator, *code_.root, std::move(*in), use);
  } catch (Failure& failure) {
    throw Error(message_of(failure.value));
  }
}

namespace {

struct Emit {
  std::string& out;
  detail::Each each;
  void* context;

  bool operator()(const Op& root, Value& in, Evaluator& evaluator) const {
    if (!root.written) return (*this)(evaluator.one(root, in, EnvRef(), true));
    out.clear();
    evaluator.write(root, in, EnvRef(), out);
    return each(context, JsonText{out});
  }
  bool operator()(const Value& value) const { return each(context, JsonText{text_of(value, out)}); }
};

struct AppendKey {
  std::string& out;

  bool operator()(const Op& root, Value& in, Evaluator& evaluator) const {
    return (*this)(evaluator.one(root, in, EnvRef(), true));
  }
  // A line for each result: JSON text holds no newline, so two results never read as one.
  bool operator()(const Value& value) const {
    if (!out.empty()) out += '\n';
    append_canonical(out, value);
    return true;
  }
};

}  // namespace

bool NativeProgram::run(const Record& x, detail::Each each, void* context) {
  return each_result(x, Emit{out_, each, context});
}

void NativeProgram::key(const Record& x, std::string& out) { each_result(x, AppendKey{out}); }

}  // namespace streamz::expr
