// SPDX-License-Identifier: Apache-2.0
// What flows: records, their acknowledgement tokens, and the one error class.
//
// A record is its JSON text. Everything else is made on demand, so a stage that passes records on,
// drops, delays or fans them out never parses or serialises. Include <streamz/plugin.h>, not this.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json_fwd.hpp>

namespace streamz {

// JSON values for authors. Key order is kept, as it came in.
using json = nlohmann::ordered_json;

// Nanoseconds. A Time counts from 1970 UTC; it never goes backwards within a run, even when the
// system clock is set.
using Duration = std::chrono::nanoseconds;
using Time = std::chrono::time_point<std::chrono::system_clock, Duration>;

// The one exception. Stage code throws only the fact: `throw Error("n must be at least 1, is 0")`;
// the framework adds which stage, which argument, which record and where. `code` is one of the table
// in `streamz help errors`; empty lets the framework choose. `hint` says how to mend it.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& text, std::string hint_ = {}, std::string code_ = {})
      : std::runtime_error(text), hint(std::move(hint_)), code(std::move(code_)) {}
  std::string hint;
  std::string code;
};

// The code of an error that is one record's fault where that is not plain: what a sink throws ends the run otherwise.
inline constexpr const char* kRecordError = "R0301";

class Record;

namespace detail {

class Tokens;  // what must be acknowledged once a text is done with; the host's own

// A block of text shared by the records in it. Frozen in ABI 1. The last reference calls `release`,
// which acknowledges the tokens and recycles the block. 64 readable bytes follow the text.
struct Chunk {
  std::atomic<std::uint32_t> references{1};
  std::uint32_t reserved = 0;
  void (*release)(Chunk*) = nullptr;
  Tokens* tokens = nullptr;  // null when the source acknowledges nothing
};

inline void retain(Chunk* chunk) noexcept {
  if (chunk != nullptr) chunk->references.fetch_add(1, std::memory_order_relaxed);
}
inline void release(Chunk* chunk) noexcept {
  if (chunk != nullptr && chunk->references.fetch_sub(1, std::memory_order_acq_rel) == 1) chunk->release(chunk);
}

struct Value;  // a parsed value kept with its record
struct Access;
struct Host;
// The host's functions, set before any object of this library exists. Hidden, so each plugin has its own.
inline const Host* host = nullptr;

}  // namespace detail

// One JSON value, as text. 32 bytes; a copy shares the text and is one atomic add.
// The `const Record&` a stage is given is valid during that call; hold it with Stream::keep().
class Record {
 public:
  Record() = default;
  // A view of `text` inside `chunk` (adds a reference). For the host and for tests.
  Record(std::string_view text, detail::Chunk* chunk) noexcept
      : text_(text.data()), size_(static_cast<std::uint32_t>(text.size())), chunk_(chunk) {
    detail::retain(chunk_);
  }
  Record(const Record& other) noexcept : Record(other.raw(), other.chunk_) { line_ = other.line_; }
  Record(Record&& other) noexcept { swap(other); }
  Record& operator=(Record other) noexcept {
    swap(other);
    return *this;
  }
  ~Record() {
    if (value_ != nullptr) forget_value();
    detail::release(chunk_);
  }

  // The JSON text, exactly as it came in. Valid while this record or a copy lives.
  std::string_view raw() const noexcept { return {text_, size_}; }

  // The value, parsed on first use and kept with this record (about 3 us for 350 bytes; numbers
  // beyond 64 bits are rounded). Throws Error on what json cannot hold. One thread at a time.
  const json& value() const;

  // Points at another text of the same chunk, `line` lines after the chunk's first: how a reader walks
  // a block without touching its count.
  void assign(std::string_view text, std::uint32_t line) noexcept {
    if (value_ != nullptr) forget_value();
    text_ = text.data();
    size_ = static_cast<std::uint32_t>(text.size());
    line_ = line;
  }
  std::uint32_t line() const noexcept { return line_; }

  detail::Chunk* chunk() const noexcept { return chunk_; }

  void swap(Record& other) noexcept {
    std::swap(text_, other.text_);
    std::swap(size_, other.size_);
    std::swap(line_, other.line_);
    std::swap(chunk_, other.chunk_);
    std::swap(value_, other.value_);
  }

 private:
  friend struct detail::Access;
  void forget_value() noexcept;

  const char* text_ = "null";
  std::uint32_t size_ = 4;
  std::uint32_t line_ = 0;  // of the text within its chunk
  detail::Chunk* chunk_ = nullptr;
  mutable detail::Value* value_ = nullptr;
};
static_assert(sizeof(Record) == 32);

// JSON text that the host made (an expression's result): needs no validation on its way out.
// Valid during the call that gave it.
struct JsonText {
  std::string_view text;
};

// Tokens without their records: for a sink that buffers, or a stage that keeps a result made of many
// records. What is in here is not acknowledged before release(), or the end of this object.
class Acks {
 public:
  Acks() = default;
  Acks(Acks&& other) noexcept : tokens_(std::exchange(other.tokens_, nullptr)) {}
  Acks& operator=(Acks&& other) noexcept {
    std::swap(tokens_, other.tokens_);
    return *this;
  }
  Acks(const Acks&) = delete;
  ~Acks() { release(); }

  void add(const Record& x);  // costs nothing when the source acknowledges nothing
  void release();
  void fail(std::string_view reason);  // these records did not arrive: the run ends with `reason`
  bool empty() const noexcept { return tokens_ == nullptr; }
  const detail::Tokens* tokens() const noexcept { return tokens_; }

 private:
  detail::Tokens* tokens_ = nullptr;
};

}  // namespace streamz
