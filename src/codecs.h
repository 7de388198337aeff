// SPDX-License-Identifier: Apache-2.0
// Compressed bytes to plain ones and back: gzip and zstd, on the way in known by their first bytes, streamed.
// The libraries are in a module that is opened when it is needed. Behind streamz::Decoder and LineWriter.
// Tested by tests/codecs_test.cpp.
#pragma once

#include <memory>

#include "codecs_module.h"
#include "streamz/stage.h"

namespace streamz {

// The functions behind detail::Host::decoder_*.
// Null when the bytes begin no stream that can be decoded; 4 bytes are enough to know.
detail::Decoding* decoder_open(std::string_view first_bytes);
std::size_t decoder_decode(detail::Decoding* decoding, std::string_view& in, std::span<char> out);
void decoder_finish(detail::Decoding* decoding);
void decoder_close(detail::Decoding* decoding);

// By its name: "gzip", "zstd".
std::unique_ptr<Compressor> make_compressor(std::string_view name);

}  // namespace streamz
