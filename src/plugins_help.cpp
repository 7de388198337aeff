// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "help.h"
#include "paths.h"
#include "values.h"

namespace streamz {

namespace {

bool is_program(const Entry& entry) { return entry.manifest != nullptr && !entry.manifest->command.empty(); }

// Of a broken one it says what is wrong with it.
const char* state_of(const Entry& entry) {
  switch (entry.state) {
    case Entry::State::ok:
      return is_program(entry) ? "ok  exec" : "ok";
    case Entry::State::shadowed:
      return "shadowed";
    case Entry::State::clash:
      return "clash";
    case Entry::State::broken:
      break;
  }
  if (entry.code == "E0144") return "unsafe";
  if (entry.code == "E0145") return "missing";
  if (entry.code == "E0146") return "format";
  if (entry.code == "E0147") return "ABI";
  return "manifest";
}

std::string package(const Entry& entry) {
  return entry.manifest == nullptr ? "built in" : fmt::format("{} {}", entry.package, entry.manifest->version);
}

std::string about(const Entry& entry) {
  if (!entry.code.empty()) return fmt::format("{} ({})", entry.problem, entry.code);
  if (!entry.problem.empty()) return entry.problem;
  if (entry.spec() == nullptr) return entry.manifest->summary;
  if (entry.same_as.empty()) return entry.spec()->summary;
  std::string text = "same as " + entry.same_as;
  for (const auto& [key, value] : entry.preset) text += fmt::format(" {}={}", key, value);
  return text;
}

json to_json(const Entry& entry, bool with_spec) {
  json out = {{"name", entry.name},
              {"kind", to_string(entry.kind)},
              {"package", entry.package},
              {"class", entry.class_name},
              {"state", state_of(entry)}};
  if (!entry.problem.empty()) out["problem"] = entry.problem;
  if (!entry.code.empty()) out["code"] = entry.code;
  if (!entry.same_as.empty()) out["same_as"] = entry.same_as;
  for (const auto& [key, value] : entry.preset) out["preset"][key] = value;
  if (entry.manifest != nullptr) {
    out["version"] = entry.manifest->version;
    out["manifest"] = entry.manifest->file;
    if (is_program(entry)) {
      out["command"] = entry.manifest->command;
      out["protocol"] = entry.manifest->protocol;
    } else {
      out["library"] = entry.manifest->library;
    }
  }
  if (entry.spec() == nullptr) return out;
  out["summary"] = entry.spec()->summary;
  if (with_spec) out["spec"] = json::parse(spec_to_json(*entry.spec()));
  return out;
}

std::string dump(const json& value) { return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n"; }

std::string counted(std::size_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", number, number == 1 ? one : many);
}

// "2 packages from 1 directory", and with -v where they were looked for.
std::string footer(const Index& index, bool verbose) {
  std::set<const Manifest*> manifests;
  std::set<std::string> directories;
  std::size_t built_in = 0;
  for (const Entry& entry : index.all()) {
    if (entry.manifest == nullptr) {
      ++built_in;
    } else if (manifests.insert(entry.manifest.get()).second) {
      directories.insert(directory_of(entry.manifest->file));
    }
  }
  std::string out = fmt::format("{} built in, {} from {}\n", counted(built_in, "stage", "stages"),
                                counted(manifests.size(), "package", "packages"),
                                counted(directories.size(), "directory", "directories"));
  if (!verbose) return out;
  for (const SearchedDirectory& directory : index.directories()) {
    out += fmt::format("  {}{}{}\n", directory.path, directory.skipped.empty() ? "" : "  skipped: ", directory.skipped);
  }
  return out;
}

}  // namespace

std::string plugins_list(const Index& index, std::optional<Kind> kind, bool verbose, bool json_format) {
  std::vector<const Entry*> entries;
  for (const Entry& entry : index.all()) {
    // A shadowed package is no fault: as with the paths of a shell, the first one counts.
    if (entry.state == Entry::State::shadowed && !verbose && !json_format) continue;
    if (!kind || entry.kind == *kind) entries.push_back(&entry);
  }
  if (json_format) {
    json out = json::array();
    for (const Entry* entry : entries) out.push_back(to_json(*entry, false));
    return dump(out);
  }
  std::size_t name_width = 4, package_width = 7;
  for (const Entry* entry : entries) {
    name_width = std::max(name_width, entry->name.size());
    package_width = std::max(package_width, package(*entry).size());
  }
  const auto row = [&](std::string_view kind_text, std::string_view name, std::string_view from, std::string_view state,
                       std::string_view text) {
    std::string line =
        fmt::format("{:<6}  {:<{}}  {:<{}}  {:<8}  {}", kind_text, name, name_width, from, package_width, state, text);
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
  };
  std::string out = row("KIND", "NAME", "PACKAGE", "STATE", "");
  for (const Entry* entry : entries) {
    // What a manifest that could not be read would have added is not known.
    out += row(entry->class_name.empty() ? "-" : to_string(entry->kind), entry->name, package(*entry), state_of(*entry),
               about(*entry));
  }
  return out + footer(index, verbose);
}

std::string plugins_show(const Entry& entry, bool json_format) {
  if (json_format) return dump(to_json(entry, true));
  std::string out = stage_help(entry) + "\n";
  std::vector<std::pair<std::string, std::string>> rows = {{"state", state_of(entry)}};
  if (!entry.class_name.empty()) rows.emplace_back("class", entry.class_name);
  if (entry.manifest != nullptr) {
    if (is_program(entry)) {
      rows.emplace_back("command", fmt::format("{}", fmt::join(entry.manifest->command, " ")));
      rows.emplace_back("protocol", entry.manifest->protocol);
    }
    if (!entry.manifest->library.empty()) rows.emplace_back("library", entry.manifest->library);
    if (entry.state == Entry::State::ok && !is_program(entry)) rows.emplace_back("abi", "same as this streamz");
    rows.emplace_back("manifest", entry.manifest->file);
    for (const std::string& warning : entry.manifest->warnings) rows.emplace_back("warning", warning);
  }
  return out + two_columns(rows, 0);
}

std::string catalogue_json(const Index& index) {
  json out = json::array();
  for (const Entry& entry : index.all()) out.push_back(to_json(entry, true));
  return dump(out);
}

}  // namespace streamz
