// SPDX-License-Identifier: Apache-2.0
// What a stage says about itself, once: summary, parameters, ports, examples. Help, man page,
// completion, argument checks, manifest and JSON catalogue are printed from it; the examples run as
// tests. Include <streamz/plugin.h>, not this.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <limits>
#include <optional>
#include <type_traits>
#include <variant>

#include "bytes.h"
#include "expr.h"
#include "stage.h"

namespace streamz {

enum class Kind : std::uint32_t { source, node, sink };

// Parameter types. A member's C++ type decides; `list<T>` is std::vector<T>, `T or U` is
// std::variant<T, U>, "not given" is std::optional<T>. The words a user writes for each are in
// `streamz help syntax`.
enum class Type : std::uint32_t {
  integer,      // long: 1000, 1_000_000, 1e6, 64K
  number,       // double
  boolean,      // bool: true false yes no
  string,       // std::string
  duration,     // Duration: 10s 500ms 1m30s; always more than zero
  size,         // Size: 64K 64KB 64KiB
  rate,         // Rate: 10/s 600/m
  path,         // Path: a leading ~/ is expanded; "-" is standard input or output
  json,         // Json: any JSON value
  expr,         // Expr: a jq program
  enumeration,  // an enum; its words are given by one_of(), in the order of the enumerators
  named,        // Named: EXPR or NAME:EXPR
  call          // Call: FN or FN:EXPR; the functions are given by one_of()
};

struct Size {
  std::uint64_t bytes = 0;
};
struct Rate {
  double per_second = 0;
};
struct Path {
  std::string name;
};
struct Json {
  std::string text;
};
// An expression and what its result is called: the last step of its path, unless NAME: says otherwise.
struct Named {
  std::string name;
  Expr expr;
};
// A function of what an expression gives, and what the result is called: of a parameter with free(), where
// the user writes NAME=FN or NAME=FN:EXPR. A word of one_of() that ends in NN stands for that function with
// a number from 0 to 100 in place of NN: `pNN` for p50, p99.9. Without EXPR `of` is false.
struct Call {
  std::string name;
  std::string function;
  Expr of;
};
template <class T>
using list = std::vector<T>;

// One parameter, as data.
struct Param {
  std::string name;
  std::string doc;
  std::vector<Type> types;          // more than one: the first that fits
  std::string value;                // the default as text; empty: none
  std::vector<std::string> one_of;  // the closed list of words
  std::optional<double> min, max;
  bool positional = false;  // may be given without its name, in the order of declaration
  bool required = false;
  bool repeats = false;  // may be given more than once
  bool list = false;     // parts at commas outside brackets
  bool free = false;     // takes every key that names no parameter: its own name only stands for those

  bool operator==(const Param&) const = default;
};

struct Example {
  std::string chain;  // $NAME stands for the stage's name
  std::string in;     // JSON values parted by blanks
  std::string out;

  bool operator==(const Example&) const = default;
};

// One stage, as data: what a manifest's "stages" holds for a plugin that is not loaded.
struct StageSpec {
  std::string summary;
  std::string details;  // paragraphs, for help and the manual
  std::vector<Param> params;
  std::vector<std::string> inputs{""};   // names of the input ports; "" is the one without a name
  std::vector<std::string> outputs{""};  // names of the output ports; port 0 is the main one
  bool any_inputs = false;               // takes further inputs: X.0 X.1 ...
  std::vector<Example> examples;
  std::string state;           // what it holds and its bound ("at most N records"); empty: nothing
  bool stateless = false;      // each record is handled alone: may run in parallel
  bool blocks = false;         // waits inside a foreign library: gets a thread of its own
  bool queued = false;         // takes its input from a queue on a thread of its own, so that it can hold it back
  bool in_step = false;        // pairs its inputs: one far ahead of the others is held back
  bool uneven = false;         // gives more or fewer records than it takes (not said of `map`-like stages)
  bool effects = false;        // does something besides emitting: goes on when nobody reads its output
  bool acknowledges = false;   // a source: hears when its records are done with, so that none is lost
  std::string endless;         // a source without an end of its own: "always", or when its PARAM=VALUE
  std::string ends;            // the parameter that, when given, lets the stage end the input before its end
  bool untracked = false;      // never hears what became of a record: behind such a source it needs ack=write
  bool replayable = false;     // a source: save() and restore() lead to the same records once more
  std::string exactly_once;    // a source, when its PARAM=VALUE: commits together with the sinks behind it
  bool transactional = false;  // a sink: takes part in that
  bool reads_lines = false;    // a source: all that it brings in comes from LineReader; may be looked at elsewhere
  bool writes_lines = false;   // a sink: update() is LineWriter::write(), and may be given many records as one

