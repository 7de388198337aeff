// SPDX-License-Identifier: Apache-2.0
// The floor of a start: what the libraries take that streamz is linked with, and nothing else.
int main() {}
