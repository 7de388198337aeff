// SPDX-License-Identifier: Apache-2.0
// How long one record takes through an idle filter: writes a line to it, waits for the line that comes out, and so on.
// Prints the median and the 99th percentile of the round trips, in microseconds.
//   bench_latency ROUNDS COMMAND [ARGUMENT]...
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Filter {
  int in = -1, out = -1;
  pid_t pid = -1;
};

Filter start(char** command) {
  int to[2], from[2];
  if (pipe(to) != 0 || pipe(from) != 0) return {};
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(to[0], 0);
    dup2(from[1], 1);
    for (const int fd : {to[0], to[1], from[0], from[1]}) close(fd);
    execvp(command[0], command);
    std::perror(command[0]);
    _exit(127);
  }
  close(to[0]);
  close(from[1]);
  return {to[1], from[0], pid};
}

bool round_trip(const Filter& filter, const std::string& line) {
  if (write(filter.in, line.data(), line.size()) != static_cast<ssize_t>(line.size())) return false;
  char text[4096];
  ssize_t size = 0;
  do {
    size = read(filter.out, text, sizeof text);
  } while (size > 0 && text[size - 1] != '\n');
  return size > 0;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc < 3 ? 0 : std::atoi(argv[1]);
  if (rounds <= 0) {
    std::fprintf(stderr, "usage: bench_latency ROUNDS COMMAND [ARGUMENT]...\n");
    return 2;
  }
  const Filter filter = start(argv + 2);
  std::vector<double> times;
  for (int i = -100; i < rounds; ++i) {  // the first are not counted
    const std::string line =
        "{\"id\":" + std::to_string(i) + ",\"path\":\"/index.html\",\"status\":200,\"bytes\":512}\n";
    const Clock::time_point begun = Clock::now();
    if (!round_trip(filter, line)) {
      std::fprintf(stderr, "no answer to record %d\n", i);
      return 1;
    }
    const std::chrono::duration<double, std::micro> took = Clock::now() - begun;
    if (i >= 0) times.push_back(took.count());
  }
  close(filter.in);
  waitpid(filter.pid, nullptr, 0);
  std::sort(times.begin(), times.end());
  std::printf("%.1f %.1f\n", times[times.size() / 2], times[times.size() * 99 / 100]);
  return 0;
}
