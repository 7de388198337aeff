// SPDX-License-Identifier: Apache-2.0
// Where data goes that a chain writes to standard output: nothing else is to land there.
// Tested by tests/guard_test.cpp.
#pragma once

namespace streamz {

// The data stream's descriptor: 1, or a private one once protect_stdout() was called.
int data_stdout();
// Moves the data stream to a private descriptor and points 1 at standard error, so that what a plugin
// prints never lands in the data. Called before the first library is opened.
void protect_stdout();

}  // namespace streamz
