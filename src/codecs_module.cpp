// SPDX-License-Identifier: Apache-2.0
// The module codecs.so: zlib and libzstd as Decompressors and Compressors.
#include "codecs_module.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <new>
#include <string>

#include "streamz/record.h"

namespace streamz {

namespace {

// What both codecs say when something is wrong; `at` counts the compressed bytes that were good.
[[noreturn]] void corrupt(const char* format, std::uint64_t at, const char* why) {
  throw Error(std::string("corrupt ") + format + " data after byte " + std::to_string(at) + ": " + why);
}
[[noreturn]] void cut_short(const char* format, std::uint64_t size) {
  throw Error(std::string("the ") + format + " data is cut short after byte " + std::to_string(size));
}

class Gzip : public Decompressor {
 public:
  Gzip() {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  ~Gzip() override { inflateEnd(&stream_); }

  std::size_t decode(std::string_view& in, std::span<char> out) override {
    std::size_t written = 0;
    while (written < out.size()) {
      if (between_members_ && !next_member(in)) break;
      const std::size_t before = written;
      const std::size_t left = in.size();
      const int result = step(in, out, written);
      if (result == Z_STREAM_END) {
        between_members_ = true;
      } else if (result == Z_NEED_DICT) {
        corrupt("gzip", taken_, "it needs a dictionary");
      } else if (result == Z_MEM_ERROR) {
        throw std::bad_alloc();
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        corrupt("gzip", taken_, stream_.msg == nullptr ? "no reason given" : stream_.msg);
      } else if (left == 0 && written == before) {
        break;
      }
    }
    return written;
  }

  void finish() override {
    if (!between_members_) cut_short("gzip", taken_);
  }

 private:
  int step(std::string_view& in, std::span<char> out, std::size_t& written) {
    constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
    const auto offered = static_cast<uInt>(std::min(in.size(), kMost));
    const auto room = static_cast<uInt>(std::min(out.size() - written, kMost));
    // zlib's interface is older than const; it does not write there.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = offered;
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + written);
    stream_.avail_out = room;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    in.remove_prefix(offered - stream_.avail_in);
    taken_ += offered - stream_.avail_in;
    written += room - stream_.avail_out;
    return result;
  }

  // Members may follow each other, and zeros may fill up the last block, as gzip(1) allows.
  bool next_member(std::string_view& in) {
    while (!in.empty() && in.front() == '\0' && taken_ > 0) {
      in.remove_prefix(1);
      ++taken_;
    }
    if (in.empty()) return false;
    if (inflateReset(&stream_) != Z_OK) throw std::bad_alloc();
    between_members_ = false;
    return true;
  }

  z_stream stream_{};
  std::uint64_t taken_ = 0;
  bool between_members_ = true;
};

class Zstd : public Decompressor {
 public:
  Zstd() : context_(ZSTD_createDCtx()) {
    if (context_ == nullptr) throw std::bad_alloc();
  }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;
  ~Zstd() override { ZSTD_freeDCtx(context_); }

  std::size_t decode(std::string_view& in, std::span<char> out) override {
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    while (to.pos < to.size) {
      ZSTD_inBuffer from{in.data(), in.size(), 0};
      const std::size_t before = to.pos;
      // Without input, after a frame: the call would begin the next one.
      if (in.empty() && frame_ended_) break;
      const std::size_t result = ZSTD_decompressStream(context_, &to, &from);
      in.remove_prefix(from.pos);
      taken_ += from.pos;
      if (ZSTD_isError(result) != 0) corrupt("zstd", taken_, ZSTD_getErrorName(result));
      frame_ended_ = result == 0;
      if (in.empty() && to.pos == before) break;
    }
    return to.pos;
  }

  void finish() override {
    if (!frame_ended_) cut_short("zstd", taken_);
  }

 private:
  ZSTD_DCtx* context_;
  std::uint64_t taken_ = 0;
  bool frame_ended_ = true;
};

// What comes with each call can be read at once, so that nobody waits for what was written before.
class GzipCompressor : public Compressor {
 public:
  GzipCompressor() {
    constexpr int kGzip = 16 + MAX_WBITS, kMemory = 8;
    if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, kMemory, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  GzipCompressor(const GzipCompressor&) = delete;
  GzipCompressor& operator=(const GzipCompressor&) = delete;
  ~GzipCompressor() override { deflateEnd(&stream_); }

  void compress(std::string_view in, bool last, std::string& out) override {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    do {
      const std::size_t before = out.size();
      out.resize(before + kRoom);
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
      stream_.avail_out = kRoom;
      deflate(&stream_, last ? Z_FINISH : Z_SYNC_FLUSH);
      out.resize(before + kRoom - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

 private:
  static constexpr uInt kRoom = 32 << 10;
  z_stream stream_{};
};

class ZstdCompressor : public Compressor {
 public:
  ZstdCompressor() : context_(ZSTD_createCCtx()) {
    if (context_ == nullptr) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(context_, ZSTD_c_checksumFlag, 1);
  }
  ZstdCompressor(const ZstdCompressor&) = delete;
  ZstdCompressor& operator=(const ZstdCompressor&) = delete;
  ~ZstdCompressor() override { ZSTD_freeCCtx(context_); }

  void compress(std::string_view in, bool last, std::string& out) override {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    std::size_t left = 0;
    do {
      const std::size_t before = out.size();
      out.resize(before + ZSTD_CStreamOutSize());
      ZSTD_outBuffer to{out.data() + before, out.size() - before, 0};
      left = ZSTD_compressStream2(context_, &to, &from, last ? ZSTD_e_end : ZSTD_e_flush);
      out.resize(before + to.pos);
      if (ZSTD_isError(left) != 0) throw Error(std::string("cannot compress: ") + ZSTD_getErrorName(left));
    } while (left != 0);
  }

 private:
  ZSTD_CCtx* context_;
};

Compressor* compressor(Codec codec) {
  if (codec == Codec::gzip) return new GzipCompressor;
  return new ZstdCompressor;
}

Decompressor* open(Codec codec) {
  if (codec == Codec::gzip) return new Gzip;
  return new Zstd;
}

}  // namespace

}  // namespace streamz

const streamz::CodecsModule streamz_codecs_module = {streamz::open, streamz::compressor};
