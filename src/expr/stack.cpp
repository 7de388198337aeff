// SPDX-License-Identifier: Apache-2.0
#include "stack.h"

#include <pthread.h>

#include <algorithm>

#include "../streamz/record.h"

namespace streamz::expr {

namespace {

// Of a stack that may grow without limit (`ulimit -s unlimited`) not more is used than of a usual one: what
// else was mapped may stand in its way.
constexpr std::size_t kMost = 8 << 20;
constexpr std::size_t kLeft = 1 << 20;  // at the deepest call, for values and for the stages behind

struct Floors {
  const char* call;  // below these addresses nothing more is called
  const char* value;
};

Floors find_floors() {
  pthread_attr_t attributes;
  void* lowest = nullptr;
  std::size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return {nullptr, nullptr};
  pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  const char* const top = static_cast<const char*>(lowest) + size;
  const std::size_t used = std::min(size, kMost);
  const std::size_t left = std::min(kLeft, used / 4);
  return {top - used + left, top - used + left / 4};
}

const Floors& floors() {
  static thread_local const Floors of_this_thread = find_floors();
  return of_this_thread;
}

}  // namespace

bool has_stack_left() { return static_cast<const char*>(__builtin_frame_address(0)) >= floors().call; }

void check_stack_for_call() {
  if (!has_stack_left()) throw Error("the program calls itself too deeply");
}

void check_stack_for_value() {
  if (static_cast<const char*>(__builtin_frame_address(0)) < floors().value) {
    throw Error("the value is nested too deeply for what is left of the stack");
  }
}

}  // namespace streamz::expr
