// SPDX-License-Identifier: Apache-2.0
// All that the author of a plugin includes. A plugin is one shared library with one exported object,
// `streamz_plugin`, and one ELF note that says which ABI it was built for; STREAMZ_PLUGIN makes both.
// It imports no symbol of the host. In CMake: streamz_add_plugin(). Tested by tests/loader_test.cpp.
#pragma once

#include <nlohmann/json.hpp>

#include "record.h"
#include "spec.h"
#include "stage.h"

// The version of these headers, which find_package(streamz 1) and pkg-config compare: the ABI, and what was
// added to it since.
#define STREAMZ_SDK_MAJOR 1
#define STREAMZ_SDK_MINOR 0

// ---- the ABI tag: whatever changes the layout of what crosses the border, as text. The host compares
// it field by field before it opens the library.
#define STREAMZ_TEXT_OF(...) #__VA_ARGS__
#define STREAMZ_TEXT(...) STREAMZ_TEXT_OF(__VA_ARGS__)

#if defined(_LIBCPP_VERSION)
#define STREAMZ_TAG_STDLIB "libc++"
#elif defined(_GLIBCXX_USE_CXX11_ABI)
#define STREAMZ_TAG_STDLIB "libstdc++/cxx11=" STREAMZ_TEXT(_GLIBCXX_USE_CXX11_ABI)
#else
#define STREAMZ_TAG_STDLIB "unknown"
#endif

#if defined(_GLIBCXX_DEBUG)
#define STREAMZ_TAG_DEBUG "1"
#else
#define STREAMZ_TAG_DEBUG "0"
#endif

#if defined(__GXX_RTTI)
#define STREAMZ_TAG_RTTI "1"
#else
#define STREAMZ_TAG_RTTI "0"
#endif

#if defined(__EXCEPTIONS)
#define STREAMZ_TAG_EXCEPTIONS "1"
#else
#define STREAMZ_TAG_EXCEPTIONS "0"
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STREAMZ_TAG_SANITIZER "address"
#elif __has_feature(thread_sanitizer)
#define STREAMZ_TAG_SANITIZER "thread"
#elif __has_feature(memory_sanitizer)
#define STREAMZ_TAG_SANITIZER "memory"
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define STREAMZ_TAG_SANITIZER "address"
#elif defined(__SANITIZE_THREAD__)
#define STREAMZ_TAG_SANITIZER "thread"
#endif
#if !defined(STREAMZ_TAG_SANITIZER)
#define STREAMZ_TAG_SANITIZER "none"
#endif

#if defined(NLOHMANN_JSON_NAMESPACE)
#define STREAMZ_TAG_JSON STREAMZ_TEXT(NLOHMANN_JSON_NAMESPACE)
#else
#define STREAMZ_TAG_JSON                                                    \
  "nlohmann::v" STREAMZ_TEXT(NLOHMANN_JSON_VERSION_MAJOR) "_" STREAMZ_TEXT( \
      NLOHMANN_JSON_VERSION_MINOR) "_" STREAMZ_TEXT(NLOHMANN_JSON_VERSION_PATCH)
#endif

#define STREAMZ_TAG_ABI STREAMZ_TEXT(STREAMZ_SDK_MAJOR)
#define STREAMZ_ABI_TAG                                                                                        \
  "streamz=" STREAMZ_TAG_ABI ";stdlib=" STREAMZ_TAG_STDLIB ";dbg=" STREAMZ_TAG_DEBUG ";rtti=" STREAMZ_TAG_RTTI \
  ";exc=" STREAMZ_TAG_EXCEPTIONS ";san=" STREAMZ_TAG_SANITIZER ";json=" STREAMZ_TAG_JSON

// ---- the exported object. Frozen in ABI 1: fields are only appended.
struct streamz_plugin_class {
  const char* name;
  std::uint32_t kind;  // streamz::Kind
  const char* (*spec_json)(const streamz::detail::Host*);
  streamz::Stream* (*create)(const streamz::detail::Host*);
  void (*destroy)(streamz::Stream*) noexcept;
  void (*set)(streamz::Stream&, std::size_t param, std::string_view text);
};

