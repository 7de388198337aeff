// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

namespace streamz::expr {

// Tells most keys of an object from all before them without a look at those.
class KeysSeen {
 public:
  bool is_new(std::string_view key) {
    const auto byte = [](char c) { return static_cast<unsigned char>(c); };
    const std::size_t ends = key.empty() ? 0 : byte(key.front()) * 5U + byte(key.back());
    const std::uint64_t bit = std::uint64_t{1} << ((key.size() * 11 + ends) % 64);
    return (std::exchange(seen_, seen_ | bit) & bit) == 0;
  }

 private:
  std::uint64_t seen_ = 0;
};

}  // namespace streamz::expr
