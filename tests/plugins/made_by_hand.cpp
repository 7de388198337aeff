// SPDX-License-Identifier: Apache-2.0
// A descriptor written by hand, whose classes are not made as they should be.
#include <streamz/plugin.h>

STREAMZ_ABI_NOTE

namespace {

using streamz::Stream;
using streamz::detail::Host;

const char* describe(const Host* host) {
  streamz::detail::host = host;
  return R"({"summary": "a stage that is not made"})";
}
void destroy(Stream* stage) noexcept { delete stage; }
void set(Stream&, std::size_t, std::string_view) {}

constexpr auto node = static_cast<std::uint32_t>(streamz::Kind::node);
constexpr auto source = static_cast<std::uint32_t>(streamz::Kind::source);

const streamz_plugin_class classes[] = {
    {"Throws", node, describe, [](const Host*) -> Stream* { throw std::runtime_error("n must be at least 0, is -1"); },
     destroy, set},
    {"ThrowsInt", node, describe, [](const Host*) -> Stream* { throw 42; }, destroy, set},
    {"Null", node, describe, [](const Host*) -> Stream* { return nullptr; }, destroy, set},
    {"Liar", source, describe, [](const Host*) { return new Stream; }, destroy, set},
};

}  // namespace

const streamz_plugin_v1 streamz_plugin = {
    "streamz", sizeof(streamz_plugin_v1), 0, STREAMZ_ABI_TAG, "made_by_hand", "1.0", classes, std::size(classes)};
