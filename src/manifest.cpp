// SPDX-License-Identifier: Apache-2.0
// One manifest: PACKAGE.json to Manifest, and specs from and to JSON. Goes in: a file that anybody may
// have written. Goes out: its content checked, or the one thing that is wrong with it.
// Tested by tests/manifest_test.cpp.
#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "error.h"
#include "executable.h"
#include "index.h"
#include "paths.h"
#include "streamz/plugin.h"
#include "strict_json.h"

namespace streamz {

namespace {

constexpr std::size_t entry_limit = 1000;
constexpr std::size_t name_limit = 64;

[[noreturn]] void refuse(const std::string& fact, const char* code = "E0141", const std::string& hint = {}) {
  throw Error(fact, hint, code);
}

using Value = simdjson::dom::element;

// ---- specs

Type type_named(const std::string& name, const std::string& where) {
  for (std::size_t i = 0; i < std::size(detail::type_names); ++i) {
    if (name == detail::type_names[i]) return static_cast<Type>(i);
  }
  refuse(fmt::format("{}/types: unknown type \"{}\"", printable(where), printable(name)));
}

Param param_at(const StrictObject& from) {
  Param param;
  param.name = from.text("name");
  param.doc = from.text("doc");
  for (const std::string& name : from.words("types")) param.types.push_back(type_named(name, from.where()));
  if (param.name.empty() || param.types.empty()) refuse(printable(from.where()) + " needs a name and types");
  param.value = from.text("value");
  param.one_of = from.words("one_of");
  param.min = from.number("min");
  param.max = from.number("max");
  param.positional = from.flag("positional");
  param.required = from.flag("required");
  param.repeats = from.flag("repeats");
  param.list = from.flag("list");
  param.free = from.flag("free");
  return param;
}

StageSpec spec_at(const StrictObject& from) {
  StageSpec spec;
  spec.summary = from.text("summary");
  spec.details = from.text("details");
  from.each("params", [&](Value value, const std::string& here) { spec.params.push_back(param_at({value, here})); });
  if (from.find("inputs")) spec.inputs = from.words("inputs");
  if (from.find("outputs")) spec.outputs = from.words("outputs");
  spec.any_inputs = from.flag("any_inputs");
  from.each("examples", [&](Value value, const std::string& here) {
    const StrictObject example(value, here);
    spec.examples.push_back({example.text("chain"), example.text("in"), example.text("out")});
  });
  spec.state = from.text("state");
  spec.stateless = from.flag("stateless");
  spec.blocks = from.flag("blocks");
  spec.queued = from.flag("queued");
  spec.in_step = from.flag("in_step");
  spec.uneven = from.flag("uneven");
  spec.effects = from.flag("effects");
  spec.acknowledges = from.flag("acknowledges");
  spec.endless = from.text("endless");
  spec.ends = from.text("ends");
  spec.untracked = from.flag("untracked");
  spec.replayable = from.flag("replayable");
  spec.exactly_once = from.text("exactly_once");
  spec.transactional = from.flag("transactional");
  spec.reads_lines = from.flag("reads_lines");
  spec.writes_lines = from.flag("writes_lines");
  return spec;
}

// ---- names

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); });
}
bool is_package(std::string_view text) { return is_word(text) && is_letter(text.front()); }
bool is_stage_name(std::string_view text) {
  return !text.empty() && is_letter(text.front()) && text.size() <= name_limit &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// "A.B" and "A::B" to "A::B"; "" when it is neither.
std::string class_named(std::string_view text) {
  std::string name;
  while (true) {
    const std::size_t end = std::min(text.find_first_of(".:"), text.size());
    if (!is_word(text.substr(0, end))) return {};
    name += text.substr(0, end);
    if (end == text.size()) return name;
    name += "::";
    text.remove_prefix(end);
    if (!text.starts_with("::") && !text.starts_with(".")) return {};
    text.remove_prefix(text.front() == '.' ? 1 : 2);
  }
}

bool is_command(std::string_view name) {
  constexpr std::string_view commands[] = {"run",  "check", "explain",    "graph",  "plugins",
                                           "help", "test",  "completion", "version"};
  return std::find(std::begin(commands), std::end(commands), name) != std::end(commands);
}

// ---- the manifest

// DIR/PACKAGE.json: PACKAGE
std::string_view stem_of(std::string_view file) {
  file.remove_prefix(file.rfind('/') + 1);
  return file.substr(0, file.rfind('.'));
}

void read_format(const StrictObject& top) {
  const std::optional<Value> format = top.find("streamz");
  if (!format) refuse("no key \"streamz\": this streamz reads manifest format 1", "E0142");
  double number = 0;
  if (format->get(number) != simdjson::SUCCESS || number != 1) {
    refuse(fmt::format("manifest format {}, this streamz reads 1", printable(simdjson::minify(*format))), "E0142");
  }
  for (const auto& [key, value] : top) {
    if (key.starts_with("streamz") && key != "streamz") refuse(fmt::format("unknown key \"{}\"", printable(key)));
  }
}

void read_package(const StrictObject& top, Manifest& manifest) {
  const std::string name = top.text("name");
  if (name.find('/') != std::string::npos || name.find("..") != std::string::npos) {
    refuse(fmt::format("package name \"{}\" must be a plain name", printable(name)), "E0144");
  }
  if (!is_package(name))
    refuse(fmt::format("package name \"{}\": use letters, digits and _", printable(name)), "E0143");
  if (name != stem_of(manifest.file))
    refuse(fmt::format("describes package {}, so it must be called {}.json", name, name));
  manifest.version = top.text("version");
  manifest.summary = top.text("summary");
  manifest.extra = top.text("extra");
}

std::optional<Kind> kind_of_group(std::string_view group) {
  if (group == "streamz.sources") return Kind::source;
  if (group == "streamz.nodes") return Kind::node;
  if (group == "streamz.sinks") return Kind::sink;
  return std::nullopt;
}

void read_entry_points(const StrictObject& top, Manifest& manifest) {
  const std::optional<Value> value = top.find("entry_points");
  if (!value) refuse("no key \"entry_points\"");
  const StrictObject groups(*value, "/entry_points");
  std::size_t count = 0;
  for (const auto& field : groups) {
    const std::string_view group = field.key;
    const std::optional<Kind> kind = kind_of_group(group);
    if (!kind) {
      // The file may serve another host as well; but a slip in one of our names should be seen.
      if (group.starts_with("streamz.")) manifest.warnings.push_back("unknown group \"" + printable(group) + "\"");
      continue;
    }
    const std::vector<std::string> lines = groups.words(group);
    count += lines.size();
    if (count > entry_limit) refuse(fmt::format("{} entry points, limit {}", count, entry_limit));
    for (const std::string& line : lines) {
      EntryPoint point = parse_entry_point(line);
      if (point.package != manifest.package) {
        refuse(fmt::format("\"{}\" names package {}, this is the manifest of {}", printable(line), point.package,
                           manifest.package),
               "E0143");
      }
      point.kind = *kind;
      const auto same = [&](const EntryPoint& other) { return other.name == point.name; };
      if (std::any_of(manifest.entry_points.begin(), manifest.entry_points.end(), same)) {
        refuse(fmt::format("entry point name \"{}\" appears twice", point.name), "E0143");
      }
      manifest.entry_points.push_back(std::move(point));
    }
  }
}

void read_command(const StrictObject& top, Manifest& manifest) {
  manifest.command = top.words("command");
  if (manifest.command.empty() || manifest.command.front().empty()) refuse("/command names no program");
  const std::string& program = manifest.command.front();
  const bool beside = program.starts_with("./");
  if (program.find('/', beside ? 2 : 0) != std::string::npos) {
    refuse(fmt::format("command \"{}\" must be ./NAME, beside the manifest, or a word that is looked up on $PATH",
                       printable(program)),
           "E0144");
  }
  manifest.protocol = top.text("protocol");
  if (!top.find("protocol")) manifest.protocol = "lines";
  if (manifest.protocol != "lines" && manifest.protocol != "frames") {
    refuse(fmt::format("unknown protocol \"{}\": use lines or frames", printable(manifest.protocol)));
  }
}

void read_library(const StrictObject& top, Manifest& manifest) {
  if (top.find("command")) return read_command(top, manifest);
  std::string name = top.text("library");
  if (!top.find("library")) name = manifest.package + ".so";
  if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos) {
    refuse(fmt::format("library \"{}\" must be a plain file name", printable(name)), "E0144");
  }
  manifest.library = beside(manifest.file, name);
}

