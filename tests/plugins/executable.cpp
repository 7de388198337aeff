// SPDX-License-Identifier: Apache-2.0
// A program that is installed as a library.
#include <streamz/plugin.h>

STREAMZ_ABI_NOTE

int main() { return 0; }
