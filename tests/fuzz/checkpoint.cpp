// SPDX-License-Identifier: Apache-2.0
// Any bytes as a checkpoint, as they are and behind the first line that fits them: refused with a reason, or read;
// and what was read is written so that it reads the same.
#include "checkpoint.h"

#include <boost/crc.hpp>
#include <cstdlib>

#include <fmt/format.h>

#include "target.h"

using namespace streamz;

namespace {

void read(std::string_view text) {
  try {
    const std::string once = to_text(parse_checkpoint(text));
    if (to_text(parse_checkpoint(once)) != once) std::abort();
  } catch (const Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  read(text);
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(text.data(), text.size());
  read(fmt::format("streamz checkpoint 1 {} {:08x}\n{}", text.size(), crc.checksum(), text));
  return 0;
}
