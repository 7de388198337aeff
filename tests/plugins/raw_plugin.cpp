// SPDX-License-Identifier: Apache-2.0
// A descriptor written by hand: its class is no stage.
#include <streamz/plugin.h>

STREAMZ_ABI_NOTE
static const streamz_plugin_class classes[] = {{"NotAStage", 7, nullptr, nullptr, nullptr, nullptr}};
const streamz_plugin_v1 streamz_plugin = {
    "streamz", sizeof(streamz_plugin_v1), 0, STREAMZ_ABI_TAG, "raw_plugin", "1.0", classes, 1};
