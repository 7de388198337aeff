// SPDX-License-Identifier: Apache-2.0
// What a running program has bound: a list, the innermost first. Closures hold on to the list they were
// made in, so its parts are shared and counted; one thread, so the counts are not atomic.
#pragma once

#include <utility>
#include <vector>

#include "op.h"

namespace streamz::expr {

struct Env;

class EnvRef {
 public:
  EnvRef() = default;
  EnvRef(const EnvRef& other) noexcept : EnvRef(other.env_) {}
  EnvRef(EnvRef&& other) noexcept : env_(std::exchange(other.env_, nullptr)) {}
  explicit EnvRef(Env* env) noexcept;
  EnvRef& operator=(EnvRef other) noexcept {
    std::swap(env_, other.env_);
    return *this;
  }
  ~EnvRef() {
    if (env_ != nullptr) release(env_);
  }
  Env* operator->() const { return env_; }
  Env* get() const { return env_; }

 private:
  friend struct Env;
  static void release(Env* env) noexcept;
  Env* env_ = nullptr;
};

// A variable or label (value), or a closure.
struct Env {
  std::uint32_t references = 0;
  EnvRef outer;
  Value value;
  const Op* closure = nullptr;
  EnvRef closure_env;

  static EnvRef bind(EnvRef outer, Value value) {
    auto* const env = new Env;
    env->outer = std::move(outer);
    env->value = std::move(value);
    return EnvRef(env);
  }
  static EnvRef bind(EnvRef outer, const Op* closure, EnvRef closure_env) {
    auto* const env = new Env;
    env->outer = std::move(outer);
    env->closure = closure;
    env->closure_env = std::move(closure_env);
    return EnvRef(env);
  }
  Env* at(std::uint32_t hops) {
    Env* env = this;
    for (; hops > 0; --hops) env = env->outer.get();
    return env;
  }
};

inline EnvRef::EnvRef(Env* env) noexcept : env_(env) {
  if (env_ != nullptr) ++env_->references;
}

// A loop, because lists grow long.
inline void EnvRef::release(Env* env) noexcept {
  std::vector<Env*> gone;
  while (env != nullptr) {
    Env* next = nullptr;
    if (--env->references == 0) {
      next = std::exchange(env->outer.env_, nullptr);
      if (env->closure_env.env_ != nullptr) gone.push_back(std::exchange(env->closure_env.env_, nullptr));
      delete env;
    }
    if (next == nullptr && !gone.empty()) {
      next = gone.back();
      gone.pop_back();
    }
    env = next;
  }
}

}  // namespace streamz::expr
