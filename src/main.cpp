// SPDX-License-Identifier: Apache-2.0
// The story: command line → chain → index → loader → graph → run → exit status.
#include <fcntl.h>

#include <csignal>
#include <cstdio>

#include "child.h"
#include "cli.h"
#include "compile.h"
#include "host.h"

namespace {

// A descriptor that was closed by the caller would be given to the next file that is opened, and be read or written
// in its place. Instead, to use it fails.
void occupy_standard_descriptors() {
  for (int fd = 0; fd < 3; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
  }
}

int run_chain(const streamz::CommandLine& line) {
  using namespace streamz;
  const Index index(line.plugins);  // scanned only when a name is not a built-in
  Compiled compiled;
  if (!compile(line, index, compiled)) return 3;  // chain, loader, graph
  const RunResult result = run(compiled.graph, compiled.chain, line.run);
  if (result.signal != 0) {
    kill_children();
    std::signal(result.signal, SIG_DFL);
    std::raise(result.signal);
  }
  return result.status;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace streamz;
  occupy_standard_descriptors();
  install_host();
  try {
    const CommandLine line = has_options(argc, argv) ? parse_options(argc, argv) : bare_chain(argc, argv);
    return line.command == Command::run ? run_chain(line) : command(line);
  } catch (const Error& error) {
    return report(error);
  } catch (const std::exception& error) {
    return report(Error(error.what()));
  }
}
