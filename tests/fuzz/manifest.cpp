// SPDX-License-Identifier: Apache-2.0
// Any bytes as a manifest: refused with a reason, or read; and a spec that was read is the same after
// another way through its JSON.
#include <cstdlib>

#include "index.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace streamz;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Manifest manifest = read_manifest("p.json", text);
  if (manifest.broken) return 0;
  for (const auto& [name, spec] : manifest.stages) {
    if (spec_from_json(spec_to_json(spec)) != spec) std::abort();
  }
  return 0;
}