  bool operator==(const StageSpec&) const = default;
};

namespace detail {

template <class T>
struct Unwrap {
  using type = T;
  static constexpr bool optional = false, list = false;
};
template <class T>
struct Unwrap<std::optional<T>> {
  using type = T;
  static constexpr bool optional = true, list = false;
};
template <class T>
struct Unwrap<std::vector<T>> {
  using type = T;
  static constexpr bool optional = false, list = true;
};

template <class T>
constexpr Type type_of() {
  if constexpr (std::is_enum_v<T>) {
    return Type::enumeration;
  } else if constexpr (std::is_same_v<T, bool>) {
    return Type::boolean;
  } else if constexpr (std::is_same_v<T, long>) {
    return Type::integer;
  } else if constexpr (std::is_same_v<T, double>) {
    return Type::number;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return Type::string;
  } else if constexpr (std::is_same_v<T, Duration>) {
    return Type::duration;
  } else if constexpr (std::is_same_v<T, Size>) {
    return Type::size;
  } else if constexpr (std::is_same_v<T, Rate>) {
    return Type::rate;
  } else if constexpr (std::is_same_v<T, Path>) {
    return Type::path;
  } else if constexpr (std::is_same_v<T, Json>) {
    return Type::json;
  } else if constexpr (std::is_same_v<T, Named>) {
    return Type::named;
  } else if constexpr (std::is_same_v<T, Call>) {
    return Type::call;
  } else {
    static_assert(std::is_same_v<T, Expr>,
                  "a parameter is long double bool std::string Duration Size Rate Path Json "
                  "Expr Named Call, an enum, or std::vector, std::optional, std::variant of these");
    return Type::expr;
  }
}

template <class T>
void add_types(std::vector<Type>& types, const T* /*of*/) {
  types.push_back(type_of<T>());
}
template <class... T>
void add_types(std::vector<Type>& types, const std::variant<T...>* /*of*/) {
  (types.push_back(type_of<T>()), ...);
}

// Text to member. A text that does not fit throws Error with the fact.
template <class T>
void read(T& target, const Param& param, std::string_view text) {
  if constexpr (std::is_enum_v<T>) {
    for (std::size_t i = 0; i < param.one_of.size(); ++i) {
      if (param.one_of[i] == text) {
        target = static_cast<T>(i);
        return;
      }
    }
    throw Error("`" + std::string(text) + "` is none of its values");
  } else {
    host->read_argument(&target, type_of<T>(), text);
  }
}
template <class First, class... Rest>
bool read_first(auto& target, const Param& param, std::string_view text) {
  First value{};
  try {
    read(value, param, text);
    target = std::move(value);
    return true;
  } catch (const Error&) {
    if constexpr (sizeof...(Rest) == 0) throw;
  }
  if constexpr (sizeof...(Rest) > 0) return read_first<Rest...>(target, param, text);
  return false;
}
template <class... T>
void read(std::variant<T...>& target, const Param& param, std::string_view text) {
  read_first<T...>(target, param, text);
}

template <class T>
std::string show(const T& value, const Param& param) {
  if constexpr (std::is_enum_v<T>) {
    const auto index = static_cast<std::size_t>(value);
    return index < param.one_of.size() ? param.one_of[index] : std::string();
  } else {
    return host->show_argument(&value, type_of<T>());
  }
}
template <class... T>
std::string show(const std::variant<T...>& value, const Param& param) {
  return std::visit([&](const auto& v) { return show(v, param); }, value);
}

// A member that is a parameter: one of these two for each type of it, whatever the stage.
template <class M>
void set_member(void* member, const Param& param, std::string_view text) {
  auto& target = *static_cast<M*>(member);
  if constexpr (Unwrap<M>::list) {
    read(target.emplace_back(), param, text);
  } else if constexpr (Unwrap<M>::optional) {
    read(target.emplace(), param, text);
  } else {
    read(target, param, text);
  }
}
template <class M>
std::string show_member(const void* member, const Param& param) {
  if constexpr (Unwrap<M>::list || Unwrap<M>::optional) {
    return {};
  } else {
    return show(*static_cast<const M*>(member), param);
  }
}

}  // namespace detail

// The declaration of stage class T, filled by T::describe(Spec<T>&).
template <class T>
class Spec {
 public:
  // Refines the parameter declared by param().
  class Declared {
   public:
    explicit Declared(std::vector<Param>& params) : params_(params), index_(params.size() - 1) {}
    Declared& positional() { return param().positional = true, *this; }
    Declared& required() { return param().required = true, *this; }
    Declared& min(double least) { return param().min = least, *this; }
    Declared& max(double most) { return param().max = most, *this; }
    Declared& one_of(std::initializer_list<const char*> words) {
      param().one_of.assign(words.begin(), words.end());
      return *this;
    }
    // A list that may also be given word by word: `from_file a b c`.
    Declared& repeat() { return param().repeats = true, *this; }
    // Of a list<Call>: each key that names no parameter adds one, with the key as its name.
    Declared& free() {
      param().list = false;
      return param().free = true, *this;
    }

   private:
    std::vector<Param>& params_;
    std::size_t index_;

    Param& param() { return params_[index_]; }
  };

  void summary(std::string line) { data_.summary = std::move(line); }
  void details(std::string paragraphs) { data_.details = std::move(paragraphs); }

