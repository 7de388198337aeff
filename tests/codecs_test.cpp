// SPDX-License-Identifier: Apache-2.0
#include "codecs.h"

#include <algorithm>

#include "catch.h"

using namespace streamz;

namespace {

std::string unhex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

const std::string kGzip1 = unhex("1f8b08000000000002ffab564a54b232ace5020046a3e87408000000");
const std::string kGzip2 = unhex("1f8b08000000000002ffab564a54b232aae502001f1dae7608000000");
const std::string kZstd1 = unhex("28b52ffd04584100007b2261223a317d0ae2efece0");
const std::string kZstd2 = unhex("28b52ffd04584100007b2261223a327d0a86a83a3d");
// 25,000 lines of {"n":12345}, in several blocks.
const std::string kZstdLarge = unhex(
    "28b52ffd0458a40000607b226e223a31323334357d0a0100f1ffcf4b124c000008340100fcff3910024d0000083a0100dc131d0801923eace"
    "b");
const std::string kSkippable = unhex("502a4d1804000000deadbeef");
const std::string kPlain1 = "{\"a\":1}\n", kPlain2 = "{\"a\":2}\n";

struct Close {
  void operator()(detail::Decoding* decoding) const { decoder_close(decoding); }
};

// Feeds `bytes` in pieces of `piece` and takes the result in pieces of `room`.
std::string decode(const std::string& bytes, std::size_t piece, std::size_t room) {
  const std::unique_ptr<detail::Decoding, Close> decoding(decoder_open(std::string_view(bytes).substr(0, 4)));
  REQUIRE(decoding != nullptr);
  std::string plain;
  std::string out(room, '\0');
  for (std::size_t i = 0; i < bytes.size(); i += piece) {
    std::string_view in = std::string_view(bytes).substr(i, piece);
    std::size_t written = room;
    while (written == room) {
      written = decoder_decode(decoding.get(), in, out);
      plain.append(out, 0, written);
    }
    CHECK(in.empty());
  }
  decoder_finish(decoding.get());
  return plain;
}

std::string failure(const std::string& bytes) {
  try {
    decode(bytes, 7, 64);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("streams are known by their first bytes", "[codecs]") {
  for (const std::string_view plain : {"", "{", "{\"a\":1}", "\x1F", "\x1F\x8B\x07", "\x28\xB5\x2F", "P*M"}) {
    INFO(plain);
    CHECK(decoder_open(plain) == nullptr);
  }
  for (const std::string& compressed : {kGzip1, kZstd1, kSkippable}) {
    const std::unique_ptr<detail::Decoding, Close> decoding(decoder_open(compressed));
    CHECK(decoding != nullptr);
  }
}

TEST_CASE("what was compressed comes out, however it is cut", "[codecs]") {
  struct Case {
    std::string bytes, plain;
  };
  const std::vector<Case> cases = {
      {kGzip1, kPlain1},
      {kGzip1 + kGzip2 + kGzip1, kPlain1 + kPlain2 + kPlain1},
      {kGzip1 + std::string(500, '\0'), kPlain1},
      {kZstd1, kPlain1},
      {kZstd1 + kZstd2 + kZstd1, kPlain1 + kPlain2 + kPlain1},
      {kSkippable + kZstd1 + kSkippable + kZstd2, kPlain1 + kPlain2},
  };
  for (const Case& c : cases) {
    for (const std::size_t piece : {1, 3, 20, 1000}) {
      for (const std::size_t room : {1, 5, 8, 1000}) {
        INFO(piece << " in, " << room << " out");
        CHECK(decode(c.bytes, piece, room) == c.plain);
      }
    }
  }
}

TEST_CASE("long streams", "[codecs]") {
  const std::string large = decode(kZstdLarge, 10, 4096);
  CHECK(large.size() == 300000);
  CHECK(std::count(large.begin(), large.end(), '\n') == 25000);
  CHECK(large.ends_with("{\"n\":12345}\n"));
  std::string many;
  for (int i = 0; i < 5000; ++i) many += kGzip1;
  CHECK(decode(many, 4096, 4096).size() == 5000 * kPlain1.size());
}

TEST_CASE("a bad stream names the cause and the place", "[codecs]") {
  const auto flipped = [](std::string bytes, std::size_t at) {
    bytes[at] = static_cast<char>(bytes[at] ^ 0x55);
    return bytes;
  };
  CHECK(failure(kGzip1.substr(0, 20)) == "the gzip data is cut short after byte 20");
  CHECK(failure(kGzip1.substr(0, 10)) == "the gzip data is cut short after byte 10");
  CHECK(failure(kGzip1 + kGzip2.substr(0, 5)) == "the gzip data is cut short after byte 33");
  CHECK(failure(flipped(kGzip1, 20)) == "corrupt gzip data after byte 24: incorrect data check");
  CHECK(failure(flipped(kGzip1, 25)) == "corrupt gzip data after byte 28: incorrect length check");
  CHECK(failure(flipped(kGzip1, 10)) == "corrupt gzip data after byte 11: invalid block type");
  CHECK(failure(kGzip1 + "rubbish") == "corrupt gzip data after byte 30: incorrect header check");
  CHECK(failure(kZstd1.substr(0, 12)) == "the zstd data is cut short after byte 12");
  CHECK(failure(kZstd1 + kZstd2.substr(0, 3)) == "the zstd data is cut short after byte 24");
  CHECK(failure(flipped(kZstd1, 18)) == "corrupt zstd data after byte 14: Restored data doesn't match checksum");
  CHECK(failure(kZstd1 + "rubbish") == "corrupt zstd data after byte 21: Unknown frame descriptor");
}