struct streamz_plugin_v1 {
  char magic[8];  // "streamz", NUL
  std::uint32_t struct_size;
  std::uint32_t sdk_minor;
  const char* tag;
  const char* package;
  const char* version;
  const streamz_plugin_class* classes;
  std::size_t class_count;
};

extern "C" {
// Declared first: a const object has internal linkage unless something said otherwise before.
__attribute__((visibility("default"))) extern const streamz_plugin_v1 streamz_plugin;
}

namespace streamz::detail {

inline constexpr const char* type_names[] = {"integer", "number", "boolean", "string", "duration", "size", "rate",
                                             "path",    "json",   "expr",    "enum",   "named",    "call"};

// The one printer of a spec, for both sides of the border: what it says is what a manifest holds.
// Values that are the rule (false, "", one unnamed port) are left out.
inline json to_json(const Param& param) {
  json out = {{"name", param.name}, {"doc", param.doc}, {"types", json::array()}};
  for (const Type type : param.types) out["types"].push_back(type_names[static_cast<std::size_t>(type)]);
  if (!param.value.empty()) out["value"] = param.value;
  if (!param.one_of.empty()) out["one_of"] = param.one_of;
  if (param.min) out["min"] = *param.min;
  if (param.max) out["max"] = *param.max;
  if (param.positional) out["positional"] = true;
  if (param.required) out["required"] = true;
  if (param.repeats) out["repeats"] = true;
  if (param.list) out["list"] = true;
  if (param.free) out["free"] = true;
  return out;
}

inline std::string spec_json(const StageSpec& spec) {
  const std::vector<std::string> one_port = {""};
  json out = {{"summary", spec.summary}};
  if (!spec.details.empty()) out["details"] = spec.details;
  for (const Param& param : spec.params) out["params"].push_back(to_json(param));
  if (spec.inputs != one_port) out["inputs"] = spec.inputs;
  if (spec.outputs != one_port) out["outputs"] = spec.outputs;
  if (spec.any_inputs) out["any_inputs"] = true;
  for (const Example& example : spec.examples) {
    out["examples"].push_back({{"chain", example.chain}, {"in", example.in}, {"out", example.out}});
  }
  if (!spec.state.empty()) out["state"] = spec.state;
  if (spec.stateless) out["stateless"] = true;
  if (spec.blocks) out["blocks"] = true;
  if (spec.queued) out["queued"] = true;
  if (spec.in_step) out["in_step"] = true;
  if (spec.uneven) out["uneven"] = true;
  if (spec.effects) out["effects"] = true;
  if (spec.acknowledges) out["acknowledges"] = true;
  if (!spec.endless.empty()) out["endless"] = spec.endless;
  if (!spec.ends.empty()) out["ends"] = spec.ends;
  if (spec.untracked) out["untracked"] = true;
  if (spec.replayable) out["replayable"] = true;
  if (!spec.exactly_once.empty()) out["exactly_once"] = spec.exactly_once;
  if (spec.transactional) out["transactional"] = true;
  if (spec.reads_lines) out["reads_lines"] = true;
  if (spec.writes_lines) out["writes_lines"] = true;
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

template <class T>
constexpr streamz_plugin_class plugin_class(const char* name) {
  return {name,
          static_cast<std::uint32_t>(kind_of<T>()),
          [](const Host* from) -> const char* {
            host = from;
            static const std::string text = spec_json(Spec<T>::of().data());
            return text.c_str();
          },
          [](const Host* from) -> Stream* {
            host = from;
            return new T;
          },
          [](Stream* stage) noexcept { delete stage; },
          [](Stream& stage, std::size_t param, std::string_view text) {
            Spec<T>::of().set(static_cast<T&>(stage), param, text);
          }};
}

struct AbiNote {
  std::uint32_t name_size = 8, text_size = sizeof(STREAMZ_ABI_TAG), type = 1;
  char name[8] = "streamz";
  char text[sizeof(STREAMZ_ABI_TAG)] = STREAMZ_ABI_TAG;
};

}  // namespace streamz::detail

// Alignment 4 on the variable: compilers align large objects to 32, and readers of notes then lose their place.
#define STREAMZ_ABI_NOTE \
  __attribute__((section(".note.streamz"), used, aligned(4))) static const streamz::detail::AbiNote streamz_abi_note;

// STREAMZ_PLUGIN(package, "version", Class...): up to 16 stage classes.
#define STREAMZ_PLUGIN(PACKAGE, VERSION, ...)                                               \
  STREAMZ_ABI_NOTE                                                                          \
  static const streamz_plugin_class streamz_plugin_classes[] = {STREAMZ_EACH(__VA_ARGS__)}; \
  const streamz_plugin_v1 streamz_plugin = {"streamz",                                      \
                                            sizeof(streamz_plugin_v1),                      \
                                            STREAMZ_SDK_MINOR,                              \
                                            STREAMZ_ABI_TAG,                                \
                                            #PACKAGE,                                       \
                                            VERSION,                                        \
                                            streamz_plugin_classes,                         \
                                            std::size(streamz_plugin_classes)};

#define STREAMZ_CLASS(C) streamz::detail::plugin_class<C>(#C)
#define STREAMZ_EACH(...)                                                                                            \
  STREAMZ_17TH(__VA_ARGS__, STREAMZ_16, STREAMZ_15, STREAMZ_14, STREAMZ_13, STREAMZ_12, STREAMZ_11, STREAMZ_10,      \
               STREAMZ_9, STREAMZ_8, STREAMZ_7, STREAMZ_6, STREAMZ_5, STREAMZ_4, STREAMZ_3, STREAMZ_2, STREAMZ_1, 0) \
  (__VA_ARGS__)
#define STREAMZ_17TH(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, NTH, ...) NTH
#define STREAMZ_1(C) STREAMZ_CLASS(C)
#define STREAMZ_2(C, ...) STREAMZ_CLASS(C), STREAMZ_1(__VA_ARGS__)
#define STREAMZ_3(C, ...) STREAMZ_CLASS(C), STREAMZ_2(__VA_ARGS__)
#define STREAMZ_4(C, ...) STREAMZ_CLASS(C), STREAMZ_3(__VA_ARGS__)
#define STREAMZ_5(C, ...) STREAMZ_CLASS(C), STREAMZ_4(__VA_ARGS__)
#define STREAMZ_6(C, ...) STREAMZ_CLASS(C), STREAMZ_5(__VA_ARGS__)
#define STREAMZ_7(C, ...) STREAMZ_CLASS(C), STREAMZ_6(__VA_ARGS__)
#define STREAMZ_8(C, ...) STREAMZ_CLASS(C), STREAMZ_7(__VA_ARGS__)
#define STREAMZ_9(C, ...) STREAMZ_CLASS(C), STREAMZ_8(__VA_ARGS__)
#define STREAMZ_10(C, ...) STREAMZ_CLASS(C), STREAMZ_9(__VA_ARGS__)
#define STREAMZ_11(C, ...) STREAMZ_CLASS(C), STREAMZ_10(__VA_ARGS__)
#define STREAMZ_12(C, ...) STREAMZ_CLASS(C), STREAMZ_11(__VA_ARGS__)
#define STREAMZ_13(C, ...) STREAMZ_CLASS(C), STREAMZ_12(__VA_ARGS__)
#define STREAMZ_14(C, ...) STREAMZ_CLASS(C), STREAMZ_13(__VA_ARGS__)
#define STREAMZ_15(C, ...) STREAMZ_CLASS(C), STREAMZ_14(__VA_ARGS__)
#define STREAMZ_16(C, ...) STREAMZ_CLASS(C), STREAMZ_15(__VA_ARGS__)
