// SPDX-License-Identifier: Apache-2.0
// Loaded before the C library (LD_PRELOAD): lets one call of a kind fail.
//   FAULT_CALL=write   write read open fsync rename malloc
//   FAULT_AT=3         the third one, counted from 1
//   FAULT_ERROR=28     with this errno; 0: write and read do a part of what was asked, or, where that is no more than
//                      the 8 bytes of an event descriptor, were interrupted
//   FAULT_COUNT=FILE   instead of that: the number of calls is written there at the end
// Calls on standard error do not count: the program has to be able to say what was wrong. Nor do those on event
// descriptors, unless they are interrupted: no disk is behind them, and a wake-up that is not written is one that
// never comes.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

std::atomic<long> calls{0};
const char* kind = nullptr;
const char* count_file = nullptr;
long at = 0;
int error = 0;
bool ready = false;

__attribute__((constructor)) void begin() {
  kind = getenv("FAULT_CALL");
  count_file = getenv("FAULT_COUNT");
  at = getenv("FAULT_AT") == nullptr ? 0 : atol(getenv("FAULT_AT"));
  error = getenv("FAULT_ERROR") == nullptr ? EIO : atoi(getenv("FAULT_ERROR"));
  ready = kind != nullptr && strcmp(kind, "malloc") != 0;
  unsetenv("LD_PRELOAD");  // children are left alone
}

// Memory counts from the first file on: before, the command line is read, which has nothing to lose.
bool fails(const char* call) { return ready && strcmp(call, kind) == 0 && ++calls == at; }

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

bool is_event(int fd) {
  char path[64], target[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(path, target, sizeof target - 1);
  return size > 0 && std::string_view(target, static_cast<std::size_t>(size)) == "anon_inode:[eventfd]";
}

bool io_fails(const char* call, int fd) {
  if (fd == STDERR_FILENO || (error != 0 && ready && is_event(fd))) return false;
  return fails(call);
}

int open_next(const char* name, const char* path, int flags, mode_t mode) {
  ready = kind != nullptr;
  if (fails("open")) {
    errno = error;
    return -1;
  }
  return next<int(const char*, int, ...)>(name)(path, flags, mode);
}

}  // namespace

__attribute__((destructor)) void report_calls() {
  if (count_file == nullptr) return;
  ready = false;
  if (FILE* const file = fopen(count_file, "w")) {
    fprintf(file, "%ld\n", calls.load());
    fclose(file);
  }
}

extern "C" {

void* __libc_malloc(std::size_t size);
void* malloc(std::size_t size) {
  if (fails("malloc")) {
    errno = ENOMEM;
    return nullptr;
  }
  return __libc_malloc(size);
}

ssize_t write(int fd, const void* bytes, std::size_t size) {
  static auto* const real = next<ssize_t(int, const void*, std::size_t)>("write");
  if (!io_fails("write", fd)) return real(fd, bytes, size);
  if (error == 0 && size > 8) return real(fd, bytes, size / 2);
  errno = error == 0 ? EINTR : error;
  return -1;
}

ssize_t read(int fd, void* bytes, std::size_t size) {
  static auto* const real = next<ssize_t(int, void*, std::size_t)>("read");
  if (!io_fails("read", fd)) return real(fd, bytes, size);
  if (error == 0 && size > 8) return real(fd, bytes, size / 2);
  errno = error == 0 ? EINTR : error;
  return -1;
}

#define STREAMZ_OPEN(name)                      \
  int name(const char* path, int flags, ...) {  \
    va_list more;                               \
    va_start(more, flags);                      \
    const mode_t mode = va_arg(more, mode_t);   \
    va_end(more);                               \
    return open_next(#name, path, flags, mode); \
  }
STREAMZ_OPEN(open)
STREAMZ_OPEN(open64)

#define STREAMZ_FAULTY(name, counted, parameters, arguments)           \
  int name parameters {                                                \
    if (!fails(counted)) return next<int parameters>(#name) arguments; \
    errno = error;                                                     \
    return -1;                                                         \
  }
STREAMZ_FAULTY(fsync, "fsync", (int fd), (fd))
STREAMZ_FAULTY(fdatasync, "fsync", (int fd), (fd))
STREAMZ_FAULTY(rename, "rename", (const char* from, const char* to), (from, to))

}  // extern "C"
