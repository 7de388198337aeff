// SPDX-License-Identifier: Apache-2.0
#include "stack.h"

#include <pthread.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <bit>

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

struct Stack {
  const char* top;
  std::size_t size;
};

// Of the first thread. pthread_getattr_np() would read /proc/self/maps for it, which takes a tenth of a start. The name
// of the program is what the kernel puts highest.
Stack first_stack() {
  const auto* const highest = std::bit_cast<const char*>(getauxval(AT_EXECFN));
  rlimit limit{};
  if (highest == nullptr || getrlimit(RLIMIT_STACK, &limit) != 0) return {nullptr, 0};
  return {highest, std::min<rlim_t>(limit.rlim_cur, kMost)};
}

Stack stack_of_thread() {
  if (getpid() == gettid()) return first_stack();
  pthread_attr_t attributes;
  void* lowest = nullptr;
  std::size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return {nullptr, 0};
  pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  return {static_cast<const char*>(lowest) + size, std::min(size, kMost)};
}

Floors find_floors() {
  const Stack stack = stack_of_thread();
  if (stack.top == nullptr) return {nullptr, nullptr};
  const std::size_t left = std::min(kLeft, stack.size / 4);
  return {stack.top - stack.size + left, stack.top - stack.size + left / 4};
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
