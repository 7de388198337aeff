# SPDX-License-Identifier: Apache-2.0
# cpack -G DEB: the packages streamz, streamz-dev, and one for each plugin: streamz-EXTRA, or by the name
# of its package. A component of the installation is a package. Tested by tests/e2e/packages.sh.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The streamz developers <streamz@localhost>" CACHE STRING "Maintainer of the packages")
set(CPACK_PACKAGE_VENDOR streamz)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # each package has its own
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_COMPONENTS_ALL "")

# streamz_package(COMPONENT NAME SECTION DEPENDS SUMMARY WORDS)
function(streamz_package component name section depends summary words)
  string(TOUPPER ${component} key)
  foreach(row IN ITEMS "PACKAGE_NAME ${name}" "PACKAGE_SECTION ${section}" "PACKAGE_DEPENDS ${depends}")
    string(REGEX MATCH "^([A-Z_]+) (.*)$" row "${row}")
    set(CPACK_DEBIAN_${key}_${CMAKE_MATCH_1} "${CMAKE_MATCH_2}" PARENT_SCOPE)
  endforeach()
  set(CPACK_COMPONENT_${key}_DESCRIPTION "${summary}\n${words}" PARENT_SCOPE)
  set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL} ${component} PARENT_SCOPE)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION share/doc/${name} RENAME copyright
    COMPONENT ${component} EXCLUDE_FROM_ALL)
endfunction()

set(same_version "streamz (= ${PROJECT_VERSION})")
streamz_package(streamz streamz utils "" "chains of stages over JSON lines"
  "A Unix filter: a chain of stages, source ! node ! sink, reads records, does
something with each, and writes what comes out. Expressions are jq programs.
Stages that are not built in come from plugins.")
streamz_package(dev streamz-dev libdevel "${same_version}" "headers for plugins of streamz"
  "What a plugin is built with: headers, a CMake package and a pkg-config file.
The manual for authors is streamz-plugin(7).")
set(CPACK_DEBIAN_DEV_PACKAGE_RECOMMENDS "cmake, g++ | clang, pkg-config")

get_property(plugins GLOBAL PROPERTY STREAMZ_PLUGINS)
foreach(plugin IN LISTS plugins)
  foreach(key IN ITEMS SUMMARY EXTRA PROGRAMS)
    get_target_property(plugin_${key} ${plugin} STREAMZ_${key})
  endforeach()
  set(name streamz-${plugin_EXTRA})
  if(NOT plugin_EXTRA)
    string(REGEX REPLACE "^(streamz_)?" "streamz-" name ${plugin})
    string(REPLACE "_" "-" name ${name})
  endif()
  string(TOLOWER ${name} name)
  set(depends ${same_version})
  if(plugin_PROGRAMS)
    string(TOUPPER CPACK_DEBIAN_${plugin}_PACKAGE_ARCHITECTURE architecture)
    set(${architecture} all)
    foreach(program IN LISTS plugin_PROGRAMS)  # an interpreter that env looks up is in the package of its name
      file(STRINGS ${program} first_line LIMIT_COUNT 1)
      if(first_line MATCHES "env ([a-z0-9]+)$")
        string(APPEND depends ", ${CMAKE_MATCH_1}")
      endif()
    endforeach()
  endif()
  streamz_package(${plugin} ${name} utils "${depends}" "plugin of streamz: ${plugin_SUMMARY}"
    "It adds stages to streamz; streamz plugins list shows them.")
endforeach()
include(CPack)
