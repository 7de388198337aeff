// SPDX-License-Identifier: Apache-2.0
#include "data_stdout.h"

#include <fcntl.h>
#include <unistd.h>

namespace streamz {

namespace {
int data_descriptor = STDOUT_FILENO;
}  // namespace

int data_stdout() { return data_descriptor; }

void protect_stdout() {
  if (data_descriptor != STDOUT_FILENO) return;
  // Closed: -1, and who writes data gets the error that a closed standard output gives.
  data_descriptor = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
  if (dup2(STDERR_FILENO, STDOUT_FILENO) >= 0) return;
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere < 0 || nowhere == STDOUT_FILENO) return;
  dup2(nowhere, STDOUT_FILENO);
  close(nowhere);
}

}  // namespace streamz
