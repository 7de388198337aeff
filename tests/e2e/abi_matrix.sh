#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One plugin built in every way that a compiler can be asked for: what works runs, what would crash is
# refused before it is opened, with the field of the tag that differs and what to do about it.
#   abi_matrix.sh            a part of the builds, of which the whole takes a minute
#   MATRIX=all abi_matrix.sh
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
not_sanitized
command -v g++ > /dev/null || exit 77

# What crosses the border: a record's value, a number given, an exception, a virtual call.
cat > probe.cpp << 'END'
#include <streamz/plugin.h>
#ifndef STEP
#define STEP 1
#endif
struct Probe : streamz::Stream {
  inline static long count = 0;
  static void describe(streamz::Spec<Probe>& s) { s.summary("count on"); }
  void update(const streamz::Record& x) override {
#if defined(__cpp_exceptions)
    if (!x.value().is_number()) throw streamz::Error("no number");
#endif
    emit(streamz::json(x.value().get<long>() + ++count * STEP));
  }
};
#define PLUGIN(PACKAGE) STREAMZ_PLUGIN(PACKAGE, "1", Probe)
PLUGIN(PACKAGE)
END
echo '{ global: streamz_plugin; local: *; };' > exported
mkdir plugins
chmod 755 . plugins
# nlohmann/json of another version
mkdir other
cp -r /usr/include/nlohmann other/
find other -name '*.hpp' -exec sed -i -E 's/(VERSION_PATCH) [0-9]+/\1 99/' {} +

# build PACKAGE COMPILER OPTION...: plugins/PACKAGE.so, built as streamz_add_plugin() does, and its manifest
build() {
  local package=$1 compiler=$2
  shift 2
  "$compiler" -std=c++20 -O0 -fPIC -fvisibility=hidden -fvisibility-inlines-hidden -I"$STREAMZ_SOURCE/src" -w \
    -DPACKAGE="$package" "$@" -shared -Wl,--version-script=exported -Wl,-z,now,--as-needed \
    probe.cpp -o "plugins/$package.so" > "$package.log" 2>&1 || {
    cat "$package.log" >&2
    return 1
  }
  printf '{"streamz": 1, "name": "%s", "entry_points": {"streamz.nodes": ["%s = %s:Probe"]}}' "$package" "$package" \
    "$package" > "plugins/$package.json"
}
export -f build
export STREAMZ_SOURCE

# Each row: what must come of it, the package, how it is built. A + stands before the part that always runs.
cat > rows << 'END'
+ runs                      gcc          g++ -DSTEP=100
+ runs                      optimised    g++ -O2 -flto -fuse-ld=gold
  runs                      clang        clang++-14
  runs                      lld          clang++-14 -fuse-ld=lld-14
  runs                      newer        g++ -std=c++23
  runs                      assertions   g++ -D_GLIBCXX_ASSERTIONS
  runs                      undefined    g++ -fsanitize=undefined
  runs                      static       g++ -static-libstdc++
+ stdlib=libstdc++/cxx11=0  old_strings  g++ -D_GLIBCXX_USE_CXX11_ABI=0
  dbg=1                     debug        g++ -D_GLIBCXX_DEBUG
  rtti=0                    no_rtti      g++ -fno-rtti
  exc=0                     no_throw     g++ -fno-exceptions
  json=json_abi_diag        diagnostics  g++ -DJSON_DIAGNOSTICS=1
  json=json_abi_v3_11_99    other_json   g++ -Iother
+ san=address               address      g++ -fsanitize=address
  san=address               clang_asan   clang++-14 -fsanitize=address
  san=thread                thread       g++ -fsanitize=thread
  stdlib=libc++             libcxx       clang++-14 -stdlib=libc++
END
if [[ ${MATRIX:-} == all ]]; then
  sed -i 's/^[+ ] *//' rows
else
  sed -i -n 's/^+ *//p' rows
fi
# shellcheck disable=SC2016
sed 's/^[^ ]* *//' rows | xargs -P "$(nproc)" -I ROW bash -c 'build ROW'

while read -r wanted package options; do
  gives "$([[ $wanted == runs ]] && echo 0 || echo 3)" streamz --plugin-path "$work/plugins" seq 1 2 ! "$package"
  if [[ $wanted == runs ]]; then
    silent
    [[ $options == *STEP=100* ]] && sums="101 202" || sums="2 4"
    equal "$sums" "$(paste -sd' ' out)"
    gives 5 streamz --plugin-path "$work/plugins" from_iterable '["x"]' ! "$package"
    says "no number"
  else
    says "error[E0147]: $package was built for another ABI: $wanted"
    says "  = fix: "
  fi
done < rows

# Two classes of one name: each runs its own code and counts for itself.
gives 0 streamz --plugin-path "$work/plugins" seq 1 2 ! gcc ! optimised
equal "102 204" "$(paste -sd' ' out)"
