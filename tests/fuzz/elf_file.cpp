// SPDX-License-Identifier: Apache-2.0
// Any bytes as a library: refused with a reason, or found fit to be opened (which is not done here).
#include "elf_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "streamz/plugin.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const int file = memfd_create("library", MFD_CLOEXEC);
  if (ftruncate(file, static_cast<off_t>(size)) != 0) std::abort();
  if (pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) std::abort();
  try {
    streamz::require_same_abi("p", "p.so", streamz::read_elf(file, "p.so"), STREAMZ_ABI_TAG);
  } catch (const streamz::Error& error) {
    if (*error.what() == '\0' || !error.code.starts_with("E014")) std::abort();
  }
  return 0;
}
