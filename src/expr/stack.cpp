// SPDX-License-Identifier: Apache-2.0
#include "stack.h"

#include <pthread.h>

#include <algorithm>

namespace streamz::expr {

namespace {

constexpr std::size_t kLeft = 512 << 10;  // for what is called from the deepest place: other stages

const char* find_limit() {
  pthread_attr_t attributes;
  void* lowest = nullptr;
  std::size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return nullptr;
  pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  return static_cast<const char*>(lowest) + std::min(kLeft, size / 4);
}

}  // namespace

const char* stack_limit() {
  static thread_local const char* const limit = find_limit();
  return limit;
}

}  // namespace streamz::expr
