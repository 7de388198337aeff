// SPDX-License-Identifier: Apache-2.0
#include "functions.h"

#include <algorithm>
#include <array>

namespace streamz::expr {

namespace {

// As jq 1.8 has them.
constexpr WrittenRow kWritten[] = {
    {"values", 0, "def values: select(. != null);"},
    {"nulls", 0, "def nulls: select(. == null);"},
    {"booleans", 0, "def booleans: select(type == \"boolean\");"},
    {"numbers", 0, "def numbers: select(type == \"number\");"},
    {"strings", 0, "def strings: select(type == \"string\");"},
    {"arrays", 0, "def arrays: select(type == \"array\");"},
    {"objects", 0, "def objects: select(type == \"object\");"},
    {"iterables", 0, "def iterables: select(type | . == \"array\" or . == \"object\");"},
    {"scalars", 0, "def scalars: select(type | . != \"array\" and . != \"object\");"},
    {"finites", 0, "def finites: select(isfinite);"},
    {"normals", 0, "def normals: select(isnormal);"},
    {"isfinite", 0, "def isfinite: type == \"number\" and (isinfinite | not);"},
    {"recurse", 1, "def recurse(f): def r: ., (f | r); r;"},
    {"recurse", 2, "def recurse(f; cond): def r: ., (f | select(cond) | r); r;"},
    {"until", 2, "def until(cond; update): def _until: if cond then . else (update | _until) end; _until;"},
    {"while", 2, "def while(cond; update): def _while: if cond then ., (update | _while) else empty end; _while;"},
    {"repeat", 1, "def repeat(f): def _repeat: f, _repeat; _repeat;"},
    {"skip", 2,
     "def skip($n; f): if $n > 0 then foreach f as $x ($n; . - 1; if . < 0 then $x else empty end) "
     "elif $n == 0 then f else error(\"skip doesn't support negative count\") end;"},
    {"nth", 1, "def nth($n): .[$n];"},
    {"nth", 2,
     "def nth($n; f): if $n < 0 then error(\"nth doesn't support negative indices\") else first(skip($n; f)) end;"},
    {"first", 0, "def first: .[0];"},
    {"last", 0, "def last: .[-1];"},
    {"any", 1, "def any(f): isempty(.[] | f | select(.)) | not;"},
    {"any", 2, "def any(g; f): isempty(g | f | select(.)) | not;"},
    {"all", 1, "def all(f): isempty(.[] | f | select(. | not));"},
    {"all", 2, "def all(g; f): isempty(g | f | select(. | not));"},
    {"add", 1, "def add(f): reduce f as $x (null; . + $x);"},
    {"isvalid", 1, "def isvalid(f): try (f | true) catch false;"},
    {"in", 1, "def in(xs): . as $x | xs | has($x);"},
    {"inside", 1, "def inside(xs): . as $x | xs | contains($x);"},
    {"index", 1, "def index($i): indices($i) | .[0];"},
    {"rindex", 1, "def rindex($i): indices($i) | .[-1:][0];"},
    {"indices", 1,
     "def indices($i): if type == \"array\" and ($i | type) == \"array\" then .[$i] "
     "elif type == \"array\" then .[[$i]] "
     "elif type == \"string\" and ($i | type) == \"string\" then _strindices($i) else .[$i] end;"},
    {"join", 1,
     "def join($x): reduce .[] as $i (null; (if . == null then \"\" else . + $x end) + "
     "($i | if type == \"boolean\" or type == \"number\" then tostring else . // \"\" end)) // \"\";"},
    {"paths", 0, "def paths: path(..) | select(length > 0);"},
    {"paths", 1, "def paths(f): path(.. | select(f)) | select(length > 0);"},
    {"leaf_paths", 0, "def leaf_paths: paths(scalars);"},
    {"pick", 1, "def pick(f): . as $in | reduce path(f) as $p (null; setpath($p; $in | getpath($p)));"},
    {"walk", 1,
     "def walk(f): def w: if type == \"object\" then map_values(w) elif type == \"array\" then map(w) else . end | f; "
     "w;"},
    {"transpose", 0, "def transpose: [range(0; map(length) | max // 0) as $i | [.[][$i]]];"},
    {"combinations", 0,
     "def combinations: if length == 0 then [] else .[0][] as $x | (.[1:] | combinations) as $w | [$x] + $w end;"},
    {"combinations", 1, "def combinations(n): . as $dot | [range(n)] | map($dot) | combinations;"},
    {"ascii", 0, "def ascii: [.] | implode;"},
    {"todate", 0, "def todate: strftime(\"%Y-%m-%dT%H:%M:%SZ\");"},
    {"fromdateiso8601", 0, "def fromdateiso8601: strptime(\"%Y-%m-%dT%H:%M:%SZ\") | mktime;"},
    {"todateiso8601", 0, "def todateiso8601: strftime(\"%Y-%m-%dT%H:%M:%SZ\");"},
    {"fromdate", 0, "def fromdate: fromdateiso8601;"},
    {"date", 0, "def date: todate;"},
    {"dateadd", 2, "def dateadd(u; n): . + n;"},
    {"datesub", 2, "def datesub(u; n): . - n;"},
    {"trimstr", 1, "def trimstr($x): ltrimstr($x) | rtrimstr($x);"},
    {"debug", 1, "def debug(f): (f | debug | empty), .;"},
    {"tostream", 0,
     "def tostream: path(def r: (.[]? | r), .; r) as $p | getpath($p) | reduce path(.[]?) as $q ([$p, .]; [$p + $q]);"},
    {"fromstream", 1,
     "def fromstream(f): {x: null, e: false} as $init | foreach f as $i ($init; "
     "if .e then $init else . end | if $i | length == 2 "
     "then setpath([\"e\"]; $i[0] | length == 0) | setpath([\"x\"] + $i[0]; $i[1]) "
     "else setpath([\"e\"]; $i[0] | length == 1) end; if .e then .x else empty end);"},
    {"truncate_stream", 1,
     "def truncate_stream(f): . as $n | null | f | . as $in | "
     "if (.[0] | length) > $n then setpath([0]; .[0][$n:]) else empty end;"},
    {"IN", 1, "def IN(s): any(s == .; .);"},
    {"IN", 2, "def IN(src; s): any(src == s; .);"},
    {"INDEX", 1, "def INDEX(f): INDEX(.[]; f);"},
    {"INDEX", 2, "def INDEX(s; f): reduce s as $row ({}; .[$row | f | tostring] |= $row);"},
    {"JOIN", 2, "def JOIN($idx; idx_expr): [.[] | [., $idx[idx_expr]]];"},
    {"JOIN", 3, "def JOIN($idx; stream; idx_expr): stream | [., $idx[idx_expr]];"},
    {"JOIN", 4, "def JOIN($idx; stream; idx_expr; join_expr): stream | [., $idx[idx_expr]] | join_expr;"},
    {"_nwise", 1, "def _nwise($n): def n: if length <= $n then . else .[0:$n], (.[$n:] | n) end; n;"},
    {"match", 1, "def match($re): _match($re; null) | .[];"},
    {"match", 2, "def match($re; $flags): _match($re; $flags) | .[];"},
    {"capture", 1, "def capture($re): capture($re; null);"},
    {"capture", 2,
     "def capture($re; $flags): match($re; $flags) | [.captures | .[] | select(.name != null) | "
     "{key: .name, value: .string}] | from_entries;"},
    {"scan", 1, "def scan($re): scan($re; null);"},
    {"scan", 2,
     "def scan($re; $flags): match($re; \"g\" + $flags) | "
     "if (.captures | length) > 0 then [.captures | .[] | .string] else .string end;"},
    {"split", 2,
     "def split($re; flags): . as $s | [foreach ((match($re; flags + \"g\") | [.offset, .length]), null) as $m "
     "([0, null]; if $m == null then [.[0], $s[.[0]:]] else [$m[0] + $m[1], $s[.[0]:$m[0]]] end; .[1])];"},
    {"splits", 1, "def splits($re): splits($re; null);"},
    {"splits", 2, "def splits($re; flags): split($re; flags) | .[];"},
    {"sub", 2, "def sub($re; str): sub($re; str; \"\");"},
    {"sub", 3,
     "def sub($re; str; $flags): . as $in | (reduce match($re; $flags) as $edit ({result: [], previous: 0}; "
     "$in[.previous:$edit.offset] as $gap | "
     "[reduce ($edit.captures[] | select(.name != null)) as $c ({}; .[$c.name] = $c.string) | str] as $inserts | "
     "reduce range(0; $inserts | length) as $ix (.; .result[$ix] += $gap + $inserts[$ix]) | "
     ".previous = ($edit | .offset + .length)) | .result[] + $in[.previous:]) // $in;"},
    {"gsub", 2, "def gsub($re; str): sub($re; str; \"g\");"},
    {"gsub", 3, "def gsub($re; str; $flags): sub($re; str; $flags + \"g\");"},
};

std::array<std::span<const NativeRow>, 6> tables() {
  return {value_functions(), string_functions(), array_functions(),
          math_functions(),  date_functions(),   regex_functions()};
}

}  // namespace

const NativeRow* find_native(std::string_view name, std::size_t arity) {
  for (const std::span<const NativeRow> table : tables()) {
    const auto found =
        std::ranges::find_if(table, [&](const NativeRow& row) { return row.name == name && row.arity == arity; });
    if (found != table.end()) return &*found;
  }
  return nullptr;
}

const WrittenRow* find_written(std::string_view name, std::size_t arity) {
  const auto* const found =
      std::ranges::find_if(kWritten, [&](const WrittenRow& row) { return row.name == name && row.arity == arity; });
  return found == std::end(kWritten) ? nullptr : found;
}

std::vector<std::string> native_names() {
  std::vector<std::string> names;
  const auto add = [&](std::string_view name, std::size_t arity) {
    if (name[0] != '_') names.push_back(std::string(name) + "/" + std::to_string(arity));
  };
  for (const std::span<const NativeRow> table : tables()) {
    for (const NativeRow& row : table) add(row.name, row.arity);
  }
  for (const WrittenRow& row : kWritten) add(row.name, row.arity);
  const std::vector<std::string> special = special_names();
  names.insert(names.end(), special.begin(), special.end());
  return names;
}

}  // namespace streamz::expr
