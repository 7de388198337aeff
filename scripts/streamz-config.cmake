# SPDX-License-Identifier: Apache-2.0
# find_package(streamz 1): streamz::sdk (the headers), streamz::streamz (the program), streamz_add_plugin().
# The version is that of the SDK, ABI.MINOR, not the program's: a plugin depends on nothing else.
include(${CMAKE_CURRENT_LIST_DIR}/streamz-targets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/streamz_add_plugin.cmake)
