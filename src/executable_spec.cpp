// SPDX-License-Identifier: Apache-2.0
// What every program has, whatever its manifest says of it. See executable.h.
#include <algorithm>

#include <fmt/format.h>

#include "error.h"
#include "executable.h"
#include "executable_stage.h"

namespace streamz {

namespace {

[[noreturn]] void refuse(const std::string& fact) { throw Error(fact, "", "E0141"); }

void add_ack(StageSpec& spec, const std::string& stage) {
  for (const Param& param : spec.params) {
    if (param.name == ack_argument) {
      refuse(fmt::format("/stages/{}: `{}` is an argument that every lines program has", stage, ack_argument));
    }
  }
  Param& param = spec.params.emplace_back();
  param.name = std::string(ack_argument);
  param.doc = "when a record counts as delivered: the program ended well, or it was given the record";
  param.types = {Type::enumeration};
  param.one_of = {"exit", "write"};
  param.value = "exit";
}

}  // namespace

void complete_specs(Manifest& manifest) {
  for (const EntryPoint& point : manifest.entry_points) {
    const auto named = [&](const auto& stage) { return stage.first == point.name; };
    auto found = std::find_if(manifest.stages.begin(), manifest.stages.end(), named);
    if (found == manifest.stages.end()) {
      StageSpec unknown;
      unknown.summary = manifest.summary;
      unknown.uneven = true;
      found = manifest.stages.insert(found, {point.name, std::move(unknown)});
    }
    StageSpec& spec = found->second;
    const std::vector<std::string> one_port = {""};
    const std::string where = "/stages/" + point.name;
    if (spec.inputs != one_port || spec.outputs != one_port || spec.any_inputs) {
      refuse(where + ": a program has one input and one output");
    }
    if (spec.acknowledges) refuse(where + ": a program cannot acknowledge");
    if (point.kind == Kind::source) continue;
    spec.queued = true;  // a program that is slow holds back its own input and nothing else
    if (manifest.protocol == "frames") continue;
    spec.untracked = true;
    add_ack(spec, point.name);
  }
}

}  // namespace streamz
