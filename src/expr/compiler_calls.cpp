// SPDX-License-Identifier: Apache-2.0
// Calls: of what the program defines, of functions that are operations of the evaluator, of native
// functions, and of those written in jq.
#include <algorithm>

#include <fmt/format.h>

#include "compiler_state.h"
#include "functions.h"
#include "parser.h"

namespace streamz::expr {

namespace {

struct Unusable {
  std::string_view name, why;
};
constexpr Unusable kUnusable[] = {{"input", "records come from the chain"},
                                  {"inputs", "records come from the chain"},
                                  {"input_filename", "records come from the chain"},
                                  {"input_line_number", "records come from the chain"},
                                  {"halt", "a chain ends with its input"},
                                  {"halt_error", "a chain ends with its input; for a failed record use `error`"}};

struct SpecialRow {
  std::string_view name;
  std::size_t arity;
  Op::Kind kind;
};
constexpr SpecialRow kSpecial[] = {{"empty", 0, Op::comma}, {"recurse", 0, Op::recurse}, {"env", 0, Op::environment},
                                   {"path", 1, Op::path},   {"del", 1, Op::paths_gone},  {"getpath", 1, Op::get_path},
                                   {"range", 2, Op::range}, {"range", 3, Op::range},     {"limit", 2, Op::limit},
                                   {"first", 1, Op::first}, {"last", 1, Op::last},       {"isempty", 1, Op::is_empty}};

// Functions of the keys of all elements: `sort_by(f)` is a native function of `.` and `map([f])`.
constexpr std::string_view kWithKey[] = {"sort_by", "group_by", "unique_by", "min_by", "max_by"};

// What special() makes of operations.
constexpr std::string_view kMade[] = {"range", "map", "with_entries", "map_values", "select"};

}  // namespace

std::vector<std::string> special_names() {
  std::vector<std::string> names;
  for (const SpecialRow& row : kSpecial) names.push_back(fmt::format("{}/{}", row.name, row.arity));
  for (const std::string_view name : kWithKey) names.push_back(fmt::format("{}/1", name));
  for (const std::string_view name : kMade) names.push_back(fmt::format("{}/1", name));
  return names;
}

std::vector<std::string> Compiler::own_functions() const {
  std::vector<std::string> names;
  for (const Entry& entry : scope_) {
    if (entry.kind == Entry::function || entry.kind == Entry::closure) names.push_back(entry.name);
  }
  return names;
}

const Op* Compiler::call(const Node& node) {
  const std::size_t arity = node.kids.size();
  const auto own = std::find_if(scope_.rbegin(), scope_.rend(),
                                [&](const Entry& entry) { return entry.name == node.name && entry.arity == arity; });
  if (own != scope_.rend()) return call_of(*own, node);
  for (const Unusable& function : kUnusable) {
    if (function.name == node.name) {
      throw program_error("E0202", fmt::format("jq: `{}/{}` is not available", node.name, arity),
                          std::string(function.why), node.begin, node.end);
    }
  }
  if (const Op* const op = special(node)) return op;
  const NativeRow* const row = find_native(node.name, arity);
  if (row != nullptr && (written_here_ || node.name[0] != '_')) {
    std::vector<const Op*> kids;
    for (std::size_t i = 0; i < arity; ++i) kids.push_back(kid(node, i));
    Op& op = make(Op::apply);
    op.native = row->function;
    op.kids = std::move(kids);
    return finish(op);
  }
  if (const Entry* const entry = written(node.name, arity)) return call_of(*entry, node);
  not_native.push_back({fmt::format("{}/{}", node.name, arity), node.begin, node.end, own_functions(),
                        arity == 1 && node.kids[0]->kind == Node::comma ? node.kids[0]->kids.size() - 1 : 0});
  for (std::size_t i = 0; i < arity; ++i) kid(node, i);  // for what is wrong with them
  return finish(make(Op::identity));
}

const Op* Compiler::call_of(const Entry& found, const Node& node) {
  const Entry entry = found;  // compiling the arguments may move it
  if (entry.kind != Entry::function) {
    Op& op = make(entry.kind == Entry::variable ? Op::variable : Op::parameter);
    op.hops = depth_ - entry.depth;
    return finish(op);
  }
  std::vector<const Op*> kids;
  for (std::size_t i = 0; i < node.kids.size(); ++i) kids.push_back(kid(node, i));
  Op& op = make(Op::call);
  op.body = entry.body;
  op.hops = depth_ - entry.depth;
  op.by_value = entry.by_value;
  op.patterned = std::ranges::find(op.by_value, true) != op.by_value.end();
  op.kids = std::move(kids);
  return finish(op);
}

const Op* Compiler::special(const Node& node) {
  const std::size_t arity = node.kids.size();
  for (const SpecialRow& row : kSpecial) {
    if (row.name != node.name || row.arity != arity) continue;
    std::vector<const Op*> kids;
    for (std::size_t i = 0; i < arity; ++i) kids.push_back(kid(node, i));
    if (row.kind == Op::range && arity == 2) kids.push_back(nullptr);
    Op& op = make(row.kind);
    op.kids = std::move(kids);
    return finish(op);
  }
  if (arity == 1 && std::ranges::find(kWithKey, node.name) != std::end(kWithKey)) return with_key(node);
  if (arity == 1 && node.name == "range") {
    const Op* const to = kid(node, 0);
    Op& op = make(Op::range);
    op.kids = {constant(Value(std::int64_t{0})), to, nullptr};
    return finish(op);
  }
  if (arity == 1 && node.name == "map") {
    const Op* const content = pipe(iterate(), kid(node, 0));
    Op& op = make(Op::array);
    op.kids = {content};
    return finish(op);
  }
  if (arity == 1 && node.name == "with_entries") {
    const auto native = [&](std::string_view name) {
      Op& op = make(Op::apply);
      op.native = find_native(name, 0)->function;
      return finish(op);
    };
    Op& content = make(Op::array);
    content.kids = {pipe(iterate(), kid(node, 0))};
    return pipe(native("to_entries"), pipe(finish(content), native("from_entries")));
  }
  if (arity == 1 && node.name == "map_values") {
    const Op* const update = kid(node, 0);
    Op& op = make(Op::update);
    op.kids = {iterate(), update};
    return finish(op);
  }
  if (arity == 1 && node.name == "select") {
    const Op* const asked = kid(node, 0);
    Op& nothing = make(Op::comma);
    Op& op = make(Op::condition);
    op.kids = {asked, finish(make(Op::identity)), finish(nothing)};
    return finish(op);
  }
  return nullptr;
}

const Op* Compiler::with_key(const Node& node) {
  Op& key = make(Op::array);
  key.kids = {kid(node, 0)};
  const Op* const each = pipe(iterate(), finish(key));
  Op& keys = make(Op::array);
  keys.kids = {each};
  const Op* const argument = finish(keys);
  Op& op = make(Op::apply);
  op.native = find_native("_" + node.name, 1)->function;
  op.kids = {argument};
  return finish(op);
}

// It sees nothing of the program around it.
const Compiler::Entry* Compiler::written(const std::string& name, std::size_t arity) {
  if (const auto known = written_.find({name, arity}); known != written_.end()) return &known->second;
  const WrittenRow* const row = find_written(name, arity);
  if (row == nullptr) return nullptr;
  const std::vector<Entry> scope = std::exchange(scope_, {});
  const std::uint32_t depth = std::exchange(depth_, 0);
  const bool written_here = std::exchange(written_here_, true);
  ForLibjq unused;
  const NodePtr definition = parse_program(row->text, tokens_of(row->text), unused);
  const Entry entry = function(*definition);
  scope_ = scope;
  depth_ = depth;
  written_here_ = written_here;
  return &written_.emplace(std::pair(name, arity), entry).first->second;
}

}  // namespace streamz::expr
