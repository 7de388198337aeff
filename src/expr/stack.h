// SPDX-License-Identifier: Apache-2.0
// How much of the thread's stack is left: a program that calls itself without end must give an error.
#pragma once

namespace streamz::expr {

// Below this address no more calls are to be made on this thread.
const char* stack_limit();

inline bool has_stack_left() { return static_cast<const char*>(__builtin_frame_address(0)) >= stack_limit(); }

}  // namespace streamz::expr
