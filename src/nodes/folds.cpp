// SPDX-License-Identifier: Apache-2.0
#include "folds.h"

#include <algorithm>

#include "../streamz/record.h"
#include "../streamz/text.h"

namespace streamz {

namespace {

constexpr std::size_t kBlock = 512;  // numbers in a block that is made anew; it is cut in two at twice that

void append(std::string& out, std::initializer_list<double> reals) {
  for (const double real : reals) {
    out += ',';
    append_number(out, real);
  }
}

std::string_view part(std::string_view saved, long index) {
  const auto found = text::element(saved, index);
  if (!found) throw Error("its saved state has too few numbers");
  return *found;
}

}  // namespace

// The 128 bits as two integers.
void Total::save(std::string& out) const {
  out += '[';
  append_number(out, count);
  out += ',';
  append_number(out, static_cast<std::int64_t>(whole >> 64));
  out += ',';
  append_number(out, static_cast<std::int64_t>(whole));
  append(out, {real, lost});
  out += integer ? ",true]" : ",false]";
}
void Total::restore(std::string_view saved) {
  count = read_number(part(saved, 0)).whole;
  const auto high = static_cast<Wide>(read_number(part(saved, 1)).whole);
  whole = high * (static_cast<Wide>(1) << 64) + static_cast<std::uint64_t>(read_number(part(saved, 2)).whole);
  real = read_number(part(saved, 3)).real;
  lost = read_number(part(saved, 4)).real;
  integer = part(saved, 5) == "true";
}

void Spread::save(std::string& out) const {
  out += '[';
  append_number(out, count);
  append(out, {mean, squares});
  out += ']';
}
void Spread::restore(std::string_view saved) {
  count = read_number(part(saved, 0)).whole;
  mean = read_number(part(saved, 1)).real;
  squares = read_number(part(saved, 2)).real;
}

// The first block whose last number is not less: where `number` is, if it is there at all.
std::size_t Quantiles::block_of(double number) const {
  const auto found = std::partition_point(blocks_.begin(), blocks_.end(),
                                          [&](const std::vector<double>& block) { return block.back() < number; });
  return static_cast<std::size_t>(found - blocks_.begin());
}

void Quantiles::insert(double number) {
  if (blocks_.empty()) blocks_.emplace_back();
  const std::size_t at = size_ == 0 ? 0 : std::min(block_of(number), blocks_.size() - 1);
  std::vector<double>& block = blocks_[at];
  block.insert(std::upper_bound(block.begin(), block.end(), number), number);
  ++size_;
  if (block.size() < 2 * kBlock) return;
  std::vector<double> upper(block.begin() + kBlock, block.end());
  block.resize(kBlock);
  blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(at) + 1, std::move(upper));
}

void Quantiles::rebuild() {
  std::vector<double> all = std::move(added_);
  for (const std::vector<double>& block : blocks_) all.insert(all.end(), block.begin(), block.end());
  std::sort(all.begin(), all.end());
  blocks_.clear();
  for (std::size_t at = 0; at < all.size(); at += kBlock) {
    const std::size_t end = std::min(at + kBlock, all.size());
    blocks_.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(at), all.begin() + static_cast<std::ptrdiff_t>(end));
  }
  size_ = all.size();
}

void Quantiles::settle() {
  if (added_.size() > 8 && added_.size() * 4 > size_) {
    rebuild();
  } else {
    for (const double number : added_) insert(number);
  }
  added_.clear();
}

void Quantiles::remove(double number) {
  settle();
  const std::size_t at = block_of(number);
  std::vector<double>& block = blocks_[at];
  block.erase(std::lower_bound(block.begin(), block.end(), number));
  --size_;
  if (block.empty()) blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(at));
}

double Quantiles::nth(std::size_t index) const {
  std::size_t at = 0;
  while (index >= blocks_[at].size()) index -= blocks_[at++].size();
  return blocks_[at][index];
}

double Quantiles::at(double share) {
  settle();
  if (size_ == 0) return std::nan("");
  const double place = share * static_cast<double>(size_ - 1);
  const auto below = static_cast<std::size_t>(place);
  const double low = nth(below);
  if (below + 1 >= size_) return low;
  const double high = nth(below + 1), part = place - static_cast<double>(below);
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);  // as numpy: exact at both ends
}

void Quantiles::save(std::string& out) {
  settle();
  out += '[';
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    for (std::size_t j = 0; j < blocks_[i].size(); ++j) {
      if (i + j > 0) out += ',';
      append_number(out, blocks_[i][j]);
    }
  }
  out += ']';
}
void Quantiles::restore(std::string_view saved) {
  text::each_element(saved, [&](std::string_view number) { return add(read_number(number).real), true; });
}

void Distinct::save(std::string& out) const {
  out += '[';
  for (const auto& [value, count] : counts_) {
    if (out.back() != '[') out += ',';
    out += text::quoted(value) + ",";
    append_number(out, count);
  }
  out += ']';
}
void Distinct::restore(std::string_view saved) {
  std::string value;
  text::each_element(saved, [&](std::string_view element) {
    if (element.starts_with('"')) {
      value = text::decoded(element);
    } else {
      counts_[value] = read_number(element).whole;
    }
    return true;
  });
}

}  // namespace streamz
