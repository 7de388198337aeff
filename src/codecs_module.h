// SPDX-License-Identifier: Apache-2.0
// The border between the program and the module that links zlib and libzstd: one table of functions.
// Tested by tests/codecs_test.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace streamz {

enum class Codec : std::uint32_t { gzip, zstd };

// One compressed stream on its way to plain bytes.
class Decompressor {
 public:
  virtual ~Decompressor() = default;
  // Takes bytes from the front of `in` and fills `out`; returns how many were written, which is less
  // than out.size() only when all of `in` was taken. Throws Error when the data is corrupt.
  virtual std::size_t decode(std::string_view& in, std::span<char> out) = 0;
  virtual void finish() = 0;  // the input ended: throws Error when the stream does not end there
};

// Plain bytes on their way to one compressed stream.
class Compressor {
 public:
  virtual ~Compressor() = default;
  // Appends to `out` all that a reader needs to get `in`; with `last` also the end of the stream.
  virtual void compress(std::string_view in, bool last, std::string& out) = 0;
};

struct CodecsModule {
  Decompressor* (*open)(Codec codec);      // the caller deletes it
  Compressor* (*compressor)(Codec codec);  // and this
};

}  // namespace streamz

// The one symbol of the module.
extern "C" __attribute__((visibility("default"))) const streamz::CodecsModule streamz_codecs_module;
