// SPDX-License-Identifier: Apache-2.0
// How a class of stages says what it is (stage_spec.h), and how its parameters are bound to its members.
// Include <streamz/plugin.h>, not this.
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
#include "stage_spec.h"

namespace streamz {

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