void read_stages(const StrictObject& top, Manifest& manifest) {
  const std::optional<Value> value = top.find("stages");
  if (!value) return;
  for (const auto& [name, spec] : StrictObject(*value, "/stages")) {
    manifest.stages.emplace_back(fold(name), spec_at({spec, fmt::format("/stages/{}", name)}));
  }
}

std::array<int, 3> version_numbers(std::string_view text) {
  std::array<int, 3> numbers{};
  std::size_t part = 0;
  for (const char c : text) {
    if (c == '.' && part < 2) {
      ++part;
    } else if (is_digit(c) && numbers[part] < 100'000) {
      numbers[part] = numbers[part] * 10 + (c - '0');
    } else {
      refuse(fmt::format("/requires/streamz: \"{}\" is not a version", printable(text)));
    }
  }
  return numbers;
}

void read_requires(const StrictObject& top) {
  const std::optional<Value> needs = top.find("requires");
  if (!needs) return;
  const std::string least = StrictObject(*needs, "/requires").text("streamz");
  if (least.empty()) return;
  if (!least.starts_with(">=")) refuse(fmt::format("/requires/streamz: \"{}\" is not \">=VERSION\"", printable(least)));
  const std::string_view version = trim(std::string_view(least).substr(2));
  if (version_numbers(STREAMZ_VERSION) < version_numbers(version)) {
    refuse(fmt::format("needs streamz {} or newer, this is {}", version, STREAMZ_VERSION), "E0142");
  }
}

