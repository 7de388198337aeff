// SPDX-License-Identifier: Apache-2.0
// How much of the thread's stack is left: a program that calls itself without end must give an error, and
// so must a value too deep to be walked through.
#pragma once

namespace streamz::expr {

// Whether another call may be made on this thread, whatever the limit of its stack is.
bool has_stack_left();

// Throw Error when it may not. What a program calls goes on to walk through values, which may go on for longer.
void check_stack_for_call();
void check_stack_for_value();

}  // namespace streamz::expr
