// SPDX-License-Identifier: Apache-2.0
#include "codecs.h"

#include <optional>

#include "module.h"

namespace streamz {

struct detail::Decoding {
  std::unique_ptr<Decompressor> decompressor;
};

namespace {

std::optional<Codec> codec_of(std::string_view first_bytes) {
  if (first_bytes.starts_with("\x1F\x8B\x08")) return Codec::gzip;
  if (first_bytes.starts_with("\x28\xB5\x2F\xFD")) return Codec::zstd;
  // A frame to skip, which parallel compressors put first: 0x184D2A50 to 0x184D2A5F, little-endian.
  const bool skippable = first_bytes.size() >= 4 && (static_cast<unsigned char>(first_bytes[0]) & 0xF0U) == 0x50 &&
                         first_bytes.substr(1, 3) == "\x2A\x4D\x18";
  return skippable ? std::optional(Codec::zstd) : std::nullopt;
}

const CodecsModule& module() {
  return *static_cast<const CodecsModule*>(module_symbol("codecs", "streamz_codecs_module"));
}

}  // namespace

detail::Decoding* decoder_open(std::string_view first_bytes) {
  const std::optional<Codec> codec = codec_of(first_bytes);
  if (!codec) return nullptr;
  return new detail::Decoding{std::unique_ptr<Decompressor>(module().open(*codec))};
}

std::size_t decoder_decode(detail::Decoding* decoding, std::string_view& in, std::span<char> out) {
  return decoding->decompressor->decode(in, out);
}

void decoder_finish(detail::Decoding* decoding) { decoding->decompressor->finish(); }

void decoder_close(detail::Decoding* decoding) { delete decoding; }

std::unique_ptr<Compressor> make_compressor(std::string_view name) {
  return std::unique_ptr<Compressor>(module().compressor(name == "gzip" ? Codec::gzip : Codec::zstd));
}

}  // namespace streamz