// parse() gives the value in the file, or throws.
template <class Parse>
Manifest manifest_of(const std::string& file, Parse parse) {
  Manifest manifest;
  manifest.file = file;
  manifest.package = stem_of(file);
  try {
    const Value value = parse();
    try {
      must_be(value.is_object(), value, "the manifest", "an object");
      const StrictObject top(value, "");
      read_format(top);
      read_package(top, manifest);
      read_entry_points(top, manifest);
      read_requires(top);  // before what a newer streamz may read in another way
      read_library(top, manifest);
      read_stages(top, manifest);
      if (!manifest.command.empty()) complete_specs(manifest);
    } catch (const Error& fact) {
      throw Error(file + ": " + fact.what(), fact.hint, fact.code);
    }
  } catch (const Error& error) {
    manifest.broken = error;
  }
  return manifest;
}

}  // namespace

Manifest read_manifest(const std::string& file) {
  simdjson::dom::parser parser;
  return manifest_of(file, [&] { return parse_strictly(parser, file); });
}

Manifest read_manifest(const std::string& file, const std::string& text) {
  simdjson::dom::parser parser;
  return manifest_of(file, [&] { return parse_strictly(parser, file, text); });
}

EntryPoint parse_entry_point(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::size_t colon = equals == std::string_view::npos ? equals : text.find(':', equals);
  const std::string_view name = trim(text.substr(0, equals));
  EntryPoint point;
  if (colon != std::string_view::npos) {
    point = {fold(name), std::string(trim(text.substr(equals + 1, colon - equals - 1))),
             class_named(trim(text.substr(colon + 1)))};
  }
  if (!is_package(point.package) || point.class_name.empty()) {
    refuse(fmt::format("\"{}\" is not NAME = PACKAGE:CLASS", printable(text)), "E0143");
  }
  if (!is_stage_name(name)) {
    const std::string rule =
        name.size() > name_limit ? fmt::format("at most {} characters", name_limit) : "use letters, digits, _ and -";
    refuse(fmt::format("entry point name \"{}\": {}", printable(name), rule), "E0143");
  }
  if (is_command(point.name)) refuse(fmt::format("\"{}\" is a streamz command", point.name), "E0153");
  return point;
}

StageSpec spec_from_json(std::string_view json_text) {
  simdjson::dom::parser parser;
  Value value;
  if (const auto error = parser.parse(json_text.data(), json_text.size()).get(value); error != simdjson::SUCCESS) {
    throw Error(fmt::format("its description is not JSON: {}", simdjson::error_message(error)), "", "E0141");
  }
  return spec_at({value, "its description"});
}

std::string spec_to_json(const StageSpec& spec) { return detail::spec_json(spec); }

const char* to_string(Kind kind) { return kind == Kind::source ? "source" : kind == Kind::sink ? "sink" : "node"; }

}  // namespace streamz
