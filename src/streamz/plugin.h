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

inline std::string string_text(const std::string& text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

// `print` gives the JSON text of an element.
template <class List, class Print>
std::string list_text(const List& list, Print print) {
  std::string text = "[";
  for (const auto& element : list) text.append(text.size() == 1 ? "" : ",").append(print(element));
  return text += ']';
}

// One JSON object, member by member. Values that are the rule (false, "", none) are left out.
class ObjectText {
 public:
  void add_json(std::string_view name, std::string_view value) {
    text_.append(text_.empty() ? "{\"" : ",\"").append(name).append("\":").append(value);
  }
  void add(std::string_view name, const std::string& value) {
    if (!value.empty()) add_json(name, string_text(value));
  }
  void add(std::string_view name, bool value) {
    if (value) add_json(name, "true");
  }
  void add(std::string_view name, const std::optional<double>& value) {
    if (value) add_json(name, json(*value).dump());
  }
  template <class List, class Print>
  void add(std::string_view name, const List& list, Print print) {
    if (!list.empty()) add_json(name, list_text(list, print));
  }
  std::string text() const { return text_ + '}'; }

 private:
  std::string text_;
};

inline std::string to_json(const Param& param) {
  ObjectText out;
  out.add_json("name", string_text(param.name));
  out.add_json("doc", string_text(param.doc));
  out.add("types", param.types, [](Type type) { return string_text(type_names[static_cast<std::size_t>(type)]); });
  out.add("value", param.value);
  out.add("one_of", param.one_of, string_text);
  out.add("min", param.min);
  out.add("max", param.max);
  out.add("positional", param.positional);
  out.add("required", param.required);
  out.add("repeats", param.repeats);
  out.add("list", param.list);
  out.add("free", param.free);
  return out.text();
}

// The one printer of a spec, for both sides of the border: what it says is what a manifest holds. As text, since it is
// printed at every start with a plugin.
inline std::string spec_json(const StageSpec& spec) {
  const std::vector<std::string> one_port = {""};
  ObjectText out;
  out.add_json("summary", string_text(spec.summary));
  out.add("details", spec.details);
  out.add("params", spec.params, [](const Param& param) { return to_json(param); });
  if (spec.inputs != one_port) out.add_json("inputs", list_text(spec.inputs, string_text));
  if (spec.outputs != one_port) out.add_json("outputs", list_text(spec.outputs, string_text));
  out.add("any_inputs", spec.any_inputs);
  out.add("examples", spec.examples, [](const Example& example) {
    ObjectText one;
    one.add("chain", example.chain);
    one.add("in", example.in);
    one.add("out", example.out);
    return one.text();
  });
  out.add("state", spec.state);
  out.add("stateless", spec.stateless);
  out.add("blocks", spec.blocks);
  out.add("queued", spec.queued);
  out.add("in_step", spec.in_step);
  out.add("uneven", spec.uneven);
  out.add("effects", spec.effects);
  out.add("acknowledges", spec.acknowledges);
  out.add("endless", spec.endless);
  out.add("ends", spec.ends);
  out.add("untracked", spec.untracked);
  out.add("replayable", spec.replayable);
  out.add("exactly_once", spec.exactly_once);
  out.add("transactional", spec.transactional);
  out.add("reads_lines", spec.reads_lines);
  out.add("writes_lines", spec.writes_lines);
  return out.text();
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
