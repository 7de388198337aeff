// SPDX-License-Identifier: Apache-2.0
// How much of the thread's stack is left: a program that calls itself without end must give an error, and
// so must a value too deep to be walked through.
#pragma once

namespace streamz::expr {

// Throw Error when this thread's stack is nearly used up, whatever its limit is. What a program calls goes
// on to walk through values, so it has to stop earlier.
void check_stack_for_call();
void check_stack_for_value();

inline bool has_stack_left() { return static_cast<const char*>(__builtin_frame_address(0)) >= stack_limit(); }

}  // namespace streamz::expr
