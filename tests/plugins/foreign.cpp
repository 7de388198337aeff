// SPDX-License-Identifier: Apache-2.0
// A shared library that has nothing to do with streamz.
extern "C" __attribute__((visibility("default"))) int answer() { return 42; }
