// SPDX-License-Identifier: Apache-2.0
#include "executable_stage.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "values.h"

namespace streamz {

namespace {

// 10, not 10.0, so that a shell can count with it.
json plain_number(double value) {
  if (value == std::floor(value) && std::abs(value) < 9e15) return static_cast<std::int64_t>(value);
  return value;
}

json value_as(Type type, const std::string& text) {
  switch (type) {
    case Type::integer:
      return parse_integer(text);
    case Type::number:
      return plain_number(parse_number(text));
    case Type::boolean:
      return parse_boolean(text);
    case Type::duration:
      return plain_number(std::chrono::duration<double>(parse_duration(text)).count());
    case Type::size:
      return parse_size(text).bytes;
    case Type::rate:
      return plain_number(parse_rate(text).per_second);
    case Type::path:
      return parse_path(text);
    case Type::json:
      return json::parse(parse_json(text));
    case Type::string:
    case Type::expr:
    case Type::enumeration:
    case Type::named:
    case Type::call:
      break;
  }
  return text;
}

// By the first of its types that fits, as it would be bound to a member of that type.
json value_of(const Param& param, const std::string& text) {
  for (const Type type : param.types) {
    Param alone = param;
    alone.types = {type};
    if (!check_argument(alone, text)) return value_as(type, text);
  }
  return text;
}

std::string bare(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

}  // namespace

ProgramArguments::ProgramArguments(const Executable& executable)
    : executable_(executable), given_(executable.spec->params.size()) {}

void ProgramArguments::set(std::size_t param, std::string_view text) {
  const Param& declared = executable_.spec->params.at(param);
  if (const std::optional<Error> error = check_argument(declared, text)) throw Error(*error);
  if (declared.types.front() == Type::expr) const Expr compiled(text);
  given_[param].emplace_back(text);
}

bool ProgramArguments::told_to_acknowledge_on_write() const {
  const std::vector<Param>& params = executable_.spec->params;
  return executable_.spec->untracked && params.back().name == ack_argument && !given_.back().empty() &&
         given_.back().front() == "write";
}

json ProgramArguments::values() const {
  json out = json::object();
  for (std::size_t i = 0; i < given_.size(); ++i) {
    const Param& param = executable_.spec->params[i];
    if (executable_.spec->untracked && param.name == ack_argument) continue;
    if (param.list) {
      for (const std::string& text : given_[i]) out[param.name].push_back(value_of(param, text));
    } else if (!given_[i].empty()) {
      out[param.name] = value_of(param, given_[i].back());
    } else if (!param.value.empty()) {
      out[param.name] = value_of(param, param.value);
    }
  }
  return out;
}

Program ProgramArguments::called() const {
  const std::vector<std::string>& command = executable_.manifest->command;
  const json arguments = values();
  Program program;
  program.path = executable_.path;
  program.arguments.assign(command.begin() + 1, command.end());
  // A program that anybody may have written for another purpose is called as the manifest says.
  const std::size_t own = executable_.spec->untracked ? 1 : 0;
  if (command.front().starts_with("./") || executable_.spec->params.size() > own) {
    program.arguments.push_back(executable_.name);
    for (const auto& [key, value] : arguments.items()) {
      for (const json& each : value.is_array() ? value : json::array({value})) {
        program.arguments.push_back(fmt::format("--{}={}", key, bare(each)));
      }
    }
  }
  program.environment = {"STREAMZ_STAGE=" + executable_.name,
                         "STREAMZ_ARGS=" + arguments.dump(-1, ' ', false, json::error_handler_t::replace),
                         "STREAMZ_PROTOCOL=1"};
  program.input = executable_.kind != Kind::source;
  return program;
}

}  // namespace streamz
