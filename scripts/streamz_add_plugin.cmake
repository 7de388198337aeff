# SPDX-License-Identifier: Apache-2.0
# streamz_add_plugin(PACKAGE VERSION x.y.z SOURCES file...
#   ENTRY_POINTS "streamz.nodes" "NAME = PACKAGE:CLASS" ["streamz.sinks" "NAME = PACKAGE:CLASS"...]
#   [SUMMARY text] [EXTRA name] [LINK library...] [TESTS file.test...] [NO_DESCRIBE])
#
# One folder, one library, one manifest. Works inside the project and, from an installed streamz, after
# find_package(streamz). The plugin links nothing of streamz and exports one symbol. Building it writes
# PACKAGE.so and PACKAGE.json side by side, and adds the tests PACKAGE.check and PACKAGE.FILE. NO_DESCRIBE
# leaves "stages" out of the manifest, as cross-compiling does.
include_guard(GLOBAL)

set(STREAMZ_PLUGIN_DIR ${PROJECT_BINARY_DIR}/lib/streamz/plugins CACHE INTERNAL "where plugins are built")

# ["streamz.nodes" "a = p:A" "b = p:B"...] to the JSON object of the manifest, in out_variable.
function(_streamz_entry_points out_variable)
  set(groups "")
  set(group "")
  foreach(word IN LISTS ARGN)
    if(word MATCHES "^streamz\\.(sources|nodes|sinks)$")
      set(group ${word})
      list(APPEND all ${group})
    elseif(NOT group)
      message(FATAL_ERROR "ENTRY_POINTS must begin with streamz.sources, streamz.nodes or streamz.sinks")
    else()
      string(APPEND lines_${group} "${comma_${group}} \"${word}\"")
      set(comma_${group} ",")
    endif()
  endforeach()
  if(NOT group)
    message(FATAL_ERROR "streamz_add_plugin: ENTRY_POINTS is missing")
  endif()
  list(REMOVE_DUPLICATES all)
  foreach(group IN LISTS all)
    list(APPEND groups "    \"${group}\": [${lines_${group}} ]")
  endforeach()
  list(JOIN groups ",\n" groups)
  set(${out_variable} "{\n${groups}\n  }" PARENT_SCOPE)
endfunction()

# The manifest without its stages; rewritten only when it changes.
function(_streamz_write_manifest package file)
  _streamz_entry_points(entry_points ${arg_ENTRY_POINTS})
  set(optional "")
  foreach(key SUMMARY EXTRA)
    if(arg_${key})
      string(TOLOWER ${key} name)
      string(REPLACE "\\" "\\\\" value "${arg_${key}}")
      string(REPLACE "\"" "\\\"" value "${value}")
      string(APPEND optional "  \"${name}\": \"${value}\",\n")
    endif()
  endforeach()
  file(CONFIGURE OUTPUT ${file} @ONLY CONTENT [[
{
  "streamz": 1,
  "name": "@package@",
  "version": "@arg_VERSION@",
@optional@  "entry_points": @entry_points@
}
]])
endfunction()

