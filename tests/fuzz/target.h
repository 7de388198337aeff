// SPDX-License-Identifier: Apache-2.0
// What the targets share.
#pragma once

#include <string>
#include <string_view>

#include "host.h"
#include "lines.h"

namespace streamz::fuzz {

inline std::string_view text_of(const unsigned char* data, std::size_t size) {
  static const bool installed = (install_host(), true);
  (void)installed;
  return {reinterpret_cast<const char*>(data), size};
}

// A text behind which 64 bytes are readable, as a validator needs them.
class Padded {
 public:
  explicit Padded(std::string_view text) : bytes_(text), size_(text.size()) { bytes_.resize(size_ + 64); }
  std::string_view text() const { return {bytes_.data(), size_}; }

 private:
  std::string bytes_;
  std::size_t size_;
};

inline bool is_json(std::string_view text) { return !check_json(Padded(text).text(), 0); }

}  // namespace streamz::fuzz
