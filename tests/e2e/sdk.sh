#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A plugin built outside, against an installed tree that was moved: CMake, pkg-config, the places it is
# installed to. The plugin is the one that README.md shows.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
not_sanitized # the ABI of a sanitizer is another
export HOME=$work/home

cmake --install "$STREAMZ_BUILD" --prefix "$work/first" > log || fail "$(< log)"
mv first moved
export PATH=$work/moved/bin:$PATH STREAMZ=$work/moved/bin/streamz

# block WORD: the first block of README.md in the language WORD.
block() { awk -v start="\`\`\`$1" '$0 == start { on = 1; next } /^```/ { if (on) exit } on' "$STREAMZ_SOURCE/README.md"; }
mkdir plugin
block cpp > plugin/repeat.cpp
block cmake > plugin/CMakeLists.txt
cp "$STREAMZ_SOURCE/plugins/streamz_example_plugin/repeat.test" plugin

# The tree brings a plugin of the same name.
rm moved/lib/streamz/plugins/streamz_example_plugin.*
gives 3 "$STREAMZ" repeat 3 && says 'no stage named `repeat`'

cmake -S plugin -B b > log 2>&1 || fail "$(< log)"
cmake --build b > log 2>&1 || fail "$(< log)"
ctest --test-dir b > log 2>&1 || fail "$(< log)"
grep -q '100% tests passed' log || fail "$(< log)"
grep -q "^streamz_DIR:PATH=$work/moved/lib/cmake/streamz$" b/CMakeCache.txt || fail "another streamz was found"
jq -e '.stages.repeat.params[0].name == "n"' b/lib/streamz/plugins/streamz_example_plugin.json > null

# found PREFIX: the plugin installed there is found without being told where, and works.
found() {
  cmake --install b --prefix "$1" > log || fail "$(< log)"
  echo 7 > in
  gives 0 "$STREAMZ" -i in repeat 3 && silent
  equal "7 7 7" "$(paste -sd' ' out)"
  gives 0 "$STREAMZ" plugins show repeat
  grep -q "$1/lib/streamz/plugins/streamz_example_plugin.so" out || fail "not from $1"
  rm -r "$1/lib/streamz/plugins"
}
found "$work/moved"
found "$HOME/.local"
export XDG_DATA_DIRS=$work/elsewhere/share:/usr/share
found "$work/elsewhere"
unset XDG_DATA_DIRS

# The version that is compared is the SDK's.
asks() {
  mkdir -p asks
  printf 'cmake_minimum_required(VERSION 3.25)\nproject(asks CXX)\nfind_package(streamz %s REQUIRED)\n' "$1" > asks/CMakeLists.txt
  cmake -S asks -B asks/b
}
gives 0 asks ''
gives 0 asks 1
gives 0 asks 1.0
gives 1 asks 2 && says 'compatible with requested version "2"'

# Without CMake: the compiler, and a manifest by hand.
cat > Makefile << 'END'
CXXFLAGS = -std=c++20 -O2 -fPIC $(shell pkg-config --cflags streamz)
streamz_example_plugin.so: plugin/repeat.cpp
	$(CXX) $(CXXFLAGS) -shared $< -o $@ $(shell pkg-config --libs streamz)
install: streamz_example_plugin.so
	install -D -t $(shell pkg-config --variable=plugindir streamz) streamz_example_plugin.so streamz_example_plugin.json
END
cat > streamz_example_plugin.json << 'END'
{ "streamz": 1,
  "name": "streamz_example_plugin",
  "version": "0.0.1",
  "entry_points": { "streamz.nodes": [ "repeat = streamz_example_plugin:RepeatNode" ] } }
END
export PKG_CONFIG_PATH=$work/moved/share/pkgconfig
equal 1.0 "$(pkg-config --modversion streamz)"
make > log 2>&1 || fail "$(< log)"
gives 0 "$STREAMZ" plugins describe streamz_example_plugin.json && silent
make install > log 2>&1 || fail "$(< log)"
gives 0 "$STREAMZ" -i in repeat 2 && silent
equal "7 7" "$(paste -sd' ' out)"
equal "streamz_plugin" "$(nm -D --defined-only streamz_example_plugin.so | awk '{ print $3 }')"
