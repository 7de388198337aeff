// SPDX-License-Identifier: Apache-2.0
#define CATCH_CONFIG_RUNNER
#include "catch.h"
#include "host.h"

int main(int argc, char** argv) {
  streamz::install_host();
  return Catch::Session().run(argc, argv);
}
