// SPDX-License-Identifier: Apache-2.0
// Header only: for who reads much from a pipe or writes much into one.
#pragma once

#include <fcntl.h>

namespace streamz {

// A pipe of the usual size, 64 KiB, makes those at its ends take turns, and one processor rests. Linux may refuse, and
// what is no pipe has no size: then nothing changes.
inline void widen_pipe(int fd) {
  constexpr int kSize = 1 << 20;
  fcntl(fd, F_SETPIPE_SZ, kSize);
}

}  // namespace streamz