  // Declares a parameter bound to a member of T or of a class that T is derived from. Its default is the
  // member's initialiser.
  template <class M, class Owner>
  Declared param(const char* name, M Owner::*member, const char* doc) {
    static_assert(std::is_base_of_v<Owner, T>, "a parameter is a member of its stage");
    using U = detail::Unwrap<M>;
    Param& p = data_.params.emplace_back();
    p.name = std::string(name);  // plain assignment: a false -Wrestrict warning of g++ 12 for every stage
    p.doc = std::string(doc);
    p.list = U::list;
    detail::add_types(p.types, static_cast<const typename U::type*>(nullptr));
    const auto* const begin = reinterpret_cast<const std::byte*>(defaults_);
    const auto at = reinterpret_cast<const std::byte*>(&(defaults_->*member)) - begin;
    bound_.push_back({at, detail::set_member<M>, detail::show_member<M>});
    return Declared(data_.params);
  }

  void inputs(std::initializer_list<const char*> names) { data_.inputs.assign(names.begin(), names.end()); }
  void any_inputs() { data_.any_inputs = true; }
  // Names of the ports after the main output: outputs({"else"}) is port 1.
  void outputs(std::initializer_list<const char*> names) {
    data_.outputs.insert(data_.outputs.end(), names.begin(), names.end());
  }
  void example(std::string chain, std::string in, std::string out) {
    data_.examples.push_back({std::move(chain), std::move(in), std::move(out)});
  }
  void state(std::string bound) { data_.state = std::move(bound); }
  // Each record is handled alone. The host can make several of the stage then, which the argument is for.
  void stateless() {
    data_.stateless = true;
    Param& p = data_.params.emplace_back();
    p.name = std::string("workers");
    p.doc = std::string("how many of it work at once; what comes out keeps its order");
    p.types = {Type::integer};
    p.min = 1;
    p.max = 64;
    bound_.push_back(
        {0, [](void*, const Param&, std::string_view) {}, [](const void*, const Param&) { return std::string("1"); }});
  }
  void blocks() { data_.blocks = true; }
  void queued() { data_.queued = true; }
  void in_step() { data_.in_step = true; }
  void uneven() { data_.uneven = true; }
  void effects() { data_.effects = true; }
  void acknowledges() { data_.acknowledges = true; }
  void untracked() { data_.untracked = true; }
  void replayable() { data_.replayable = true; }
  void exactly_once(std::string when) { data_.exactly_once = std::move(when); }
  void transactional() { data_.transactional = true; }
  void reads_lines() { data_.reads_lines = true; }
  void writes_lines() { data_.writes_lines = true; }
  void endless(std::string when = "always") { data_.endless = std::move(when); }
  void ends(std::string param) { data_.ends = std::move(param); }

  const StageSpec& data() const { return data_; }
  // Sets parameter `index` from one word (for a list: adds one element).
  void set(T& stage, std::size_t index, std::string_view text) const {
    const Bound& bound = bound_[index];
    bound.set(reinterpret_cast<std::byte*>(&stage) + bound.at, data_.params[index], text);
  }

  // The one declaration of T, made on first use.
  static const Spec& of() {
    static const Spec spec = [] {
      const T defaults;
      Spec made;
      made.defaults_ = &defaults;
      T::describe(made);
      for (std::size_t i = 0; i < made.bound_.size(); ++i) {
        const Bound& bound = made.bound_[i];
        Param& param = made.data_.params[i];
        param.value = bound.show(reinterpret_cast<const std::byte*>(&defaults) + bound.at, param);
      }
      made.defaults_ = nullptr;
      return made;
    }();
    return spec;
  }

 private:
  struct Bound {
    std::ptrdiff_t at;  // of the member, from the beginning of T
    void (*set)(void* member, const Param& param, std::string_view text);
    std::string (*show)(const void* member, const Param& param);
  };
  const T* defaults_ = nullptr;  // while T describes itself
  StageSpec data_;
  std::vector<Bound> bound_;
};

template <class T>
constexpr Kind kind_of() {
  static_assert(std::is_base_of_v<Stream, T>, "a stage class must be a subclass of streamz::Stream");
  return std::is_base_of_v<Source, T> ? Kind::source : std::is_base_of_v<Sink, T> ? Kind::sink : Kind::node;
}

// A stage class as the host uses it; the same for built-ins and plugins.
struct StageClass {
  const char* name;  // of the C++ class
  Kind kind;
  const StageSpec& (*spec_of)(const void* context);
  Stream* (*create_with)(const void* context);
  void (*destroy)(Stream*) noexcept;
  void (*set)(Stream& stage, std::size_t param, std::string_view text);
  const void* context = nullptr;  // what makes the first two those of this class: a plugin's row, with the loader

  const StageSpec& spec() const { return spec_of(context); }
  Stream* create() const { return create_with(context); }
};

template <class T>
constexpr StageClass stage_class(const char* name) {
  return {name,
          kind_of<T>(),
          [](const void*) -> const StageSpec& { return Spec<T>::of().data(); },
          [](const void*) -> Stream* { return new T; },
          [](Stream* stage) noexcept { delete stage; },
          [](Stream& stage, std::size_t param, std::string_view text) {
            Spec<T>::of().set(static_cast<T&>(stage), param, text);
          },
          nullptr};
}

}  // namespace streamz
