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
#include "streamz/plugin.h"
#include "strict_json.h"

namespace streamz {

namespace {

constexpr std::size_t entry_limit = 1000;
constexpr std::size_t name_limit = 64;

[[noreturn]] void refuse(const std::string& fact, const char* code = "E0141", const std::string& hint = {}) {
  throw Error(fact, hint, code);
}

// ---- values of the right type; `where` is a JSON pointer

const char* article(const json& value) {
  switch (value.type()) {
    case json::value_t::object:
      return "an object";
    case json::value_t::array:
      return "an array";
    case json::value_t::string:
      return "a string";
    case json::value_t::boolean:
      return "a boolean";
    case json::value_t::null:
      return "null";
    default:
      return "a number";
  }
}

void must_be(bool right, const json& value, const std::string& where, const char* what) {
  if (!right) refuse(fmt::format("{} must be {}, is {}", printable(where), what, article(value)));
}

std::string text_at(const json& object, const std::string& where, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return {};
  must_be(found->is_string(), *found, where + "/" + key, "a string");
  return found->get<std::string>();
}

bool flag_at(const json& object, const std::string& where, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return false;
  must_be(found->is_boolean(), *found, where + "/" + key, "a boolean");
  return found->get<bool>();
}

std::optional<double> number_at(const json& object, const std::string& where, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return std::nullopt;
  must_be(found->is_number(), *found, where + "/" + key, "a number");
  return found->get<double>();
}

// Calls f(element, its pointer) for each element of the array at `key`, if there is one.
template <class F>
void each_at(const json& object, const std::string& where, const char* key, F f) {
  const auto found = object.find(key);
  if (found == object.end()) return;
  const std::string here = where + "/" + key;
  must_be(found->is_array(), *found, here, "an array");
  std::size_t index = 0;
  for (const json& element : *found) f(element, fmt::format("{}/{}", here, index++));
}

std::vector<std::string> words_at(const json& object, const std::string& where, const char* key) {
  std::vector<std::string> words;
  each_at(object, where, key, [&](const json& element, const std::string& here) {
    must_be(element.is_string(), element, here, "a string");
    words.push_back(element.get<std::string>());
  });
  return words;
}

// ---- specs

Type type_named(const std::string& name, const std::string& where) {
  for (std::size_t i = 0; i < std::size(detail::type_names); ++i) {
    if (name == detail::type_names[i]) return static_cast<Type>(i);
  }
  refuse(fmt::format("{}/types: unknown type \"{}\"", printable(where), printable(name)));
}

Param param_at(const json& value, const std::string& where) {
  must_be(value.is_object(), value, where, "an object");
  Param param;
  param.name = text_at(value, where, "name");
  param.doc = text_at(value, where, "doc");
  for (const std::string& name : words_at(value, where, "types")) param.types.push_back(type_named(name, where));
  if (param.name.empty() || param.types.empty()) refuse(printable(where) + " needs a name and types");
  param.value = text_at(value, where, "value");
  param.one_of = words_at(value, where, "one_of");
  param.min = number_at(value, where, "min");
  param.max = number_at(value, where, "max");
  param.positional = flag_at(value, where, "positional");
  param.required = flag_at(value, where, "required");
  param.repeats = flag_at(value, where, "repeats");
  param.list = flag_at(value, where, "list");
  return param;
}

StageSpec spec_at(const json& value, const std::string& where) {
  must_be(value.is_object(), value, where, "an object");
  StageSpec spec;
  spec.summary = text_at(value, where, "summary");
  spec.details = text_at(value, where, "details");
  each_at(value, where, "params",
          [&](const json& element, const std::string& here) { spec.params.push_back(param_at(element, here)); });
  if (value.contains("inputs")) spec.inputs = words_at(value, where, "inputs");
  if (value.contains("outputs")) spec.outputs = words_at(value, where, "outputs");
  spec.any_inputs = flag_at(value, where, "any_inputs");
  each_at(value, where, "examples", [&](const json& element, const std::string& here) {
    must_be(element.is_object(), element, here, "an object");
    spec.examples.push_back(
        {text_at(element, here, "chain"), text_at(element, here, "in"), text_at(element, here, "out")});
  });
  spec.state = text_at(value, where, "state");
  spec.stateless = flag_at(value, where, "stateless");
  spec.blocks = flag_at(value, where, "blocks");
  spec.queued = flag_at(value, where, "queued");
  spec.in_step = flag_at(value, where, "in_step");
  spec.uneven = flag_at(value, where, "uneven");
  spec.effects = flag_at(value, where, "effects");
  spec.acknowledges = flag_at(value, where, "acknowledges");
  spec.untracked = flag_at(value, where, "untracked");
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

void read_format(const json& top) {
  must_be(top.is_object(), top, "the manifest", "an object");
  const auto format = top.find("streamz");
  if (format == top.end()) refuse("no key \"streamz\": this streamz reads manifest format 1", "E0142");
  if (*format != 1) {
    refuse(fmt::format("manifest format {}, this streamz reads 1", printable(format->dump())), "E0142");
  }
  for (const auto& [key, value] : top.items()) {
    if (key.starts_with("streamz") && key != "streamz") refuse(fmt::format("unknown key \"{}\"", printable(key)));
  }
}

void read_package(const json& top, Manifest& manifest) {
  const std::string name = text_at(top, "", "name");
  if (name.find('/') != std::string::npos || name.find("..") != std::string::npos) {
    refuse(fmt::format("package name \"{}\" must be a plain name", printable(name)), "E0144");
  }
  if (!is_package(name))
    refuse(fmt::format("package name \"{}\": use letters, digits and _", printable(name)), "E0143");
  if (name != manifest.file.stem())
    refuse(fmt::format("describes package {}, so it must be called {}.json", name, name));
  manifest.version = text_at(top, "", "version");
  manifest.summary = text_at(top, "", "summary");
  manifest.extra = text_at(top, "", "extra");
}

std::optional<Kind> kind_of_group(const std::string& group) {
  if (group == "streamz.sources") return Kind::source;
  if (group == "streamz.nodes") return Kind::node;
  if (group == "streamz.sinks") return Kind::sink;
  return std::nullopt;
}

void read_entry_points(const json& top, Manifest& manifest) {
  const auto groups = top.find("entry_points");
  if (groups == top.end()) refuse("no key \"entry_points\"");
  must_be(groups->is_object(), *groups, "/entry_points", "an object");
  std::size_t count = 0;
  for (const auto& [group, lines] : groups->items()) {
    const std::optional<Kind> kind = kind_of_group(group);
    if (!kind) {
      // The file may serve another host as well; but a slip in one of our names should be seen.
      if (group.starts_with("streamz.")) manifest.warnings.push_back("unknown group \"" + printable(group) + "\"");
      continue;
    }
    must_be(lines.is_array(), lines, "/entry_points/" + group, "an array");
    count += lines.size();
    if (count > entry_limit) refuse(fmt::format("{} entry points, limit {}", count, entry_limit));
    for (const std::string& line : words_at(*groups, "/entry_points", group.c_str())) {
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

void read_command(const json& top, Manifest& manifest) {
  manifest.command = words_at(top, "", "command");
  if (manifest.command.empty() || manifest.command.front().empty()) refuse("/command names no program");
  const std::string& program = manifest.command.front();
  const bool beside = program.starts_with("./");
  if (program.find('/', beside ? 2 : 0) != std::string::npos) {
    refuse(fmt::format("command \"{}\" must be ./NAME, beside the manifest, or a word that is looked up on $PATH",
                       printable(program)),
           "E0144");
  }
  manifest.protocol = text_at(top, "", "protocol");
  if (!top.contains("protocol")) manifest.protocol = "lines";
  if (manifest.protocol != "lines" && manifest.protocol != "frames") {
    refuse(fmt::format("unknown protocol \"{}\": use lines or frames", printable(manifest.protocol)));
  }
}

void read_library(const json& top, Manifest& manifest) {
  if (top.contains("command")) return read_command(top, manifest);
  std::string name = text_at(top, "", "library");
  if (!top.contains("library")) name = manifest.package + ".so";
  if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos) {
    refuse(fmt::format("library \"{}\" must be a plain file name", printable(name)), "E0144");
  }
  manifest.library = manifest.file.parent_path() / name;
}

void read_stages(const json& top, Manifest& manifest) {
  const auto stages = top.find("stages");
  if (stages == top.end()) return;
  must_be(stages->is_object(), *stages, "/stages", "an object");
  for (const auto& [name, spec] : stages->items()) {
    manifest.stages.emplace_back(fold(name), spec_at(spec, "/stages/" + name));
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

void read_requires(const json& top) {
  const auto needs = top.find("requires");
  if (needs == top.end()) return;
  must_be(needs->is_object(), *needs, "/requires", "an object");
  const std::string least = text_at(*needs, "/requires", "streamz");
  if (least.empty()) return;
  if (!least.starts_with(">=")) refuse(fmt::format("/requires/streamz: \"{}\" is not \">=VERSION\"", printable(least)));
  const std::string_view version = trim(std::string_view(least).substr(2));
  if (version_numbers(STREAMZ_VERSION) < version_numbers(version)) {
    refuse(fmt::format("needs streamz {} or newer, this is {}", version, STREAMZ_VERSION), "E0142");
  }
}

}  // namespace

Manifest read_manifest(const std::filesystem::path& file) {
  Manifest manifest;
  manifest.file = file;
  manifest.package = file.stem().string();
  try {
    const json top = parse_strictly(file);
    try {
      read_format(top);
      read_package(top, manifest);
      read_entry_points(top, manifest);
      read_library(top, manifest);
      read_stages(top, manifest);
      if (!manifest.command.empty()) complete_specs(manifest);
      read_requires(top);
    } catch (const Error& fact) {
      throw Error(file.string() + ": " + fact.what(), fact.hint, fact.code);
    }
  } catch (const Error& error) {
    manifest.broken = error;
  }
  return manifest;
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
  try {
    return spec_at(json::parse(json_text), "");
  } catch (const json::exception& error) {
    throw Error(error.what(), "", "E0141");
  }
}

std::string spec_to_json(const StageSpec& spec) { return detail::spec_json(spec); }

std::string fold(std::string_view name) {
  std::string folded(name);
  std::replace(folded.begin(), folded.end(), '-', '_');
  return folded;
}

const char* to_string(Kind kind) { return kind == Kind::source ? "source" : kind == Kind::sink ? "sink" : "node"; }

}  // namespace streamz