# What a library and a program have in common: its tests, and what scripts/packages.cmake asks.
function(_streamz_finish_plugin package summary extra programs tests)
  set_property(GLOBAL APPEND PROPERTY STREAMZ_PLUGINS ${package})
  set_target_properties(${package} PROPERTIES
    STREAMZ_SUMMARY "${summary}" STREAMZ_EXTRA "${extra}" STREAMZ_PROGRAMS "${programs}")
  set(command $<TARGET_FILE:streamz::streamz> --plugin-path ${STREAMZ_PLUGIN_DIR})
  add_test(NAME ${package}.check COMMAND ${command} plugins check ${package})
  foreach(file IN LISTS tests)
    get_filename_component(name ${file} NAME)
    add_test(NAME ${package}.${name} COMMAND ${command} test ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  endforeach()
endfunction()

function(streamz_add_plugin package)
  cmake_parse_arguments(PARSE_ARGV 1 arg "NO_DESCRIBE" "VERSION;SUMMARY;EXTRA" "SOURCES;ENTRY_POINTS;LINK;TESTS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "streamz_add_plugin(${package}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  foreach(key VERSION SOURCES)
    if(NOT arg_${key})
      message(FATAL_ERROR "streamz_add_plugin(${package}): ${key} is missing")
    endif()
  endforeach()
  set(written ${CMAKE_CURRENT_BINARY_DIR}/${package}.plugin/${package}.json)
  _streamz_write_manifest(${package} ${written})
  set(manifest ${STREAMZ_PLUGIN_DIR}/${package}.json)
  set(exported ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/streamz_plugin.version)

  add_library(${package} MODULE ${arg_SOURCES})
  target_compile_features(${package} PRIVATE cxx_std_20)
  target_link_libraries(${package} PRIVATE streamz::sdk ${arg_LINK})
  set_target_properties(${package} PROPERTIES
    PREFIX "" SUFFIX ".so"
    LIBRARY_OUTPUT_DIRECTORY ${STREAMZ_PLUGIN_DIR}
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    INSTALL_RPATH "$ORIGIN" BUILD_WITH_INSTALL_RPATH ON  # a changed path would be padded with ":", the working directory
    LINK_DEPENDS "${written};${exported}")
  # Without a version script g++ leaves three unique symbols, which two plugins would share.
  target_link_options(${package} PRIVATE -Wl,--version-script=${exported} -Wl,-z,now -Wl,--as-needed)
  get_target_property(options ${package} LINK_OPTIONS)
  if(NOT "${options} ${CMAKE_CXX_FLAGS}" MATCHES "-fsanitize")  # its run-time library is the program's
    target_link_options(${package} PRIVATE -Wl,-z,defs)
  endif()

  set(describe "")
  if(NOT arg_NO_DESCRIBE AND NOT CMAKE_CROSSCOMPILING)
    set(describe COMMAND $<TARGET_FILE:streamz::streamz> plugins describe ${manifest})
  endif()
  add_custom_command(TARGET ${package} POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E copy ${written} ${manifest} ${describe} VERBATIM)
  add_dependencies(${package} streamz::streamz)

  # One place under every prefix, which is on the search path of a program in the same prefix, and of any
  # program when the prefix is ~/.local, /usr/local or /usr.
  install(TARGETS ${package} LIBRARY DESTINATION lib/streamz/plugins COMPONENT ${package})
  install(FILES ${manifest} DESTINATION lib/streamz/plugins COMPONENT ${package})
  _streamz_finish_plugin(${package} "${arg_SUMMARY}" "${arg_EXTRA}" "" "${arg_TESTS}")
endfunction()

# streamz_add_program_plugin(PACKAGE PROGRAMS file... [TESTS file.test...])
#
# A plugin that is a program: PACKAGE.json, written by hand, and the programs that its "command" names as
# ./NAME, side by side as in the folder. Nothing is compiled.
function(streamz_add_program_plugin package)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "PROGRAMS;TESTS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_PROGRAMS)
    message(FATAL_ERROR "streamz_add_program_plugin(${package}): PROGRAMS is missing, or ${arg_UNPARSED_ARGUMENTS} is unknown")
  endif()
  list(TRANSFORM arg_PROGRAMS PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  set(files ${CMAKE_CURRENT_SOURCE_DIR}/${package}.json ${arg_PROGRAMS})
  set(stamp ${CMAKE_CURRENT_BINARY_DIR}/${package}.copied)
  add_custom_command(OUTPUT ${stamp} DEPENDS ${files}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${STREAMZ_PLUGIN_DIR}
    COMMAND ${CMAKE_COMMAND} -E copy ${files} ${STREAMZ_PLUGIN_DIR}
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp})
  add_custom_target(${package} ALL DEPENDS ${stamp})
  install(PROGRAMS ${arg_PROGRAMS} DESTINATION lib/streamz/plugins COMPONENT ${package})
  install(FILES ${package}.json DESTINATION lib/streamz/plugins COMPONENT ${package})

  file(READ ${package}.json manifest)
  string(JSON summary ERROR_VARIABLE none GET "${manifest}" summary)
  string(JSON extra ERROR_VARIABLE absent GET "${manifest}" extra)
  if(absent)
    set(extra "")
  endif()
  _streamz_finish_plugin(${package} "${summary}" "${extra}" "${arg_PROGRAMS}" "${arg_TESTS}")
endfunction()
